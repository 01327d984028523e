//! Any lines as the headers of a request: what is read as a credential or a cabinet is one, whichever parser found the lines.
//!
//! Must never share code with what reads them: what a credential looks like is told here once more.

#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use httparse::Header;
use libfuzzer_sys::fuzz_target;
use mp_domain::credential::{FlawedAuthorization, OAuthCredential, Presented};
use mp_domain::key_token::{MalformedToken, TokenFormat};
use mp_market::business_header::{BUSINESS_HEADER, parse_business_header};
use mp_market::header_lines::HeaderLines;
use mp_market::presented::presented;

fuzz_target!(|input: &[u8]| {
    let lines: Vec<(&str, &[u8])> = input.split(|byte| *byte == b'\n').filter_map(line).collect();
    let headers: Vec<Header<'_>> = lines.iter().map(|(name, value)| Header { name, value }).collect();
    let mut map = HeaderMap::new();
    for (name, value) in &lines {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("looked at above");
        map.append(name, HeaderValue::from_bytes(value).expect("looked at above"));
    }
    let read = read(&lines[..]);
    assert_eq!(self::read(&headers[..]), read);
    assert_eq!(self::read(&map), read);
    let all = |wanted: &str| -> Vec<&[u8]> {
        let of_that_name = lines.iter().filter(|(name, _)| name.to_ascii_lowercase() == wanted);
        of_that_name.map(|(_, value)| *value).collect()
    };
    match (&all("api-key")[..], &all("authorization")[..]) {
        ([], []) => assert_eq!(read.0, Presented::Nothing),
        ([], [value]) => judge_authorization(value, read.0),
        ([], _) => assert_eq!(read.0, Presented::FlawedAuthorization(FlawedAuthorization::Repeated)),
        ([token], _) => {
            assert_eq!(read.0, Presented::ApiKey(token));
            judge_key(token);
        }
        (_, _) => assert_eq!(read.0, Presented::RepeatedApiKey),
    }
    assert_eq!(read.1, cabinet(&all(BUSINESS_HEADER)));
});

/// A line that any parser would take.
fn line(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (str::from_utf8(&line[..colon]).ok()?, &line[colon + 1..]);
    HeaderName::from_bytes(name.as_bytes()).ok()?;
    HeaderValue::from_bytes(value).ok()?;
    Some((name, value))
}

/// The credential, and the cabinet named beside it.
fn read<H: HeaderLines + ?Sized>(headers: &H) -> (Presented<'_>, Result<Option<i64>, ()>) {
    let business = parse_business_header(headers.lines(BUSINESS_HEADER));
    let business = business.map(|id| id.map(|id| id.number())).map_err(drop);
    (presented(headers.lines("api-key"), headers.lines("authorization")), business)
}

/// The number that all lines name, in its shortest spelling.
fn cabinet(lines: &[&[u8]]) -> Result<Option<i64>, ()> {
    let number = |line: &&[u8]| {
        let text = str::from_utf8(line).map_err(drop)?.trim_matches([' ', '\t']);
        let number: i64 = text.parse().map_err(drop)?;
        if number > 0 && number.to_string() == text { Ok(number) } else { Err(()) }
    };
    let mut numbers = lines.iter().map(number).collect::<Result<Vec<_>, _>>()?;
    numbers.dedup();
    if let [] | [_] = numbers[..] { Ok(numbers.pop()) } else { Err(()) }
}

fn judge_authorization(value: &[u8], presented: Presented<'_>) {
    let words: Vec<&[u8]> = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let scheme = words.first().map_or(Vec::new(), |word| word.to_ascii_lowercase());
    let (is_bearer, is_known) = (scheme == b"bearer", [b"bearer".as_slice(), b"oauth"].contains(&&*scheme));
    match presented {
        Presented::OAuth(OAuthCredential { token, client_id }) => {
            assert!(is_known && is_token(token));
            assert!(value.windows(token.len()).any(|part| part == token), "made up");
            if is_bearer || !words[1].to_ascii_lowercase().starts_with(b"oauth_") {
                assert_eq!((&words[1..], client_id), (&[token][..], None));
            }
            read_back(token, client_id);
        }
        Presented::FlawedAuthorization(FlawedAuthorization::Syntax) => {
            assert!(!is_bearer || words.len() != 2 || !is_token(words[1]) || value.contains(&b'\t'));
        }
        Presented::FlawedAuthorization(FlawedAuthorization::Scheme) => assert!(!is_known),
        Presented::FlawedAuthorization(FlawedAuthorization::TokenMissing) => {
            assert!(is_known && (words.len() == 1 || !is_bearer));
        }
        presented => panic!("{presented:?} from one Authorization header"),
    }
}

fn is_token(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(|byte| (0x21..0x7f).contains(byte) && !b"\",\\".contains(byte))
}

/// A credential in the oldest form, printed and read.
fn read_back(token: &[u8], client_id: Option<&[u8]>) {
    let mut printed = b"OAuth oauth_token=\"".to_vec();
    printed.extend_from_slice(token);
    printed.push(b'"');
    if let Some(client_id) = client_id.filter(|id| !id.iter().any(|byte| b"\"\\".contains(byte))) {
        printed.extend_from_slice(b", oauth_client_id=\"");
        printed.extend_from_slice(client_id);
        printed.push(b'"');
        let credential = OAuthCredential { token, client_id: Some(client_id) };
        assert_eq!(presented([].into_iter(), [&*printed].into_iter()), Presented::OAuth(credential));
    } else {
        let credential = OAuthCredential { token, client_id: None };
        assert_eq!(presented([].into_iter(), [&*printed].into_iter()), Presented::OAuth(credential));
    }
}

fn judge_key(token: &[u8]) {
    let format = TokenFormat::default();
    assert_eq!(format.check(token), shape(token));
    // No luck finds a checksum: what could be a key gets its own, and then loses it.
    let Some(body) = token.strip_prefix(b"ACMA:").and_then(|rest| rest.get(..40)) else { return };
    let mut mended = [b"ACMA:", body, b":"].concat();
    mended.extend_from_slice(format!("{:08x}", checksum(&mended)).as_bytes());
    assert_eq!(format.check(&mended), shape(&mended));
    assert_eq!(format.check(&mended).is_ok(), body.iter().all(u8::is_ascii_alphanumeric));
    let place = usize::from(token[token.len() - 1]) % mended.len();
    mended[place] ^= 1;
    assert!(format.check(&mended).is_err(), "a changed byte goes unnoticed");
}

/// product.md §3.10
fn shape(token: &[u8]) -> Result<(), MalformedToken> {
    if token.get(..5) != Some(b"ACMA:") {
        return Err(MalformedToken::Prefix);
    }
    if token.len() != 54 {
        return Err(MalformedToken::Length);
    }
    let is_plain = token[5..45].iter().all(u8::is_ascii_alphanumeric) && token[45] == b':';
    let is_right = format!("{:08x}", checksum(&token[..46])).as_bytes() == &token[46..];
    if is_plain && is_right { Ok(()) } else { Err(MalformedToken::Format) }
}

/// CRC-32, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let shifted = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shifted(crc)))
}
