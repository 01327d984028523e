//! A server as a child process, and the few words of HTTP to speak with it.
//!
//! Owns starting and ending it. Must never outlive its test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::installation::Installation;

/// A running server.
pub(crate) struct Running {
    child: Child,
    /// What it said first: where it listens.
    pub(crate) said: Value,
}

/// An HTTP answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Running {
    /// `serve` on free ports, from the moment it answers.
    pub(crate) fn serve(machine: &Installation, arguments: &[&str]) -> Self {
        let ports = ["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"];
        let mut child = machine
            .command(&[&ports, arguments].concat())
            .env("MARKETPASS__LOG__FORMAT", "json")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut lines = Vec::new();
        let said = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended without answering: {lines:?}");
            match serde_json::from_str::<Value>(&line) {
                Ok(said) if said["message"] == "marketpass answers" => break said,
                _ => lines.push(line),
            }
        };
        // Read to the end, or the server would one day wait for somebody to listen.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, said }
    }

    /// `demo`, from the moment it has printed its one object.
    pub(crate) fn demo(machine: &Installation, arguments: &[&str]) -> Self {
        let mut child = machine
            .command(&[&["--json", "demo"], arguments].concat())
            .env("TMPDIR", machine.folder())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let said = serde_json::Deserializer::from_reader(out).into_iter().next().unwrap().unwrap();
        Self { child, said }
    }

    /// Asks a question under a key of `said` that holds an address, with or without `http://`.
    pub(crate) fn ask(&self, listener: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let address = self.said[listener].as_str().unwrap();
        let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 0\r\n");
        for (name, value) in headers {
            request += &[name, ": ", value, "\r\n"].concat();
        }
        stream.write_all((request + "\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    /// What the server says of a key.
    pub(crate) fn token_info(&self, listener: &str, token: &str) -> Answer {
        self.ask(listener, "POST", "/v2/auth/token", &[("Api-Key", token)])
    }

    /// Sends a signal and waits for the end.
    pub(crate) fn end(mut self, signal: &str) -> ExitStatus {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After `end` there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    /// The number in a rate header.
    pub(crate) fn remaining(&self) -> u32 {
        let line = self.head.lines().find(|line| line.starts_with("x-ratelimit-resource-remaining: "));
        line.unwrap_or_else(|| panic!("{}", self.head)).rsplit(' ').next().unwrap().parse().unwrap()
    }
}
