//! The lines of a request's headers, whichever parser found them.
//!
//! Owns the one way by which doors look at headers. Must never join lines: what stands twice is to be seen twice.

use http::{HeaderMap, HeaderValue};
use httparse::Header;

/// Headers whose lines can be asked for by name.
pub trait HeaderLines {
    /// The values of every line of a header, in their order. `name` is in lower case.
    fn lines<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]>;

    /// The value of a header that stands there once.
    fn single<'a>(&'a self, name: &'a str) -> Result<Option<&'a [u8]>, Repeated> {
        let mut lines = self.lines(name);
        let first = lines.next();
        if lines.next().is_some() { Err(Repeated) } else { Ok(first) }
    }
}

/// A header stands there more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated;

impl HeaderLines for HeaderMap {
    fn lines<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }
}

impl HeaderLines for [(&str, &[u8])] {
    fn lines<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.iter().filter(move |(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

impl HeaderLines for [Header<'_>] {
    fn lines<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    }
}
