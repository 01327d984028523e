//! The head of an upstream's answer: read, and what of it the caller gets.
//!
//! Owns how the body is framed and what passes. Must never let through a header that works beyond the one answer: the
//! caller's browser may keep cookies and promises for a whole host, on which marketpass signs people in.

use std::mem::MaybeUninit;

use http::StatusCode;
use httparse::{Header, Response, Status};
use mp_market::passport::IDENTITY_PREFIX;

use crate::failure::Failure;
use crate::fields::{self, Lines};
use crate::framing::Framing;

/// How many header lines an answer may have.
const MAX_HEADERS: usize = 100;

/// The head of an answer.
pub struct Reply<'h> {
    /// Its status.
    pub status: StatusCode,
    /// The words after the number.
    pub reason: &'h str,
    headers: &'h [Header<'h>],
    pub(crate) framing: Framing,
    /// Whether the connection may carry another request once the body is over.
    pub(crate) is_followed: bool,
}

/// What bytes from an upstream begin with.
pub(crate) enum Beginning<T> {
    /// Not yet a whole head.
    Partial,
    /// Something that comes before the answer, so many bytes.
    Hint(usize),
    /// The answer's head, so many bytes, and what was made of it.
    Head(usize, T),
}

/// Reads an answer, be it one `to_head`; `take` makes something of its head.
pub(crate) fn read<T>(
    bytes: &[u8],
    to_head: bool,
    take: impl FnOnce(&Reply<'_>) -> T,
) -> Result<Beginning<T>, Failure> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut response = Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        bytes,
        &mut headers,
    );
    let length = match parsed {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(Beginning::Partial),
        Err(error) => return Err(Failure::NoHttp(error)),
    };
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or(Failure::NoStatus)?;
    match status {
        StatusCode::SWITCHING_PROTOCOLS => Err(Failure::Switched),
        _ if status.is_informational() => Ok(Beginning::Hint(length)),
        _ => {
            let is_current = response.version == Some(1);
            let (framing, is_clear) = framing(response.headers, status, to_head, is_current)?;
            let reply = Reply {
                status,
                reason: response.reason.unwrap_or_default(),
                headers: response.headers,
                framing,
                is_followed: is_current && is_clear && !says_close(response.headers),
            };
            Ok(Beginning::Head(length, take(&reply)))
        }
    }
}

/// How the body is framed (RFC 9112 §6.3), and whether it is clear that something else may follow it.
fn framing(
    headers: &[Header<'_>],
    status: StatusCode,
    to_head: bool,
    is_current: bool,
) -> Result<(Framing, bool), Failure> {
    // They have no body whatever their head says (RFC 9110 §6.4.1).
    if to_head || status == StatusCode::NOT_MODIFIED {
        return Ok((Framing::Nothing, true));
    }
    if status == StatusCode::NO_CONTENT {
        // One that tells of a body may well send it.
        let is_clear = values(headers, "transfer-encoding").next().is_none()
            && values(headers, "content-length").all(|length| length == b"0");
        return Ok((Framing::Nothing, is_clear));
    }
    let mut codings = values(headers, "transfer-encoding").flat_map(|line| line.split(|byte| *byte == b','));
    let announces_length = values(headers, "content-length").next().is_some();
    match (codings.next(), codings.next()) {
        // Two framings: the chunks count, and nothing that comes later on this connection.
        (Some(coding), None) if is_current && coding.trim_ascii().eq_ignore_ascii_case(b"chunked") => {
            Ok((Framing::Chunked, !announces_length))
        }
        (Some(_), _) => Err(Failure::Framing("has a transfer coding that nobody asked for")),
        (None, _) if announces_length => {
            let length = length(headers).ok_or(Failure::Framing("has no one length"))?;
            Ok((Framing::Length(length), true))
        }
        (None, _) => Ok((Framing::UntilClose, false)),
    }
}

/// The length that a head tells: a number, on each line the same.
fn length(headers: &[Header<'_>]) -> Option<u64> {
    let mut lines = values(headers, "content-length");
    let first = lines.next()?;
    let is_number = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
    let is_one = lines.all(|line| line == first);
    (is_number && is_one).then(|| str::from_utf8(first).ok()?.parse().ok())?
}

fn values<'h>(headers: &'h [Header<'_>], name: &'static str) -> impl Iterator<Item = &'h [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

fn says_close(headers: &[Header<'_>]) -> bool {
    fields::options(lines(headers)).any(|option| option.eq_ignore_ascii_case(b"close"))
}

fn lines<'h>(headers: &'h [Header<'_>]) -> impl Lines<'h> {
    headers.iter().map(|header| (header.name, header.value))
}

impl Reply<'_> {
    /// Hands every header that the caller gets to `emit`, its name in lower case. How the body is framed is not among them.
    pub fn each_header(&self, emit: impl FnMut(&str, &[u8])) {
        fields::each_passing(lines(self.headers), is_unwanted, emit);
    }

    /// The length that the body has, or would have where none comes; that is worth knowing, too.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(length) => Some(length),
            Framing::Nothing if self.status != StatusCode::NO_CONTENT => length(self.headers),
            _ => None,
        }
    }

    /// Whether there is a body, be it empty.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.framing != Framing::Nothing
    }

    /// Whether the body is what it says, not packed.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        values(self.headers, "content-encoding").all(|value| value == b"identity")
    }
}

