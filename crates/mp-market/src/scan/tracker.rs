//! Where a scan stands among the fields it looks for, and what it has found.
//!
//! Owns the counting. Must never judge the text: the grammar calls it only for what may stand there.
//!
//! All fields that are still possible at a place have the same number of keys behind them, because each object on the way
//! takes one key from each. So a place is a set of fields and a number of keys, and what is saved of the way is one small
//! record for each object on it: at most as many as a path has keys. Whatever can hold none of the fields is *muted*: until
//! it ends, nothing is compared, saved or counted.

use std::fmt;

use mp_domain::field_path::FieldPath;

use super::ids::{Excerpt, NamedIds};
use super::sought::{COUNTED, Fields, Sought, folded, members};

/// The state of the search.
#[derive(Debug, Clone)]
pub(super) struct Tracker {
    sought: Sought,
    /// How many keys lead here; the index of the current step.
    keys: usize,
    /// The way: one step for the text as a whole, and one for each object that was entered.
    steps: [Step; FieldPath::MAX_SEGMENTS + 1],
    /// The depth of the container that can hold none of the fields; 0 where there is no such container.
    muted: u8,
    /// What the text of the current string or number is for.
    ear: Ear,
    counted: u64,
    named: Vec<NamedIds>,
    excerpt: Excerpt,
}

/// An object on the way, and its current key.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// The depth within the object.
    object: u8,
    /// The depth within the array that stands at a sought field, whose elements are its items; 0 if there is none.
    array: u8,
    /// Those that may stand in the object.
    possible: Fields,
    /// Those that the current key belongs to.
    matched: Fields,
    /// Those that stand at the current key itself.
    ending: Fields,
}

/// How a value relates to the fields that stand at the current key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is the value of the field.
    Whole,
    /// It is an element of the array that is the value of the field.
    Element,
    /// It is something deeper.
    Other,
}

/// What the bytes of a string or number are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ear {
    /// For nothing.
    Deaf,
    /// To recognise a key. `known` bytes of it were seen, and these fields are still possible.
    Key { candidates: Fields, known: usize },
    /// To read an id at these fields.
    Id(Fields),
}

/// What kind of single value begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Single {
    Null,
    False,
    True,
    Number,
    Text,
}

impl Step {
    #[inline]
    fn role(self, depth: u8) -> Role {
        match depth {
            _ if depth == self.object => Role::Whole,
            _ if depth == self.array => Role::Element,
            _ => Role::Other,
        }
    }
}

impl Tracker {
    pub(super) fn new(sought: Sought) -> Self {
        let mut steps = [Step::default(); FieldPath::MAX_SEGMENTS + 1];
        steps[0].matched = sought.all();
        let named = sought.watched().map(NamedIds::new).collect();
        Self { sought, keys: 0, steps, muted: 0, ear: Ear::Deaf, counted: 0, named, excerpt: Excerpt::EMPTY }
    }

    pub(super) fn counted(&self) -> u64 {
        self.counted
    }

    pub(super) fn into_named(self) -> Vec<NamedIds> {
        self.named
    }

    /// An array begins at `depth`.
    #[inline]
    pub(super) fn begin_array(&mut self, depth: u8) {
        if self.muted == 0 {
            self.enter_array(depth);
        }
    }

    /// An object begins at `depth`.
    #[inline]
    pub(super) fn begin_object(&mut self, depth: u8) {
        if self.muted == 0 {
            self.enter_object(depth);
        }
    }

    /// The array whose inside is at `depth` ends.
    #[inline]
    pub(super) fn end_array(&mut self, depth: u8) {
        if self.muted == depth {
            self.muted = 0;
        }
    }

    /// The object whose inside is at `depth` ends.
    #[inline]
    pub(super) fn end_object(&mut self, depth: u8) {
        if self.muted == depth {
            self.muted = 0;
        } else if self.muted == 0 {
            self.keys = self.keys.saturating_sub(1);
        }
    }

    /// A whole key.
    #[inline]
    pub(super) fn key(&mut self, key: &[u8]) {
        if self.muted == 0 {
            let possible = self.steps[self.keys].possible;
            let matched = self.sought.with_key(possible, self.keys - 1, &folded(key));
            self.turn_to(matched);
        }
    }

    /// A key begins that comes in pieces.
    #[inline]
    pub(super) fn begin_key(&mut self) {
        if self.muted == 0 {
            self.ear = Ear::Key { candidates: self.steps[self.keys].possible, known: 0 };
        }
    }

