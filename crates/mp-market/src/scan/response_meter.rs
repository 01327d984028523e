//! How many items the answer of an upstream holds (product.md §3.7), while it passes by.
//!
//! Owns that an answer is never held up: one that is no JSON costs what was seen before that showed. Must never be given
//! anything but the plain text: whoever passes a compressed answer on decides what that costs.

use mp_domain::field_path::FieldPath;

use super::{Flaw, Scanner, Sought};

/// An answer under way.
#[derive(Debug, Clone)]
pub struct ResponseMeter {
    scanner: Scanner,
}

/// What an answer costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// How many items were seen at the field.
    pub items: u64,
    /// Why there may be more: where the answer stopped being JSON.
    pub flaw: Option<Flaw>,
}

impl ResponseMeter {
    /// An answer that has not begun, and whose items stand at `path`.
    #[must_use]
    pub fn new(path: FieldPath) -> Self {
        Self { scanner: Scanner::new(Sought::counting(path)) }
    }

    /// Goes on with `text`, of any size. Behind a flaw nothing is looked at any more.
    pub fn feed(&mut self, text: &[u8]) {
        // The scanner keeps its flaw for the end.
        let _ = self.scanner.feed(text);
    }

    /// The answer is over, by itself or because it broke off.
    #[must_use]
    pub fn finish(self) -> Measured {
        let items = self.scanner.counted();
        Measured { items, flaw: self.scanner.finish().err() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Expected, Problem};

    fn measure(text: &[u8]) -> (u64, Option<Problem>) {
        let mut meter = ResponseMeter::new(FieldPath::new(&["result", "offers"]));
        text.chunks(3).for_each(|chunk| meter.feed(chunk));
        let measured = meter.finish();
        (measured.items, measured.flaw.map(|flaw| flaw.problem))
    }

    #[test]
    fn items_are_counted_while_the_answer_passes() {
        assert_eq!(measure(br#"{"status":"OK","result":{"offers":[{},{"offers":[1]},{}]}}"#), (3, None));
        assert_eq!(measure(br#"{"status":"ERROR","errors":[]}"#), (0, None));
    }

    #[test]
    fn an_answer_that_breaks_off_costs_what_was_seen() {
        assert_eq!(measure(br#"{"result":{"offers":[1,2,"#), (2, Some(Problem::Unfinished)));
        assert_eq!(measure(b""), (0, Some(Problem::Unfinished)));
    }

    #[test]
    fn an_answer_that_is_no_json_costs_nothing_and_harms_nothing() {
        let value = Problem::Unexpected(Expected::Value);
        assert_eq!(measure(b"<html>{\"result\":{\"offers\":[1]}}</html>"), (0, Some(value)));
        assert_eq!(measure(b"\x1f\x8b\x08"), (0, Some(value)));
        assert_eq!(measure(b"{\"result\":{\"offers\":[1,\"\xff\",3]}}"), (2, Some(Problem::NotUtf8)));
    }
}
