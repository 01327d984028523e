//! Which header fields belong to one connection and end with it (RFC 9110 §7.6.1).
//!
//! Owns telling them apart. Must never keep back what is meant for the other end unless `Connection` names it.

/// The lines of a head: a name in whatever case it came, and its value.
pub trait Lines<'a>: Iterator<Item = (&'a str, &'a [u8])> + Clone {}

impl<'a, L: Iterator<Item = (&'a str, &'a [u8])> + Clone> Lines<'a> for L {}

/// Hands every line that may go on to `emit`, its name in lower case. What stays here: lines whose name `is_unwanted`, in
/// lower case, and those that `Connection` names.
pub(crate) fn each_passing<'a>(
    lines: impl Lines<'a>,
    is_unwanted: impl Fn(&str) -> bool,
    mut emit: impl FnMut(&str, &'a [u8]),
) {
    let options = options(lines.clone());
    let is_named = |name: &str| options.clone().any(|option| option.eq_ignore_ascii_case(name.as_bytes()));
    for (name, value) in lines {
        lowered(name, |name| {
            if !is_unwanted(name) && !is_named(name) {
                emit(name, value);
            }
        });
    }
}

/// What `Connection` names, on all of its lines.
pub(crate) fn options<'a>(lines: impl Lines<'a>) -> impl Iterator<Item = &'a [u8]> + Clone {
    let lines = lines.filter(|(name, _)| name.eq_ignore_ascii_case("connection"));
    lines.flat_map(|(_, value)| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
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

/// Appends one line.
pub(crate) fn write_line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Hands a name in lower case to `see`; the usual ones need no memory for it.
fn lowered<T>(name: &str, see: impl FnOnce(&str) -> T) -> T {
    let mut room = [0; 64];
    let Some(short) = room.get_mut(..name.len()) else { return see(&name.to_ascii_lowercase()) };
    short.copy_from_slice(name.as_bytes());
    short.make_ascii_lowercase();
    see(str::from_utf8(short).expect("lower case changes ASCII alone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passing(lines: &[(&str, &str)]) -> Vec<String> {
        let lines = lines.iter().map(|(name, value)| (*name, value.as_bytes()));
        let mut passing = Vec::new();
        each_passing(lines, is_hop_by_hop, |name, value| {
            passing.push(format!("{name}: {}", String::from_utf8_lossy(value)));
        });
        passing
    }

    #[test]
    fn what_connection_names_goes_with_it() {
        let mut lines =
            vec![("connection", "keep-alive, X-One ,,"), ("CONNECTION", "x-two, \"no name\""), ("", "")];
        for name in ["x-one", "X-Two", "X-Three", "Keep-Alive"] {
            lines.extend([(name, "1"), (name, "2")]);
        }
        assert_eq!(passing(&lines[..2]), [""; 0]);
        assert_eq!(passing(&lines[3..]).len(), 6, "nothing names them");
        lines.remove(2);
        assert_eq!(passing(&lines), ["x-three: 1", "x-three: 2"]);
    }

    #[test]
    fn names_of_any_length_are_known_in_any_case() {
        let long = "X".repeat(65);
        assert_eq!(
            passing(&[("Transfer-ENCODING", "chunked"), (&long, "1"), ("A", "b")]),
            [&format!("{}: 1", long.to_lowercase()), "a: b"]
        );
    }
}
