//! Which event ends which credential: one table, filled in by doing each of them.
//!
//! Owns the table that product.md §5 and yandex-oauth §8.3 ask for. Must never judge by what the database says: a
//! credential is alive if it opens something.

use std::io::Write;
use std::time::{Duration, Instant};

use mp_testkit::eventually;

use super::events::EVENTS;
use super::scene::{Fate, Scene};
use super::site::Site;
use super::window::Browser;

/// The columns: what a person has, and a neighbour's.
const COLUMNS: [&str; 6] =
    ["its token", "other app's token", "neighbour's token", "session here", "session elsewhere", "API key"];

/// A change is in force within a second (product.md §5).
const PROMISED: Duration = Duration::from_secs(1);

#[test]
fn every_revocation_ends_what_it_should_and_nothing_else() {
    let site = Site::new();
    let browser = Browser::new(&site);
    let mut table = String::new();
    let mut wrong = Vec::new();
    for (number, event) in EVENTS.iter().enumerate() {
        let mut scene = Scene::set(&site, &browser, number, event.before);
        assert_eq!(scene.fates(), [Fate::Alive; 6], "before: {}", event.name);
        (event.act)(&mut scene);
        let mut found = scene.fates();
        let acted = Instant::now();
        eventually("the change or its second", PROMISED * 20, || {
            let is_settled = found == event.leaves || acted.elapsed() > PROMISED;
            found = if is_settled { found } else { scene.fates() };
            is_settled
        });
        table += &row(event.name, found.map(Fate::word));
        if found != event.leaves {
            wrong.push(format!("{}: {found:?}, not {:?}", event.name, event.leaves));
        }
        let told = scene.told();
        if !told.contains(event.told) {
            wrong.push(format!("{}: told {told}, not {}", event.name, event.told));
        }
    }
    // Not `println!`: the table is for everybody who runs the tests, and a test that passes is silent otherwise.
    let head = row("after", COLUMNS);
    write!(std::io::stdout(), "\n{head}{table}\n").unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A line of the table.
fn row(name: &str, cells: [&str; 6]) -> String {
    let cells = cells.map(|cell| format!("{cell:<17}"));
    format!("{name:<44} {}\n", cells.join(" ").trim_end())
}
