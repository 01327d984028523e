//! What is JSON, and where it shows that a text is none.
//!
//! Owns the texts at the edge of the grammar. Must never be about fields: nothing is sought here.

use super::scan;
use crate::scan::{Expected, Problem, Sought};

/// Checks that `text` is refused for the same reason at the same place, whatever the chunks.
fn check(text: &[u8], problem: Problem, at: u64) {
    for size in 1..=text.len().max(1) {
        let flaw = scan(Sought::NOTHING, text, size).unwrap_err();
        assert_eq!((flaw.problem, flaw.at), (problem, at), "{} by {size}", text.escape_ascii());
    }
}

#[test]
fn everything_of_the_grammar_is_taken() {
    let all = " { \"a\" : [ 1 , -0.5e+3 , true,false , null, \"\" , {} , [ ] ] ,\r\n\t\"\\u0000\":\"\u{7F}д\u{10FFFF}\"} ";
    for text in
        [all, "1", "-0", "0.0", "\"x\"", "true", "null", " [] ", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "1e999"]
    {
        for size in 1..=text.len() {
            assert!(scan(Sought::NOTHING, text.as_bytes(), size).is_ok(), "{text} by {size}");
        }
    }
}

#[test]
fn what_is_out_of_place_is_told() {
    use Expected::{Colon, CommaOrEnd, Key, KeyOrEnd, Nothing, Value, ValueOrEnd};
    for (text, expected, at) in [
        ("{\"a\":}", Value, 6),
        ("[1,]", Value, 4),
        ("[,1]", ValueOrEnd, 2),
        ("{\"a\":1,}", Key, 8),
        ("{,}", KeyOrEnd, 2),
        ("{1:2}", KeyOrEnd, 2),
        ("{\"a\" 1}", Colon, 6),
        ("[1 2]", CommaOrEnd, 4),
        ("[1}", CommaOrEnd, 3),
        ("{\"a\":1]", CommaOrEnd, 7),
        ("[01]", CommaOrEnd, 3),
        ("{} {}", Nothing, 4),
        ("1,", Nothing, 2),
        ("]", Value, 1),
        ("'a'", Value, 1),
        ("NaN", Value, 1),
        ("+1", Value, 1),
        (".5", Value, 1),
        ("\u{FEFF}1", Value, 1),
        ("\u{A0}1", Value, 1),
        ("[1,\u{C}2]", Value, 4),
        ("//c\n1", Value, 1),
    ] {
        check(text.as_bytes(), Problem::Unexpected(expected), at);
    }
}

#[test]
fn a_text_must_end_where_its_value_does() {
    for text in [
        "", " ", "[", "[1,", "{", "{\"a\"", "{\"a\":", "\"a", "\"\\", "\"\\u12", "tru", "-", "1.", "1e+",
        "[1",
    ] {
        check(text.as_bytes(), Problem::Unfinished, text.len() as u64);
    }
}

#[test]
fn broken_tokens_are_told() {
    check(b"[1.]", Problem::MalformedNumber, 4);
    check(b"[-a]", Problem::MalformedNumber, 3);
    check(b"[1e+ ]", Problem::MalformedNumber, 5);
    check(b"[trUe]", Problem::UnknownWord, 4);
    check(b"[nul]", Problem::UnknownWord, 5);
    check(b"[nullx]", Problem::Unexpected(Expected::CommaOrEnd), 6);
    check(b"\"a\nb\"", Problem::ControlCharacter, 3);
    check(b"\"a\0\"", Problem::ControlCharacter, 3);
    check(b"\"\\x41\"", Problem::UnknownEscape, 3);
    check(b"\"\\u00g0\"", Problem::UnknownEscape, 6);
    check(br#""\ud800""#, Problem::LoneSurrogate, 8);
    check(br#""\ud800\u0041""#, Problem::LoneSurrogate, 13);
    check(br#""\udc00""#, Problem::LoneSurrogate, 7);
}

#[test]
fn what_is_not_utf8_is_refused() {
    check(b"\"\xff\"", Problem::NotUtf8, 2);
    check(b"\"\xc0\xaf\"", Problem::NotUtf8, 2);
    check(b"[\"a\x80\"]", Problem::NotUtf8, 4);
    // The first byte to show it depends on whether the character was torn apart.
    for text in [&b"\"\xd0\""[..], b"\"\xed\xa0\x80\"", b"\"\xf0\x9f\x94\"", b"\"\xf4\x90\x80\x80\""] {
        for size in 1..=text.len() {
            let flaw = scan(Sought::NOTHING, text, size).unwrap_err();
            assert_eq!(flaw.problem, Problem::NotUtf8, "{} by {size}", text.escape_ascii());
        }
    }
    check(b"{} \xff", Problem::NotUtf8, 4);
}
