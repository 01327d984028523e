//! Reading JSON.
//!
//! Owns nothing but the bridge. A name that stands twice in an object is an error: the second would win silently.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{MOST_VALUES, Node, Unreadable, shortened};

/// Depth is bounded by the parser itself.
pub(super) fn read(text: &str) -> Result<Rc<Node>, Unreadable> {
    let values = Cell::new(0);
    let mut parser = serde_json::Deserializer::from_str(text);
    let root = Value(&values).deserialize(&mut parser);
    let whole = root.and_then(|root| parser.end().map(|()| root));
    whole.map_err(|error| Unreadable::Json(error.to_string()))
}

#[derive(Clone, Copy)]
struct Value<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Rc<Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rc<Node>, D::Error> {
        self.0.set(self.0.get() + 1);
        if self.0.get() > MOST_VALUES {
            return Err(D::Error::custom(format_args!("it has more than {MOST_VALUES} values")));
        }
        deserializer.deserialize_any(self).map(Rc::new)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string().into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string().into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string().into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(name) = entries.next_key::<Box<str>>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(format_args!(
                    "{} stands twice in one object",
                    shortened(&name)
                )));
            }
            map.insert(name, entries.next_value_seed(self)?);
        }
        Ok(Node::Map(map))
    }
}
