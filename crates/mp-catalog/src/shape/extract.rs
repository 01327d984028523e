//! From a document to shapes.
//!
//! Owns which parts of a response schema are looked at. Every named schema is read once, so that one which is made of
//! itself comes to an end.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Bounds, Field, Form, Schema, Shape, Shapes};
use crate::document::{Document, Node, Unreadable, shortened};
use crate::import::paths;

/// The market's document takes four thousand.
const MOST_STEPS: usize = 300_000;
/// Deeper, and parts of parts would exhaust the stack.
const MOST_DEPTH: usize = 200;

const TIME_OF_DAY: &str = "^([0-1][0-9]|2[0-3]):[0-5][0-9]$";
const COUNTRY: &str = "^[A-Z]{2}$";

/// Why a document has no shapes that could be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shapeless {
    /// It is no OpenAPI document.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// What one operation answers cannot be followed.
    #[error("what {operation} answers cannot be told: {problem}")]
    Answer {
        /// Which, by its `operationId`.
        operation: String,
        /// A sentence.
        problem: String,
    },
}

impl Shapes {
    /// Reads what the operations of a document answer with 2xx.
    pub fn extract(bytes: &[u8]) -> Result<Self, Shapeless> {
        let document = Document::read(bytes)?;
        let mut extractor =
            Extractor { document: &document, shapes: Self::default(), waiting: Vec::new(), steps: 0 };
        for (_, item) in paths(&document)? {
            let operations = item.map().into_iter().flatten().map(|(_, operation)| &**operation);
            for (id, operation) in
                operations.filter_map(|node| Some((node.get("operationId")?.text()?, node)))
            {
                let answer =
                    extractor.answer(id, operation).and_then(|answer| extractor.finish().map(|()| answer));
                let answer =
                    answer.map_err(|problem| Shapeless::Answer { operation: shortened(id), problem })?;
                extractor.shapes.answers.insert(id.into(), answer);
            }
        }
        Ok(extractor.shapes)
    }
}

struct Extractor<'d> {
    document: &'d Document,
    shapes: Shapes,
    /// Objects that were named and not looked into yet.
    waiting: Vec<(Box<str>, &'d Node)>,
    steps: usize,
}

impl<'d> Extractor<'d> {
    fn answer(&mut self, id: &str, operation: &'d Node) -> Result<Answer, String> {
        let responses = operation.get("responses").and_then(Node::map).into_iter().flatten();
        let mut good = responses.filter(|(status, _)| status.starts_with('2'));
        let Some((_, response)) = good.next() else { return Ok(Answer::Nothing) };
        let response = self.document.resolve(response).map_err(|error| error.to_string())?;
        let content = response.get("content").and_then(Node::map);
        let Some(content) = content.filter(|content| !content.is_empty()) else { return Ok(Answer::Nothing) };
        match content.get("application/json") {
            Some(media) => {
                let schema = media.get("schema");
                schema
                    .map_or(Ok(Shape::Anything), |schema| self.shape(schema, &capital(id)))
                    .map(Answer::Json)
            }
            None => Ok(Answer::File(content.keys().cloned().collect())),
        }
    }

    /// Looks into what was named.
    fn finish(&mut self) -> Result<(), String> {
        while let Some((name, node)) = self.waiting.pop() {
            let (mut properties, mut required) = (BTreeMap::new(), BTreeSet::new());
            self.fields(node, &mut properties, &mut required, 0)?;
            let mut fields = Vec::with_capacity(properties.len());
            // Some documents require what they say nothing of.
            let names: BTreeSet<_> = properties.keys().chain(&required).copied().collect();
            for field in names {
                let inside = format!("{name}.{field}");
                let shape = properties
                    .get(field)
                    .map_or(Ok(Shape::Anything), |schema| self.shape(schema, &inside))?;
                fields.push(Field {
                    name: word(field)?.into(),
                    is_required: required.contains(field),
                    shape,
                });
            }
            self.shapes.schemas.insert(name, Schema::Object(fields));
        }
        Ok(())
    }

