//! `completions SHELL`.

use crate::installation::Installation;

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Installation::new().run(&["completions", shell]).text();
        assert!(script.contains("completions") && script.contains("marketpass"), "{shell}");
    }
}

#[test]
fn an_unknown_shell_is_wrong_usage() {
    let message = Installation::new().run(&["completions", "tcsh"]).usage_error();
    assert!(message.contains("possible values: bash"), "{message}");
}

#[test]
fn there_are_no_completions_in_json() {
    let message = Installation::new().run(&["--json", "completions", "bash"]).usage_error();
    assert!(message.starts_with("error: completions are a text for a shell"), "{message}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    use std::process::Stdio;
    let mut child = Installation::new()
        .command(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
}
