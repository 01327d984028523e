//! Ids that a body names: whole numbers from 1 to 2^63 − 1, each in its one spelling.
//!
//! Owns what is one, and how many are kept. Must never keep more than [`MAX_IDS`] of them, or more of anything else than
//! an excerpt.

use std::fmt;

use mp_domain::field_path::FieldPath;

/// The most different ids that a body may name at one field.
pub const MAX_IDS: usize = 1_000;

/// The ids at one watched field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedIds {
    /// Which field.
    pub path: FieldPath,
    /// The different ids that stand there, in ascending order; or the first value that is none.
    pub ids: Result<Vec<i64>, NotAnId>,
}

/// A value that should be an id and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAnId {
    /// The value, or how it begins.
    pub given: String,
}

/// There is no room for another id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl NamedIds {
    pub(super) fn new(path: FieldPath) -> Self {
        Self { path, ids: Ok(Vec::new()) }
    }

    /// Takes the number that is spelled `spelling`. What follows a value that is no id is not looked at any more.
    pub(super) fn take_number(&mut self, spelling: &Excerpt) -> Result<(), Full> {
        let Ok(ids) = &mut self.ids else { return Ok(()) };
        let Some(id) = parse_id(spelling) else {
            self.refuse(spelling);
            return Ok(());
        };
        match ids.binary_search(&id) {
            Ok(_) => Ok(()),
            Err(_) if ids.len() == MAX_IDS => Err(Full),
            Err(place) => {
                ids.insert(place, id);
                Ok(())
            }
        }
    }

    /// Takes a value that is no number.
    pub(super) fn refuse(&mut self, given: &impl fmt::Display) {
        if self.ids.is_ok() {
            self.ids = Err(NotAnId { given: given.to_string() });
        }
    }
}

/// The grammar has seen to it that this is a number; digits alone are one without leading zeros.
fn parse_id(spelling: &Excerpt) -> Option<i64> {
    let text = std::str::from_utf8(spelling.bytes()).ok()?;
    let is_short = !spelling.is_cut && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_short { text.parse().ok().filter(|id| *id > 0) } else { None }
}

/// The beginning of a text of any length.
#[derive(Debug, Clone)]
pub(super) struct Excerpt {
    bytes: [u8; Self::LENGTH],
    length: usize,
    is_cut: bool,
}

impl Excerpt {
    const LENGTH: usize = 64;
    pub(super) const EMPTY: Self = Self { bytes: [0; Self::LENGTH], length: 0, is_cut: false };

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        (self.length, self.is_cut) = (0, false);
    }

    /// Takes as much of `piece` as there is room for.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let room = &mut self.bytes[self.length..];
        let taken = room.len().min(piece.len());
        room[..taken].copy_from_slice(&piece[..taken]);
        self.length += taken;
        self.is_cut |= taken < piece.len();
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The text, with an ellipsis where it was cut; a character that was cut in two is left out.
impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.bytes().utf8_chunks() {
            f.write_str(chunk.valid())?;
        }
        f.write_str(if self.is_cut { "…" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(spellings: impl IntoIterator<Item = String>) -> Result<Result<Vec<i64>, String>, Full> {
        let mut named = NamedIds::new(FieldPath::new(&["campaignIds"]));
        for spelling in spellings {
            let mut excerpt = Excerpt::EMPTY;
            excerpt.push(spelling.as_bytes());
            named.take_number(&excerpt)?;
        }
        Ok(named.ids.map_err(|wrong| wrong.given))
    }

    fn one(spelling: &str) -> Result<Vec<i64>, String> {
        taken([spelling.to_owned()]).unwrap()
    }

    #[test]
    fn ids_are_positive_numbers_in_their_one_spelling() {
        assert_eq!(one("1"), Ok(vec![1]));
        assert_eq!(one("9223372036854775807"), Ok(vec![i64::MAX]));
        for bad in ["0", "-0", "-5", "1.0", "1e3", "9223372036854775808", "99999999999999999999", ""] {
            assert_eq!(one(bad), Err(bad.to_owned()));
        }
    }

    #[test]
    fn each_id_is_kept_once() {
        let ids = ["7", "3", "7", "5", "3"].map(str::to_owned);
        assert_eq!(taken(ids), Ok(Ok(vec![3, 5, 7])));
    }

    #[test]
    fn there_is_room_for_a_thousand() {
        let thousand = (1..=1_000).rev().map(|id: i64| id.to_string());
        assert_eq!(taken(thousand.clone().chain(thousand.clone())).unwrap().unwrap().len(), 1_000);
        assert_eq!(taken(thousand.chain(["1001".to_owned()])), Err(Full));
    }

    #[test]
    fn a_long_value_is_told_in_part() {
        let given = one(&"9".repeat(1_000)).unwrap_err();
        assert_eq!(given, format!("{}…", "9".repeat(64)));
        let mut torn = Excerpt::EMPTY;
        torn.push(&"aж".repeat(40).into_bytes());
        assert_eq!(torn.to_string(), format!("{}a…", "aж".repeat(21)), "64 bytes end within a character");
    }
}
