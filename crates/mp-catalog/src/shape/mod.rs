//! Shapes of answers: what a body is made of when a call went well, as far as a program reads it.
//!
//! Owns the facts of a response schema (names of fields, types, formats, values of enumerations, bounds, what is
//! required) and the shipped ones of the seller API. Must never take prose along, nor say what an answer means.

mod example;
mod extract;
mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use self::example::{MOST_ITEMS, Wish};
pub use self::extract::Shapeless;
pub use self::table::UnreadableShapes;

/// What every operation of a document answers.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shapes {
    answers: BTreeMap<Box<str>, Answer>,
    schemas: BTreeMap<Box<str>, Schema>,
}

/// What one operation answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A status and no body.
    Nothing,
    /// JSON.
    Json(Shape),
    /// A file of one of these media types.
    File(Vec<Box<str>>),
}

/// A schema with a name. Each is held once, however often it is used.
#[derive(Debug, PartialEq, Eq)]
enum Schema {
    Object(Vec<Field>),
    /// The spellings of an enumeration.
    Choice(Vec<Box<str>>),
}

#[derive(Debug, PartialEq, Eq)]
struct Field {
    name: Box<str>,
    is_required: bool,
    shape: Shape,
}

/// What a value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Yes or no.
    Bool,
    /// A whole number of so many bits.
    Integer {
        /// Whether 64, not 32.
        is_long: bool,
        /// Which.
        bounds: Bounds,
    },
    /// Any number.
    Number {
        /// The whole numbers among those allowed.
        bounds: Bounds,
    },
    /// A text.
    Text {
        /// How it is written.
        form: Form,
        /// Its most characters.
        most: Option<u32>,
    },
    /// Values of one kind.
    List {
        /// Of which.
        of: Box<Self>,
        /// How many at most.
        most: Option<u32>,
    },
    /// What stands under a name.
    Named(Box<str>),
    /// Nothing is said about it.
    Anything,
}

/// The whole numbers from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    least: Option<i64>,
    most: Option<i64>,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Anyhow.
    Plain,
    /// `2027-01-31`
    Date,
    /// `2027-01-31T12:00:00Z`
    DateTime,
    /// `12:00`
    TimeOfDay,
    /// `31-01-2027`
    DayFirst,
    /// `31-01-2027 12:00:00`
    DayFirstTime,
    /// Two capital letters (ISO 3166-1).
    Country,
}

impl Shapes {
    /// The shapes of the seller API that this version of marketpass brings along.
    #[must_use]
    pub fn market() -> &'static Self {
        static MARKET: LazyLock<Shapes> = LazyLock::new(|| {
            table::read(include_str!("market.shapes")).expect("the tests read the shipped shapes")
        });
        &MARKET
    }

    /// What an operation answers, by its `operationId`.
    #[must_use]
    pub fn answer(&self, operation: &str) -> Option<&Answer> {
        self.answers.get(operation)
    }

    /// Every operation with what it answers, in the order of their ids.
    pub fn answers(&self) -> impl Iterator<Item = (&str, &Answer)> {
        self.answers.iter().map(|(id, answer)| (&**id, answer))
    }
}
