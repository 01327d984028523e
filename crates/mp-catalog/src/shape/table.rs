//! Shapes as a text: what is shipped, and what is looked through when it changes.
//!
//! Owns that language. An answer, an enumeration or an object stands at the beginning of a line, an object's fields below
//! it, with `!` behind those that are required.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::{Answer, Bounds, Field, Form, Schema, Shape, Shapes};

const FIRST_LINE: &str = "marketpass-shapes 1";

/// Why a text is no table of shapes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the shapes cannot be read: {problem}")]
pub struct UnreadableShapes {
    line: usize,
    problem: String,
}

const FORMS: [(&str, Form); 7] = [
    ("text", Form::Plain),
    ("date", Form::Date),
    ("date-time", Form::DateTime),
    ("time", Form::TimeOfDay),
    ("day-first", Form::DayFirst),
    ("day-first-time", Form::DayFirstTime),
    ("country", Form::Country),
];

impl fmt::Display for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\n")?;
        for (id, answer) in &self.answers {
            match answer {
                Answer::Nothing => writeln!(f, "answer {id} nothing")?,
                Answer::Json(shape) => writeln!(f, "answer {id} {shape}")?,
                Answer::File(types) => writeln!(f, "answer {id} file {}", types.join(" "))?,
            }
        }
        for (name, schema) in &self.schemas {
            match schema {
                Schema::Choice(values) => writeln!(f, "enum {name} {}", values.join(" "))?,
                Schema::Object(fields) => {
                    writeln!(f, "object {name}")?;
                    for Field { name, is_required, shape } in fields {
                        writeln!(f, " {name}{} {shape}", if *is_required { "!" } else { "" })?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Integer { is_long: true, bounds } => write!(f, "int64{bounds}"),
            Self::Integer { is_long: false, bounds } => write!(f, "int32{bounds}"),
            Self::Number { bounds } => write!(f, "number{bounds}"),
            Self::Text { form, most } => {
                let (spelling, _) =
                    FORMS.iter().find(|(_, known)| known == form).expect("every form has a spelling");
                write!(f, "{spelling}{}", at_most(*most))
            }
            Self::List { of, most } => write!(f, "[{of}]{}", at_most(*most)),
            Self::Named(name) => f.write_str(name),
            Self::Anything => f.write_str("any"),
        }
    }
}

fn at_most(most: Option<u32>) -> Bounds {
    Bounds { least: None, most: most.map(i64::from) }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return Ok(());
        }
        f.write_char('(')?;
        self.least.map_or(Ok(()), |least| least.fmt(f))?;
        f.write_str("..")?;
        self.most.map_or(Ok(()), |most| most.fmt(f))?;
        f.write_char(')')
    }
}

impl std::str::FromStr for Shapes {
    type Err = UnreadableShapes;

    fn from_str(text: &str) -> Result<Self, UnreadableShapes> {
        read(text)
    }
}

/// Reads a table. What it names must be in it.
pub(super) fn read(text: &str) -> Result<Shapes, UnreadableShapes> {
    let mut lines = text.lines().enumerate();
    if lines.next().is_none_or(|(_, first)| first != FIRST_LINE) {
        return Err(UnreadableShapes { line: 1, problem: format!("it must begin with '{FIRST_LINE}'") });
    }
    let (mut shapes, mut open) = (Shapes::default(), None);
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let at = |problem| UnreadableShapes { line: number + 1, problem };
        match line.strip_prefix(' ') {
            Some(field) => add_field(&mut shapes.schemas, open.as_deref(), field).map_err(at)?,
            None => open = add(&mut shapes, line).map_err(at)?,
        }
    }
    match shapes.missing() {
        None => Ok(shapes),
        Some(name) => Err(UnreadableShapes {
            line: text.lines().count(),
            problem: format!("nothing is said of {name} up to the end"),
        }),
    }
}

/// Adds what a line says. Returns the object whose fields may follow.
fn add(shapes: &mut Shapes, line: &str) -> Result<Option<Box<str>>, String> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["answer", id, "nothing"] => drop(shapes.answers.insert(id.into(), Answer::Nothing)),
        ["answer", id, "file", ref types @ ..] if !types.is_empty() => {
            let types = types.iter().map(|media| Box::from(*media)).collect();
            shapes.answers.insert(id.into(), Answer::File(types));
        }
        ["answer", id, shape] => drop(shapes.answers.insert(id.into(), Answer::Json(read_shape(shape)?))),
        ["enum", name, ref values @ ..] if !values.is_empty() => {
            let values = values.iter().map(|value| Box::from(*value)).collect();
            shapes.schemas.insert(name.into(), Schema::Choice(values));
        }
        ["object", name] => {
            shapes.schemas.insert(name.into(), Schema::Object(Vec::new()));
            return Ok(Some(name.into()));
        }
        _ => return Err(format!("'{line}' is no answer, enum or object")),
    }
    Ok(None)
}

