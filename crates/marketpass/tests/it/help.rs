//! The help of every command, compared with reviewed files in `help/`.
//!
//! A difference leaves a `.snap.new` file: look at it, then move it over the old one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::installation::Installation;

/// Every command and, for those that have any, the commands below it.
fn commands(machine: &Installation, above: &[&str], found: &mut BTreeSet<String>) {
    found.insert(above.join(" "));
    let help = machine.run(&[above, &["--help"]].concat()).text();
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for line in listed.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        if name == "help" {
            continue;
        }
        commands(machine, &[above, &[name]].concat(), found);
    }
}

#[test]
fn the_help_of_every_command_is_as_reviewed() {
    let machine = Installation::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/help");
    let mut all = BTreeSet::new();
    commands(&machine, &[], &mut all);
    let mut text = String::new();
    for command in &all {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        writeln!(text, "$ marketpass {}\n{}", arguments.join(" "), machine.run(&arguments).text()).unwrap();
    }
    let reviewed = std::fs::read_to_string(folder.join("all.snap")).unwrap_or_default();
    if text != reviewed {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("all.snap.new"), &text).unwrap();
        panic!("the help has changed: review {}/all.snap.new and move it over all.snap", folder.display());
    }
}

#[test]
fn no_arguments_are_wrong_usage_and_show_the_commands() {
    let message = Installation::new().run(&[]).usage_error();
    assert!(message.contains("Usage: marketpass [OPTIONS] <COMMAND>"), "{message}");
}

#[test]
fn an_unknown_command_is_wrong_usage() {
    let message = Installation::new().run(&["acount", "list"]).usage_error();
    assert!(message.contains("a similar subcommand exists: 'account'"), "{message}");
}

#[test]
fn help_is_also_a_command() {
    let machine = Installation::new();
    for above in [&[][..], &["key"]] {
        let asked = machine.run(&[&["help"], above].concat()).text();
        assert_eq!(asked, machine.run(&[above, &["--help"]].concat()).text());
    }
    assert_eq!(machine.run(&["key", "help"]).text(), machine.run(&["key", "--help"]).text());
}