    /// What a schema says; `name` is what it is called if it has no name of its own.
    fn shape(&mut self, schema: &'d Node, name: &str) -> Result<Shape, String> {
        self.step()?;
        let (mut schema, mut name) = (schema, Box::<str>::from(name));
        while let Some(reference) = schema.get("$ref") {
            self.step()?;
            name = reference.text().and_then(|text| text.rsplit('/').next()).unwrap_or_default().into();
            schema = self.document.follow(reference).map_err(|error| error.to_string())?;
        }
        if let Some(only) = only_part(schema) {
            return self.shape(only, &name);
        }
        if let Some(values) = schema.get("enum").and_then(Node::list) {
            let values = values.map(|value| word(value.text().unwrap_or_default()).map(Box::from));
            let values = Schema::Choice(values.collect::<Result<_, _>>()?);
            self.shapes.schemas.insert(word(&name)?.into(), values);
            return Ok(Shape::Named(name));
        }
        let bounds = |least, most| bounds(schema, least, most);
        Ok(match schema.get("type").and_then(Node::text) {
            Some("boolean") => Shape::Bool,
            Some("integer") => {
                let is_long = schema.get("format").and_then(Node::text) != Some("int32");
                Shape::Integer { is_long, bounds: bounds("minimum", "maximum") }
            }
            Some("number") => Shape::Number { bounds: bounds("minimum", "maximum") },
            Some("string") => Shape::Text { form: form(schema), most: count(schema, "maxLength") },
            Some("array") => {
                let of = schema.get("items").map_or(Ok(Shape::Anything), |items| self.shape(items, &name))?;
                Shape::List { of: Box::new(of), most: count(schema, "maxItems") }
            }
            _ if schema.get("properties").is_some() || schema.get("allOf").is_some() => {
                self.object(word(&name)?.into(), schema)
            }
            Some("object") => self.object(word(&name)?.into(), schema),
            _ => Shape::Anything,
        })
    }

    fn object(&mut self, name: Box<str>, schema: &'d Node) -> Shape {
        if !self.shapes.schemas.contains_key(&name) {
            self.shapes.schemas.insert(name.clone(), Schema::Object(Vec::new()));
            self.waiting.push((name.clone(), schema));
        }
        Shape::Named(name)
    }

    /// The fields of an object and of the parts it is made of.
    fn fields(
        &mut self,
        schema: &'d Node,
        properties: &mut BTreeMap<&'d str, &'d Node>,
        required: &mut BTreeSet<&'d str>,
        depth: usize,
    ) -> Result<(), String> {
        self.step()?;
        if depth > MOST_DEPTH {
            return Err("its parts nest without end: break the circle".to_owned());
        }
        let schema = self.document.resolve(schema).map_err(|error| error.to_string())?;
        for part in schema.get("allOf").and_then(Node::list).into_iter().flatten() {
            self.fields(part, properties, required, depth + 1)?;
        }
        let own = schema.get("properties").and_then(Node::map).into_iter().flatten();
        properties.extend(own.map(|(name, schema)| (&**name, &**schema)));
        required
            .extend(schema.get("required").and_then(Node::list).into_iter().flatten().filter_map(Node::text));
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(
                "the schemas of the document branch without end: write out what they stand for".to_owned()
            );
        }
        Ok(())
    }
}

/// The one part of a schema that says anything, where its own members say nothing about a shape.
fn only_part(schema: &Node) -> Option<&Node> {
    if schema.get("properties").is_some() || schema.get("required").is_some() {
        return None;
    }
    let alternatives = ["allOf", "oneOf", "anyOf"].into_iter().find_map(|name| schema.get(name)?.list())?;
    let says_something = |part: &&Node| {
        ["$ref", "type", "properties", "required", "allOf", "enum"]
            .into_iter()
            .any(|word| part.get(word).is_some())
    };
    let mut parts = alternatives.filter(says_something);
    let first = parts.next();
    // Of alternatives the first is as good as any other; parts are one only together.
    if schema.get("allOf").is_some() && parts.next().is_some() { None } else { first }
}

fn form(schema: &Node) -> Form {
    let said = |name| schema.get(name).and_then(Node::text);
    match (said("format"), said("pattern")) {
        (Some("date"), _) => Form::Date,
        (Some("date-time"), _) => Form::DateTime,
        (Some("time"), _) | (_, Some(TIME_OF_DAY)) => Form::TimeOfDay,
        (Some("date-dd-MM-yyyy"), _) => Form::DayFirst,
        (Some("date-dd-MM-yyyy-HH-mm-ss"), _) => Form::DayFirstTime,
        (_, Some(COUNTRY)) => Form::Country,
        _ => Form::Plain,
    }
}

fn bounds(schema: &Node, least: &str, most: &str) -> Bounds {
    let excludes = |name| schema.get(name).and_then(Node::bool) == Some(true);
    let least = number(schema, least).map(|least| least + i64::from(excludes("exclusiveMinimum")));
    let most = number(schema, most).map(|most| most - i64::from(excludes("exclusiveMaximum")));
    Bounds { least, most }
}

/// A whole number; half ones and those beyond reason bound nothing.
fn number(schema: &Node, name: &str) -> Option<i64> {
    match schema.get(name)? {
        Node::Number(text) => text.parse().ok().filter(|number: &i64| number.unsigned_abs() < 1 << 53),
        _ => None,
    }
}

fn count(schema: &Node, name: &str) -> Option<u32> {
    number(schema, name).and_then(|count| u32::try_from(count).ok())
}

/// Something that stands in a table as one word.
fn word(text: &str) -> Result<&str, String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !text.is_empty() && text.chars().all(is_word) {
        return Ok(text);
    }
    Err(format!("{} is no name of letters, digits and . _ -", shortened(text)))
}

/// What names a schema begins with a capital letter; what names a type does not.
fn capital(id: &str) -> String {
    let mut letters = id.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
