//! The lines that `demo` prints for another terminal, run as they stand there.
//!
//! Owns reading them off the screen. Must never know in advance what they are.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::installation::Installation;
use crate::wire::Caller;

/// A demonstration and the commands on its screen.
struct Screen {
    demo: Child,
    commands: Vec<String>,
}

impl Screen {
    fn new(machine: &Installation) -> Self {
        let mut command = machine.command(&["demo"]);
        let mut demo = command.env("TMPDIR", machine.folder()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
        let shown: Vec<String> = lines.take_while(|line| !line.starts_with("Stop with Ctrl-C")).collect();
        let commands = shown.iter().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned);
        Self { demo, commands: commands.filter(|line| line.starts_with("curl ")).collect() }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.demo.kill().unwrap();
        self.demo.wait().unwrap();
    }
}

/// What the command prints, as a shell understands it.
fn run(command: &str) -> String {
    let output = Command::new("/bin/sh").args(["-c", command]).env("NO_PROXY", "*").output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The same without curl: its request, and the answer's status line and body.
fn replay(command: &str) -> String {
    let words: Vec<&str> = command.split('\'').collect();
    let header = words.get(1).map(|header| format!("{header}\r\n")).unwrap_or_default();
    let method = if command.contains(" -X POST ") { "POST" } else { "GET" };
    let (address, path) = command.rsplit_once("http://").unwrap().1.split_once('/').unwrap();
    let request = format!("{method} /{path} HTTP/1.1\r\nHost: {address}\r\n{header}\r\n");
    let reply = Caller::connect(address).ask(request);
    let head =
        if command.contains(" -i ") { format!("HTTP/1.1 {}\r\n", reply.status) } else { String::new() };
    head + reply.body.as_str()
}

#[test]
fn every_printed_command_does_what_it_says() {
    let machine = Installation::new();
    let screen = Screen::new(&machine);
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    let printed: Vec<String> = screen
        .commands
        .iter()
        .map(|command| {
            let replayed = replay(command);
            if has_curl { run(command) } else { replayed }
        })
        .collect();
    let [good, unknown, reach, ready, metrics] = &printed[..] else { panic!("{:?}", screen.commands) };
    assert!(good.starts_with("HTTP/1.1 200") && good.contains("\"authScopes\":[\"ALL_METHODS\"]"), "{good}");
    assert!(unknown.starts_with("HTTP/1.1 401") && unknown.contains("Api-Key token is invalid"), "{unknown}");
    assert!(reach.starts_with("HTTP/1.1 200") && reach.contains("\"North\""), "{reach}");
    assert_eq!(ready, r#"{"ready":true,"reasons":[]}"#);
    assert!(metrics.contains("marketpass_decisions_total{"), "{metrics}");
}