fn add_field(schemas: &mut BTreeMap<Box<str>, Schema>, open: Option<&str>, line: &str) -> Result<(), String> {
    let Some(Schema::Object(fields)) = open.and_then(|name| schemas.get_mut(name)) else {
        return Err("a field belongs below an object".to_owned());
    };
    let (name, shape) = line.split_once(' ').ok_or_else(|| format!("'{line}' is no field with its shape"))?;
    let (name, is_required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
    fields.push(Field { name: name.into(), is_required, shape: read_shape(shape)? });
    Ok(())
}

fn read_shape(text: &str) -> Result<Shape, String> {
    let unknown = || format!("'{text}' is no shape");
    if let Some(list) = text.strip_prefix('[') {
        let (of, bounds) = list.rsplit_once(']').ok_or_else(unknown)?;
        let (of, most) = (Box::new(read_shape(of)?), count(read_bounds(bounds)?));
        return Ok(Shape::List { of, most });
    }
    let (word, bounds) = text.split_at(text.find('(').unwrap_or(text.len()));
    let bounds = read_bounds(bounds)?;
    if let Some((_, form)) = FORMS.into_iter().find(|(spelling, _)| *spelling == word) {
        return Ok(Shape::Text { form, most: count(bounds) });
    }
    Ok(match word {
        "int32" => Shape::Integer { is_long: false, bounds },
        "int64" => Shape::Integer { is_long: true, bounds },
        "number" => Shape::Number { bounds },
        "bool" => Shape::Bool,
        "any" => Shape::Anything,
        name if name.starts_with(|c: char| c.is_ascii_uppercase()) => Shape::Named(name.into()),
        _ => return Err(unknown()),
    })
}

fn read_bounds(text: &str) -> Result<Bounds, String> {
    if text.is_empty() {
        return Ok(Bounds::default());
    }
    let unknown = || format!("'{text}' are no bounds");
    let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).ok_or_else(unknown)?;
    let (least, most) = inside.split_once("..").ok_or_else(unknown)?;
    let number =
        |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| unknown()) };
    Ok(Bounds { least: number(least)?, most: number(most)? })
}

fn count(bounds: Bounds) -> Option<u32> {
    bounds.most.and_then(|most| u32::try_from(most).ok())
}

impl Shapes {
    /// A name that is used and not said.
    fn missing(&self) -> Option<&str> {
        let answers = self.answers.values().filter_map(|answer| match answer {
            Answer::Json(shape) => Some(shape),
            Answer::Nothing | Answer::File(_) => None,
        });
        let fields = self.schemas.values().flat_map(|schema| match schema {
            Schema::Object(fields) => fields.as_slice(),
            Schema::Choice(_) => &[],
        });
        let mut names = answers.chain(fields.map(|field| &field.shape)).filter_map(named);
        names.find(|name| !self.schemas.contains_key(*name))
    }
}

fn named(shape: &Shape) -> Option<&str> {
    match shape {
        Shape::Named(name) => Some(name),
        Shape::List { of, .. } => named(of),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "marketpass-shapes 1\n\nanswer getFile file image/jpeg image/png\nanswer getOffers Offers\n\
        answer stop nothing\nenum Kind BIG SMALL\nobject Offers\n kind! Kind\n marks [[int32(1..5)]](..2)\n \
        name text(..255)\n offers [Offers]\n price number(0..)\n whatever any\n";

    #[test]
    fn every_fact_is_read_and_printed_back() {
        assert_eq!(read(ONE).unwrap().to_string(), ONE);
    }

    #[test]
    fn the_shipped_shapes_are_as_they_would_be_printed() {
        assert_eq!(Shapes::market().to_string(), include_str!("market.shapes"));
    }

    #[test]
    fn a_bad_line_is_named() {
        for (good, bad, told) in [
            ("shapes 1", "shapes 2", "line 1 of the shapes cannot be read: it must begin with"),
            (
                "answer stop nothing",
                "answer stop",
                "line 5 of the shapes cannot be read: 'answer stop' is no",
            ),
            ("int32", "int16", "line 9 of the shapes cannot be read: 'int16(1..5)' is no shape"),
            ("(..2)", "(2)", "line 9 of the shapes cannot be read: '(2)' are no bounds"),
            ("object Offers\n", "", "line 7 of the shapes cannot be read: a field belongs below an object"),
            ("[Offers]", "[Offer]", "line 13 of the shapes cannot be read: nothing is said of Offer "),
            (" whatever any", " whatever", "line 13 of the shapes cannot be read: 'whatever' is no field"),
        ] {
            let refusal = read(&ONE.replacen(good, bad, 1)).unwrap_err().to_string();
            assert!(refusal.starts_with(told), "{bad}: {refusal}");
        }
    }
}
