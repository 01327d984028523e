//! Which header fields belong to one connection and end with it (RFC 9110 §7.6.1).
//!
//! Owns finding and removing them. Must never remove what is meant for the other end unless `Connection` names it.

use http::{HeaderMap, HeaderName, header};

/// Removes every field whose name `is_unwanted`, and those that `Connection` names, in all their lines.
pub(crate) fn remove(headers: &mut HeaderMap, is_unwanted: impl Fn(&str) -> bool) {
    let mut removed = named_by_connection(headers);
    removed.extend(headers.keys().filter(|name| is_unwanted(name.as_str())).cloned());
    for name in removed {
        headers.remove(name);
    }
}

/// Fields of one connection that stand there without being named.
pub(crate) fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
            // Bodies are framed anew on each side, from what was read and not from what was announced.
            | "content-length"
    )
}

fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let lines = headers.get_all(header::CONNECTION).iter();
    let options = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    options.filter_map(|option| HeaderName::from_bytes(option.trim_ascii()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_connection_names_goes_with_it() {
        let mut headers = HeaderMap::new();
        headers.append("connection", HeaderValue::from_static("keep-alive, X-One ,,"));
        headers.append("connection", HeaderValue::from_static("x-two, \"no name\""));
        for name in ["x-one", "x-two", "x-three", "keep-alive"] {
            headers.append(name, HeaderValue::from_static("1"));
            headers.append(name, HeaderValue::from_static("2"));
        }
        remove(&mut headers, is_hop_by_hop);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-three"]);
        assert_eq!(headers.get_all("x-three").iter().count(), 2);
    }
}
