//! The lines that `demo` prints for another terminal, run as they stand there.
//!
//! Owns reading them off the screen. Must never know in advance what they are.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::installation::Installation;
use crate::staged::Staged;
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
    let quoted = |option: &str| -> Vec<&str> {
        words.windows(2).filter(|pair| pair[0].ends_with(option)).map(|pair| pair[1]).collect()
    };
    let (headers, bodies) = (quoted("-H "), quoted("-d "));
    let body = bodies.first().copied().unwrap_or_default();
    let method = if command.contains(" -X POST ") || !bodies.is_empty() { "POST" } else { "GET" };
    let (address, path) = command.rsplit_once("http://").unwrap().1.split_once('/').unwrap();
    let headers = headers.iter().fold(String::new(), |lines, header| lines + *header + "\r\n");
    let length = body.len();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
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
    let printed = screen.commands.iter().map(|command| {
        let replayed = replay(command);
        if has_curl { run(command) } else { replayed }
    });
    let expected: [(&str, &str); 13] = [
        ("HTTP/1.1 200", r#""authScopes":["ALL_METHODS"]"#),
        ("HTTP/1.1 401", "Api-Key token is invalid"),
        ("HTTP/1.1 200", r#""North""#),
        ("HTTP/1.1 200", r#""total":50"#),
        ("HTTP/1.1 403", "Token does not have any of the scopes to access the API method: "),
        ("{", r#""remaining":0"#),
        ("HTTP/1.1 420", "Hit rate limit of 1000 requests per 1 hour for resource /campaigns.json"),
        ("{", r#""now":"#),
        ("HTTP/1.1 401", "Api-Key token is expired"),
        ("{", r#""now":"#),
        ("{", "/demo/clock"),
        (r#"{"ready":true,"reasons":[]}"#, ""),
        ("", "marketpass_decisions_total{"),
    ];
    assert_eq!(screen.commands.len(), expected.len(), "{:?}", screen.commands);
    for ((command, printed), (begins, holds)) in screen.commands.iter().zip(printed).zip(expected) {
        assert!(printed.starts_with(begins) && printed.contains(holds), "{command}: {printed}");
    }
}

#[test]
fn every_command_of_the_page_about_it_works() {
    let staged = Staged::new();
    let page = include_str!("../../../../docs/demo.md");
    let (controls, key) = (staged.demo.said["controls_url"].as_str().unwrap(), staged.key("Full access"));
    let commands: Vec<_> = page.lines().filter(|line| line.starts_with("    curl ")).collect();
    assert_eq!(commands.len(), 7);
    for command in commands {
        let command = command.replace("$CONTROLS", controls).replace("ACMA:…", key);
        let said = replay(&command);
        assert!(said.starts_with('{') && !said.contains("error"), "{command}: {said}");
    }
}
