//! Somebody else's mail server as a child process: `aiosmtpd` from Python's index.
//!
//! Owns starting and ending it, and the letters it took. Must never be reachable from another machine, or outlive the
//! test: it ends when its standard input closes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::eventually;
use crate::python::Environment;

const SCRIPT: &str = include_str!("mailbox/receive.py");
/// With all it needs, so that nothing newer slips in.
const PACKAGES: [&str; 4] = ["--no-deps", "aiosmtpd==1.4.6", "atpublic==9.0.0", "attrs==26.1.0"];

/// A mail server that delivers everything into one folder.
#[derive(Debug)]
pub struct Mailbox {
    server: Child,
    folder: TempDir,
    port: u16,
}

/// A letter as its reader sees it, taken apart by Python's library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedLetter {
    /// From the conversation, not from the header.
    pub recipient: String,
    /// `From:`, decoded.
    pub sender: String,
    /// `Subject:`, decoded.
    pub subject: String,
    /// The plain text.
    pub text: String,
}

impl Mailbox {
    /// The user it insists on.
    pub const USER: &str = "marketpass";
    /// That user's password.
    pub const PASSWORD: &str = "letters-are-welcome";

    /// A server of one's own. `target` is where Python's packages are kept between runs (`CARGO_TARGET_TMPDIR`).
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(target: &Path) -> Self {
        let python = Environment::provide(target, "aiosmtpd-1.4.6", &PACKAGES).python();
        let folder = tempfile::tempdir().expect("a folder can be made below TMPDIR");
        let mut server = Command::new(python)
            .args(["-c", SCRIPT])
            .arg(folder.path())
            .args([Self::USER, Self::PASSWORD])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the environment has an interpreter");
        let mut said = String::new();
        let stdout = server.stdout.take().expect("it was piped above and is taken once");
        BufReader::new(stdout).read_line(&mut said).expect("its output can be read");
        let port = said.trim().parse().expect("the mail server says its port or why it has none");
        Self { server, folder, port }
    }

    /// For the configuration: `smtp://user:password@127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}:{}@127.0.0.1:{}", Self::USER, Self::PASSWORD, self.port)
    }

    /// All letters so far, oldest first.
    ///
    /// # Panics
    /// If the folder cannot be read.
    #[must_use]
    pub fn letters(&self) -> Vec<ReceivedLetter> {
        let files = fs::read_dir(self.folder.path()).expect("the folder is ours").flatten();
        let complete = |path: &Path| path.extension().is_some_and(|extension| extension == "txt");
        let mut paths: Vec<_> = files.map(|file| file.path()).filter(|path| complete(path)).collect();
        paths.sort();
        paths.iter().map(|path| letter(&fs::read_to_string(path).expect("a letter is UTF-8"))).collect()
    }

    /// The newest letter to somebody, of those that came after the first `known` letters; waited for.
    ///
    /// # Panics
    /// If none comes.
    #[must_use]
    pub fn newest_to(&self, recipient: &str, known: usize) -> ReceivedLetter {
        let mut found = None;
        eventually(&format!("a letter to {recipient}"), || {
            let mut letters = self.letters().into_iter().skip(known).rev();
            found = letters.find(|letter| letter.recipient == recipient);
            found.is_some()
        });
        found.expect("it was waited for")
    }
}

impl ReceivedLetter {
    /// The first link in the text.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn link(&self) -> &str {
        let words = self.text.split_whitespace();
        let mut links = words.filter(|word| word.starts_with("http://") || word.starts_with("https://"));
        links.next().unwrap_or_else(|| panic!("no link in {self:?}"))
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // `wait` closes our end of the pipe first, which ends it.
        let _ = self.server.wait();
    }
}

/// Three lines and the text, as the script writes them.
fn letter(file: &str) -> ReceivedLetter {
    let mut parts = file.splitn(4, '\n').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    ReceivedLetter { recipient: next(), sender: next(), subject: next(), text: next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_letter_is_read_with_its_lines() {
        let read =
            letter("a@example.org\nmarketpass <m@example.org>\nSubject\nOne\n\nhttp://localhost/x Two\n");
        assert_eq!((read.recipient.as_str(), read.subject.as_str()), ("a@example.org", "Subject"));
        assert_eq!(
            (read.text.as_str(), read.link()),
            ("One\n\nhttp://localhost/x Two\n", "http://localhost/x")
        );
    }
}
