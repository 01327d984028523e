//! Secrets from standard input, so that they stand in no process list and no shell history.
//!
//! Owns reading them. Must never take a secret from an argument and never echo one.

use std::io::{self, IsTerminal, Read};

use mp_domain::secret::PlainSecret;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Far more than any password; whoever pipes more pipes the wrong file.
const MOST_BYTES: usize = 4096;

/// Reads a password, without the line break at its end.
pub(crate) fn password() -> Result<PlainSecret, Failure> {
    secret("password")
}

/// Reads an API key or an OAuth token, without the line break at its end.
pub(crate) fn credential() -> Result<PlainSecret, Failure> {
    secret("credential")
}

/// Reads an OAuth token, without the line break at its end.
pub(crate) fn token() -> Result<PlainSecret, Failure> {
    secret("token")
}

fn secret(what: &str) -> Result<PlainSecret, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        return Err(Failure::new(format!(
            "standard input is a terminal, which would show the {what}: pipe it in, for example `pass show shop | marketpass …`"
        )));
    }
    read_secret(input.lock(), what)
}

fn read_secret(input: impl Read, what: &str) -> Result<PlainSecret, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(MOST_BYTES + 1));
    input.take(MOST_BYTES as u64 + 1).read_to_string(&mut text).map_err(|error| {
        Failure::new(format!(
            "the {what} could not be read from standard input: {error}; pipe it in as UTF-8"
        ))
    })?;
    if text.len() > MOST_BYTES {
        return Err(Failure::new(format!(
            "standard input holds more than {MOST_BYTES} bytes, which is no {what}: pipe in the {what} alone"
        )));
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Failure::new(format!("standard input is empty: pipe the {what} in")));
    }
    Ok(PlainSecret::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Result<String, String> {
        read_secret(input, "password")
            .map(|secret| secret.expose().to_owned())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn one_line_break_at_the_end_is_dropped_and_nothing_else() {
        assert_eq!(read(b" correct horse \n").unwrap(), " correct horse ");
        assert_eq!(read(b"pass\r\n").unwrap(), "pass");
        assert_eq!(read(b"pass\n\n").unwrap(), "pass\n");
        assert_eq!(read("пароль".as_bytes()).unwrap(), "пароль");
    }

    #[test]
    fn what_is_no_password_is_refused_without_being_repeated() {
        for (input, why) in
            [(&b""[..], "is empty"), (b"\n", "is empty"), (b"\xff", "UTF-8"), (&[b'x'; 5000], "4096")]
        {
            let refused = read(input).unwrap_err();
            assert!(refused.contains(why) && !refused.contains("xxx"), "{refused}");
        }
    }
}
