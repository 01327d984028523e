//! Reading YAML 1.2.
//!
//! Owns what becomes of an alias: it is the value that its anchor names, not a copy, so that a document of aliases to
//! aliases stays as small as it is written. Its depth counts as if it were copied. Built on the events of
//! `saphyr-parser`, which is maintained and tested against the suite of the specification; anything that builds its own
//! tree from them would copy.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{MOST_DEPTH, MOST_VALUES, Node, Unreadable, shortened};

pub(super) fn read(text: &str) -> Result<Rc<Node>, Unreadable> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Unreadable::Yaml(error.to_string()))?;
        builder.take(event).map_err(|problem| at(span, &problem))?;
    }
    builder.root.map(|root| root.node).ok_or_else(|| Unreadable::Yaml("it is empty".to_owned()))
}

fn at(span: Span, problem: &str) -> Unreadable {
    Unreadable::Yaml(format!("{problem} at line {} column {}", span.start.line(), span.start.col() + 1))
}

/// A value and how many lie within each other in it.
#[derive(Clone)]
struct Built {
    node: Rc<Node>,
    depth: usize,
}

/// A list or map whose end has not come yet.
struct Open {
    anchor: usize,
    depth: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Rc<Node>>),
    Map { map: BTreeMap<Box<str>, Rc<Node>>, name: Option<Box<str>> },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    root: Option<Built>,
    values: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
                let node = if is_text { Node::Text((*text).into()) } else { plain(&text) };
                self.put(anchor, Built { node: Rc::new(node), depth: 0 })
            }
            Event::Alias(anchor) => {
                let built = self.anchors.get(&anchor).cloned();
                self.put(0, built.ok_or("an alias stands within the value it names")?)
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, Kind::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.begin(anchor, Kind::Map { map: BTreeMap::new(), name: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err("a second document begins: keep one in a file".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, kind: Kind) -> Result<(), String> {
        if self.open.len() >= MOST_DEPTH {
            return Err(too_deep());
        }
        self.open.push(Open { anchor, depth: 0, kind });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Open { anchor, depth, kind }) = self.open.pop() else { return Ok(()) };
        let node = match kind {
            Kind::List(list) => Node::List(list),
            Kind::Map { map, .. } => Node::Map(map),
        };
        self.put(anchor, Built { node: Rc::new(node), depth: depth + 1 })
    }

    /// Puts a value where one is expected: into the innermost list or map, as a name or under one.
    fn put(&mut self, anchor: usize, built: Built) -> Result<(), String> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(format!("it has more than {MOST_VALUES} values"));
        }
        if self.open.len() + built.depth > MOST_DEPTH {
            return Err(too_deep());
        }
        if anchor > 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(built);
            return Ok(());
        };
        open.depth = open.depth.max(built.depth);
        match &mut open.kind {
            Kind::List(list) => list.push(built.node),
            Kind::Map { map, name } => match name.take() {
                None => *name = Some(name_of(&built.node, map)?),
                Some(name) => drop(map.insert(name, built.node)),
            },
        }
        Ok(())
    }
}

fn too_deep() -> String {
    format!("more than {MOST_DEPTH} values lie within each other")
}

fn name_of(node: &Node, map: &BTreeMap<Box<str>, Rc<Node>>) -> Result<Box<str>, String> {
    let name: Box<str> = match node {
        Node::Text(text) | Node::Number(text) => text.clone(),
        Node::Bool(value) => value.to_string().into(),
        Node::Null => "null".into(),
        Node::List(_) | Node::Map(_) => return Err("a name is no text".to_owned()),
    };
    match &*name {
        "<<" => Err("'<<' is no part of YAML 1.2: write the values out".to_owned()),
        _ if map.contains_key(&name) => Err(format!("{} stands twice in one object", shortened(&name))),
        _ => Ok(name),
    }
}

/// A scalar without quotation marks, by the core schema (YAML 1.2.2 §10.3.2).
fn plain(text: &str) -> Node {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        "true" | "True" | "TRUE" => Node::Bool(true),
        "false" | "False" | "FALSE" => Node::Bool(false),
        _ if is_number(text) => Node::Number(text.into()),
        _ => Node::Text(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    let begins =
        text.trim_start_matches(['+', '-']).starts_with(|first: char| first.is_ascii_digit() || first == '.');
    begins && text.parse::<f64>().is_ok()
}
