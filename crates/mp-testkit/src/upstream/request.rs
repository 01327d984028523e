//! One request off a connection.
//!
//! Owns its parts as they were sent. Must never decode a target or join headers.

use std::io::{BufRead, Result, Write};

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// As sent.
    pub method: String,
    /// The request target as sent, query included.
    pub target: String,
    /// Every line: the name in lower case, and the value.
    pub headers: Vec<(String, String)>,
    /// Without the framing of chunks.
    pub body: Vec<u8>,
}

impl Received {
    /// The values of all lines of a header, whose `name` is in lower case.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter().filter(|(given, _)| given == name);
        lines.map(|(_, value)| value.as_str()).collect()
    }
}

/// The next request; nothing at the end of the connection, or where no request line stands.
pub(super) fn read(reader: &mut impl BufRead, mut back: impl Write) -> Result<Option<Received>> {
    let Some(first) = line(reader)? else { return Ok(None) };
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut received = Received {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    while let Some(header) = line(reader)?.filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(':').unwrap_or((&header, ""));
        received.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if received.all("expect").contains(&"100-continue") {
        back.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    received.body = if received.all("transfer-encoding").is_empty() {
        let length = received.all("content-length").first().and_then(|length| length.parse().ok());
        exactly(reader, length.unwrap_or(0))?
    } else {
        chunks(reader)?
    };
    Ok(Some(received))
}

/// Without its end; nothing at the end of the connection.
fn line(reader: &mut impl BufRead) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    let count = reader.read_until(b'\n', &mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok((count > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn exactly(reader: &mut impl BufRead, length: usize) -> Result<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn chunks(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(reader)?.unwrap_or_default();
        let digits = size.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).map_err(std::io::Error::other)?;
        body.extend(exactly(reader, length)?);
        // After the last chunk, trailers would stand here; no gateway of ours sends any.
        line(reader)?;
        if length == 0 {
            return Ok(body);
        }
    }
}
