//! Rust as far as the rules must understand it.
//!
//! Owns telling code from comments and literals, and finding where an item ends. Must never try to be a parser: what it
//! cannot tell apart it leaves as it is.

use std::ops::Range;

/// The same text with comments, strings and character literals blanked; every byte and line keeps its place.
pub(super) fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let word = word_length(rest);
        let (length, keep) = match literal_length(rest) {
            Some(length) => (length, false),
            // A word is taken whole, so that the `r` of `bar"` does not start a raw string.
            None => (word.max(first.len_utf8()), true),
        };
        let (token, after) = rest.split_at(length);
        if keep {
            code.push_str(token);
        } else {
            code.extend(token.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

/// How long the comment or literal at the start of `rest` is, if there is one. One that never ends takes all.
fn literal_length(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment_length(rest));
    }
    if rest.starts_with('"') {
        return Some(quoted_length(rest));
    }
    if rest.starts_with('\'') {
        return character_length(rest);
    }
    raw_string_length(rest)
}

fn block_comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += 1;
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// From a quotation mark to its partner, a backslash hiding the character after it.
fn quoted_length(rest: &str) -> usize {
    let mut hidden = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if hidden => hidden = false,
            '\\' => hidden = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'x'`, `'\n'`, `'\u{1F600}'`; a lifetime such as `'a` is code.
fn character_length(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    let (_, content) = characters.next()?;
    if content == '\\' {
        let (_, _escaped) = characters.next()?;
        return characters.find(|(_, character)| *character == '\'').map(|(at, _)| at + 1);
    }
    characters.next().filter(|(_, character)| *character == '\'').map(|(at, _)| at + 1)
}

/// `r"…"`, `br#"…"#` and their like; a raw identifier such as `r#type` is code.
fn raw_string_length(rest: &str) -> Option<usize> {
    let prefix = word_length(rest);
    if !matches!(&rest[..prefix], "r" | "br" | "cr") {
        return None;
    }
    let after = rest[prefix..].trim_start_matches('#');
    let hashes = rest.len() - prefix - after.len();
    let body = after.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(rest.len() - body.len() + length)
}

/// The length of the identifier, keyword or number at the start of `rest`; zero if there is none.
fn word_length(rest: &str) -> usize {
    rest.find(|character: char| !is_word(character)).unwrap_or(rest.len())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where `word` stands alone in `text`, not as a part of a longer word.
pub(super) fn word_positions(text: &str, word: &'static str) -> impl Iterator<Item = usize> {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    /// From `fn` to the closing brace.
    pub(super) span: Range<usize>,
}

/// Every function that has a name and a body in `code`, which [`code_only`] has made.
pub(super) fn functions(code: &str) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    for start in word_positions(code, "fn") {
        let after = code[start + 2..].trim_start();
        let name = &after[..word_length(after)];
        // Without a name it is the type of a pointer, `fn(u8)`.
        if !name.is_empty()
            && let Some(end) = item_end(code, start)
            && code[..end].ends_with('}')
        {
            found.push(Function { name, span: start..end });
        }
    }
    found
}

/// The parts of `code` that exist in tests only.
pub(super) fn test_regions(code: &str) -> Vec<Range<usize>> {
    let attributes = ["#[cfg(test)]", "#[cfg(all(test"].into_iter().flat_map(|text| code.match_indices(text));
    attributes.map(|(start, _)| start..item_end(code, start).unwrap_or(code.len())).collect()
}

/// Where the item that starts at `start` ends: behind its body, or behind its semicolon.
fn item_end(code: &str, start: usize) -> Option<usize> {
    let (mut nested, mut braces) = (0_usize, 0_usize);
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' if braces == 0 => nested += 1,
            b')' | b']' if braces == 0 => nested = nested.checked_sub(1)?,
            b'{' if nested == 0 => braces += 1,
            b'}' if nested == 0 => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(at + 1);
                }
            }
            b';' if nested == 0 && braces == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_everything_keeps_its_place() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x\"y", z)"#, "f(      , z)"),
            (r##"f(r#"x"y"#, r"\", z)"##, "f(        ,     , z)"),
            ("b\"x\" br\"y\"", "b         "),
            ("'{' '\\'' '\\u{7d}' b'}'", "                  b   "),
            ("<'a, 'b>(x: &'a str)", "<'a, 'b>(x: &'a str)"),
            ("r#type bar\"x\"", "r#type bar   "),
            ("'ф' \"ф\"", "         "),
            ("\"one\ntwo\" x", "    \n     x"),
        ];
        for (source, expected) in cases {
            assert_eq!(code_only(source), expected, "{source}");
            assert_eq!(code_only(source).len(), source.len(), "{source}");
        }
    }

    #[test]
    fn a_literal_that_never_ends_takes_the_rest() {
        for source in ["a \"x", "a /* x", "a r#\"x\"", "a // x"] {
            assert_eq!(code_only(source).trim_end(), "a", "{source}");
        }
    }

    #[test]
    fn functions_are_found_with_their_bodies() {
        let code = "trait T { fn no_body(&self); fn short() {} }\n\
                    fn long(f: fn(u8), g: [u8; { 3 }]) -> u8 where u8: Copy {\n if x { 1 } else { 2 }\n}\nstruct S;";
        let names: Vec<&str> = functions(code).iter().map(|function| function.name).collect();
        assert_eq!(names, ["short", "long"]);
        let long = &functions(code)[1];
        assert_eq!(code[long.span.clone()].lines().count(), 3);
        assert!(code[long.span.clone()].ends_with("2 }\n}"));
    }

    #[test]
    fn a_function_within_a_function_is_found_as_well() {
        let names: Vec<&str> =
            functions("fn a() { fn b() { } }").iter().map(|function| function.name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn test_modules_are_told_apart_from_the_code_around_them() {
        let code =
            "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}\n#[cfg(test)] mod more;\nfn d() {}";
        let regions: Vec<&str> = test_regions(code).into_iter().map(|region| &code[region]).collect();
        assert_eq!(regions, ["#[cfg(test)]\nmod tests { fn b() {} }", "#[cfg(test)] mod more;"]);
    }

    #[test]
    fn words_are_whole_words() {
        assert_eq!(word_positions("fn fnord if_fn (fn)", "fn").collect::<Vec<_>>(), [0, 16]);
    }
}
