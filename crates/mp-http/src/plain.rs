//! The printer that writes an answer as bytes of HTTP/1.1 (RFC 9112), for connections without a framework.
//!
//! Owns the framing. Must print the same headers as `answer` does; a test over a socket compares the two.

use std::cell::RefCell;

use http::StatusCode;
use mp_market::CONTENT_TYPE;
use mp_market::http_date::HttpDate;
use mp_market::trace_parent::{TraceId, TraceIds};

use crate::answer::{Answer, reason_phrase};

/// What an answer needs beside itself.
pub(crate) struct Circumstances<'a> {
    /// For the `Date` header, in seconds since the epoch.
    pub(crate) now: u32,
    pub(crate) trace_ids: &'a mut TraceIds,
    /// The caller's trace, if there is one.
    pub(crate) trace: Option<TraceId>,
    /// Whether the connection ends with this answer.
    pub(crate) closes: bool,
}

/// Appends the whole answer to `out`.
pub(crate) fn write_answer(out: &mut Vec<u8>, answer: &Answer, circumstances: &mut Circumstances<'_>) {
    write_status_line(out, answer.status);
    write_header(out, "content-type", CONTENT_TYPE.as_bytes());
    write_header(out, "cache-control", b"no-store");
    write_header(out, "x-content-type-options", b"nosniff");
    answer.each_header(|name, value| write_header(out, name.as_str(), value.as_bytes()));
    out.extend_from_slice(b"traceparent: ");
    circumstances.trace_ids.write(out, circumstances.trace);
    out.extend_from_slice(b"\r\n");
    if circumstances.closes {
        write_header(out, "connection", b"close");
    }
    write_header(out, "content-length", itoa::Buffer::new().format(answer.body.len()).as_bytes());
    write_date(out, circumstances.now);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&answer.body);
}

fn write_status_line(out: &mut Vec<u8>, status: StatusCode) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(reason_phrase(status).as_bytes());
    out.extend_from_slice(b"\r\n");
}

pub(crate) fn write_date(out: &mut Vec<u8>, now: u32) {
    thread_local! {
        static DATE: RefCell<HttpDate> = RefCell::default();
    }
    DATE.with_borrow_mut(|date| write_header(out, "date", date.at(now).as_bytes()));
}

pub(crate) fn write_header(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}
