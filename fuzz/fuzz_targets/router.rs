//! Any text as the target of a request: what is routed matches the template of its operation segment by segment.
//!
//! The first byte chooses the verb. Must never share code with the router: what matches is told here once more.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mp_domain::catalog::Catalog;
use mp_domain::operation::{Operation, unversioned};

const VERBS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

fuzz_target!(|input: &[u8]| {
    let [verb, path @ ..] = input else { return };
    let Ok(path) = std::str::from_utf8(path) else { return };
    let verb = VERBS[usize::from(*verb) % VERBS.len()];
    if let Ok(routed) = Catalog::market().route(verb, path) {
        assert_eq!(routed.operation.verb.as_str(), verb);
        assert!(matches(routed.operation, path), "{path} as {}", routed.operation.id);
        let _ = routed.target();
    }
});

fn matches(operation: &Operation, path: &str) -> bool {
    let short = operation.is_unversioned.then(|| unversioned(operation.template));
    let templates = std::iter::once(operation.template).chain(short);
    let stems: Vec<&str> = [Some(path), path.strip_suffix(".json")].into_iter().flatten().collect();
    templates.into_iter().any(|template| stems.iter().any(|stem| is_filled(template, stem)))
}

fn is_filled(template: &str, path: &str) -> bool {
    let (parts, segments): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    parts.len() == segments.len()
        && parts
            .iter()
            .zip(&segments)
            .all(|(part, segment)| part == segment || part.starts_with('{') && is_plain(segment))
}

/// Whatever a decoder makes of it, it is one segment, and no other one of the catalogue.
fn is_plain(segment: &str) -> bool {
    let decoded = decoded(segment);
    let is_dots = !decoded.is_empty() && decoded.bytes().all(|byte| byte == b'.');
    let is_doubtful = |c: char| c.is_control() || matches!(c, '/' | '\\' | ';' | '%' | '?' | '#');
    let is_alias = segment != decoded
        && decoded.is_ascii()
        && decoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    !decoded.is_empty() && !is_dots && !is_alias && !decoded.contains(is_doubtful)
}

/// As a lenient server decodes; what is no UTF-8 becomes doubtful.
fn decoded(segment: &str) -> String {
    let (bytes, mut decoded, mut at) = (segment.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let code = segment.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) if bytes[at] == b'%' => {
                decoded.push(code);
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| "%".to_owned())
}
