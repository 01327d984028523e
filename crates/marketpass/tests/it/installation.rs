//! A fresh machine for each test: an empty folder, an empty environment and the built binary.
//!
//! Owns running commands and judging how they end. Must never share anything between two tests.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// An empty folder in which commands are run.
pub(crate) struct Installation {
    folder: tempfile::TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Installation {
    /// Nothing there yet.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Where the commands run.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file into the folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// A command in this folder that inherits nothing from whoever runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marketpass"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command
    }

    /// Runs a command with nothing on its standard input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[], "")
    }

    /// Runs a command with these variables and this standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ended {
        let mut child = self
            .command(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that refuses early does not read its input; that is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ended::from(child.wait_with_output().unwrap())
    }

    /// The folder as an absolute path.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("it ended by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// What it printed, if it did what it was asked.
    #[track_caller]
    pub(crate) fn text(self) -> String {
        assert_eq!(self.status, 0, "{}", self.stderr);
        self.stdout
    }

    /// The one JSON value it printed, if it did what it was asked.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// The one line of the refusal, without `error: `. A server's log may stand before it.
    #[track_caller]
    pub(crate) fn refusal(self) -> String {
        assert_eq!(self.status, 1, "{}{}", self.stdout, self.stderr);
        let lines = self.stderr.lines().filter(|line| !line.contains(" INFO "));
        match lines.collect::<Vec<_>>().as_slice() {
            [line] => line.strip_prefix("error: ").unwrap_or_else(|| panic!("{line}")).to_owned(),
            _ => panic!("one line, not {}", self.stderr),
        }
    }

    /// What it says about wrong usage.
    #[track_caller]
    pub(crate) fn usage_error(self) -> String {
        assert_eq!((self.status, self.stdout.as_str()), (2, ""), "{}", self.stderr);
        self.stderr
    }
}
