//! What failing tests said.
//!
//! Owns saying it again at the end, where whoever sees only the last lines of a long log finds it. Must never repeat so
//! much of one test that another's words are lost.

use std::collections::VecDeque;
use std::fmt;

/// Lines of one test that are repeated: its last ones, where the reason stands.
const MOST_LINES: usize = 60;

/// The sections `---- NAME stdout ----` of all test programs of one `cargo test`.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    failed: Vec<Said>,
    is_open: bool,
}

#[derive(Debug)]
struct Said {
    heading: String,
    lines: VecDeque<String>,
    left_out: usize,
}

impl Failures {
    /// Keeps one line of a test program's output, if a failing test said it.
    pub(crate) fn read(&mut self, line: &str) {
        if line.starts_with("---- ") && line.ends_with(" stdout ----") {
            self.failed.push(Said { heading: line.to_owned(), lines: VecDeque::new(), left_out: 0 });
            self.is_open = true;
        } else if line == "failures:" || line.starts_with("test result:") {
            // The list of names follows, or nothing more of this program.
            self.is_open = false;
        } else if let Some(said) = self.failed.last_mut().filter(|_| self.is_open) {
            said.lines.push_back(line.to_owned());
            if said.lines.len() > MOST_LINES {
                said.lines.pop_front();
                said.left_out += 1;
            }
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Said { heading, lines, left_out } in &self.failed {
            writeln!(f, "{heading}")?;
            if *left_out > 0 {
                writeln!(f, "({left_out} lines before these stand further up)")?;
            }
            lines.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> String {
        let mut failures = Failures::default();
        for line in lines {
            failures.read(line);
        }
        failures.to_string()
    }

    #[test]
    fn what_every_failing_test_said_is_kept_and_nothing_else() {
        let said = told(&[
            "test one ... FAILED",
            "",
            "failures:",
            "",
            "---- one stdout ----",
            "thread 'one' panicked at src/lib.rs:1:1:",
            "---- two stdout ----",
            "left: 1",
            "failures:",
            "    one",
            "    two",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.5s",
            "running 1 test",
        ]);
        let expected =
            "---- one stdout ----\nthread 'one' panicked at src/lib.rs:1:1:\n---- two stdout ----\nleft: 1\n";
        assert_eq!(said, expected);
    }

    #[test]
    fn of_a_test_that_said_much_the_last_lines_are_kept() {
        let lines: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
        let lines: Vec<&str> =
            std::iter::once("---- one stdout ----").chain(lines.iter().map(String::as_str)).collect();
        let said = told(&lines);
        assert!(
            said.starts_with("---- one stdout ----\n(40 lines before these stand further up)\nline 40\n")
        );
        assert!(said.ends_with("line 99\n"), "{said}");
    }
}