    /// A value that holds no others begins at `depth`.
    #[inline]
    pub(super) fn begin_single(&mut self, single: Single, depth: u8) {
        if self.muted == 0 && self.steps[self.keys].ending != 0 {
            self.meet_single(single, depth);
        }
    }

    /// The next bytes of a string or number, escapes already replaced.
    #[inline]
    pub(super) fn hear(&mut self, piece: &[u8]) {
        if self.ear != Ear::Deaf {
            self.take_in(piece);
        }
    }

    /// The next character of a string, which was escaped.
    #[inline]
    pub(super) fn hear_character(&mut self, character: char) {
        if self.ear != Ear::Deaf {
            self.take_in(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// The key is over.
    #[inline]
    pub(super) fn end_key(&mut self) {
        if let Ear::Key { candidates, known } = self.ear {
            self.ear = Ear::Deaf;
            self.turn_to(self.sought.of_length(candidates, self.keys - 1, known));
        }
    }

    /// The string, which is a value, is over.
    #[inline]
    pub(super) fn end_text(&mut self) {
        if let Ear::Id(fields) = self.ear {
            self.ear = Ear::Deaf;
            refuse(&mut self.named, fields, &self.excerpt);
        }
    }

    /// The number is over. Fails with the field that names too many.
    #[inline]
    pub(super) fn end_number(&mut self) -> Result<(), FieldPath> {
        let Ear::Id(fields) = self.ear else { return Ok(()) };
        self.ear = Ear::Deaf;
        for index in members(fields) {
            if let Some(named) = self.named.get_mut(index - 1) {
                named.take_number(&self.excerpt).map_err(|_| named.path)?;
            }
        }
        Ok(())
    }

    /// The fields that the key of the current object belongs to are these.
    #[inline]
    fn turn_to(&mut self, matched: Fields) {
        let ending = matched & self.sought.ending_at(self.keys);
        let step = &mut self.steps[self.keys];
        (step.matched, step.ending, step.array) = (matched, ending, 0);
    }

    fn take_in(&mut self, piece: &[u8]) {
        match &mut self.ear {
            Ear::Deaf => {}
            Ear::Key { candidates, known } => {
                let piece = folded(piece);
                *candidates = self.sought.going_on_with(*candidates, self.keys - 1, *known, &piece);
                *known += piece.len();
            }
            Ear::Id(_) => self.excerpt.push(piece),
        }
    }

    fn enter_array(&mut self, depth: u8) {
        let step = &mut self.steps[self.keys];
        let beyond = step.matched & !step.ending;
        match step.role(depth) {
            _ if step.ending == 0 => {}
            Role::Whole => {
                step.array = depth + 1;
                return;
            }
            Role::Element => self.meet_container("[…]"),
            Role::Other => {}
        }
        if beyond == 0 {
            self.muted = depth + 1;
        }
    }

    fn enter_object(&mut self, depth: u8) {
        let step = self.steps[self.keys];
        if step.ending != 0 && step.role(depth) != Role::Other {
            self.meet_container("{…}");
        }
        let possible = step.matched & !step.ending;
        if possible == 0 {
            self.muted = depth + 1;
        } else {
            self.keys += 1;
            self.steps[self.keys] = Step { object: depth + 1, possible, ..Step::default() };
        }
    }

    /// A container is an item: it counts, and it is no id.
    fn meet_container(&mut self, shown: &str) {
        let fields = self.steps[self.keys].ending;
        self.counted += u64::from(fields & COUNTED);
        refuse(&mut self.named, fields, &shown);
    }

    fn meet_single(&mut self, single: Single, depth: u8) {
        let step = self.steps[self.keys];
        let is_item = match step.role(depth) {
            // A field that is null is as good as absent; an element that is null is still an element.
            Role::Whole => single != Single::Null,
            Role::Element => true,
            Role::Other => false,
        };
        if !is_item {
            return;
        }
        self.counted += u64::from(step.ending & COUNTED);
        let watched = step.ending & !COUNTED;
        match single {
            // An element that is null names nothing.
            Single::Null => {}
            _ if watched == 0 => {}
            Single::False => refuse(&mut self.named, watched, &"false"),
            Single::True => refuse(&mut self.named, watched, &"true"),
            Single::Number | Single::Text => {
                self.excerpt.clear();
                self.ear = Ear::Id(watched);
            }
        }
    }
}

/// Those of `fields` that are watched have met a value that is no id.
fn refuse(named: &mut [NamedIds], fields: Fields, given: &impl fmt::Display) {
    for index in members(fields & !COUNTED) {
        if let Some(named) = named.get_mut(index - 1) {
            named.refuse(given);
        }
    }
}
