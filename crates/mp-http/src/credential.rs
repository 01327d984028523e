//! What a request presents, from the lines of its headers, however they were parsed.
//!
//! Owns the ruling on doubled traces; `mp-market` has the one on credentials. Must never look into a token.

pub(crate) use mp_market::presented::presented;
use mp_market::trace_parent::TraceId;

/// The trace of the caller; two headers make none (W3C Trace Context §4.3).
pub(crate) fn trace<'a>(mut traceparents: impl Iterator<Item = &'a [u8]>) -> Option<TraceId> {
    let first = traceparents.next()?;
    traceparents.next().is_none().then(|| TraceId::parse(first))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_traceparents_make_none() {
        let header = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".as_slice();
        assert!(trace([header].into_iter()).is_some());
        assert!(trace([header, header].into_iter()).is_none());
    }
}