/// Whether an upstream's header stays here.
fn is_unwanted(name: &str) -> bool {
    fields::is_hop_by_hop(name)
        || name.starts_with(IDENTITY_PREFIX)
        // The limits are kept here, and told from here.
        || name.starts_with("x-ratelimit-resource-")
        || matches!(
            name,
            // marketpass says so itself, of every answer.
            "x-content-type-options"
            // A browser sends cookies to every port of the host, and with them to the pages.
            | "set-cookie" | "set-cookie2"
            // Between a client and the next proxy.
            | "proxy-authenticate" | "proxy-authentication-info"
            // Promises about the host, which are marketpass's to make; and the end of all of its cookies.
            | "strict-transport-security" | "public-key-pins" | "alt-svc" | "clear-site-data"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The framing of an answer to a GET, and whether another may follow.
    fn framed(head: &str) -> Option<(Framing, bool)> {
        match read(head.as_bytes(), false, |reply| (reply.framing, reply.is_followed)) {
            Ok(Beginning::Head(length, framed)) => {
                assert_eq!(length, head.len());
                Some(framed)
            }
            Ok(_) => panic!("no whole head: {head:?}"),
            Err(_) => None,
        }
    }

    #[test]
    fn a_body_is_framed_by_what_the_head_says() {
        let framed = |lines: &str| framed(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n"));
        assert_eq!(framed("Content-Length: 5\r\n"), Some((Framing::Length(5), true)));
        assert_eq!(framed("Content-Length: 5\r\nContent-Length: 5\r\n"), Some((Framing::Length(5), true)));
        assert_eq!(
            framed("Content-Length: 5\r\nConnection: a, Close\r\n"),
            Some((Framing::Length(5), false))
        );
        assert_eq!(framed("Transfer-Encoding: Chunked\r\n"), Some((Framing::Chunked, true)));
        assert_eq!(
            framed("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
            Some((Framing::Chunked, false))
        );
        assert_eq!(framed(""), Some((Framing::UntilClose, false)));
        for broken in [
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: -5\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: gzip\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding:\r\n",
        ] {
            assert_eq!(framed(broken), None, "{broken}");
        }
    }

    #[test]
    fn nothing_follows_where_there_should_be_no_body_and_may_be_one() {
        let followed =
            |head: &str| framed(&format!("HTTP/1.1 {head}\r\n\r\n")) == Some((Framing::Nothing, true));
        assert!(followed("204 No Content"));
        assert!(followed("204 No Content\r\nContent-Length: 0"));
        assert!(!followed("204 No Content\r\nContent-Length: 5"));
        assert!(!followed("204 No Content\r\nTransfer-Encoding: chunked"));
        assert!(followed("304 Not Modified\r\nContent-Length: 5"), "that of a body that is not sent");
    }

    #[test]
    fn an_older_version_ends_with_its_connection() {
        let framed = |lines: &str| framed(&format!("HTTP/1.0 200 OK\r\n{lines}\r\n"));
        assert_eq!(framed(""), Some((Framing::UntilClose, false)));
        assert_eq!(
            framed("Content-Length: 5\r\nConnection: keep-alive\r\n"),
            Some((Framing::Length(5), false))
        );
        assert_eq!(framed("Transfer-Encoding: chunked\r\n"), None, "it has no chunks");
    }
}
