//! Which event ends which credential: one table, filled in by doing each of them.
//!
//! Owns the table that product.md §5 and yandex-oauth §8.3 ask for. Must never judge by what the database says: a
//! credential is alive if it opens something.

use std::io::Write;
use std::time::Duration;

use mp_testkit::RunningTime;

use super::events::EVENTS;
use super::scene::{Fate, Scene};
use super::site::Site;
use super::window::Browser;

/// The columns: what a person has, and a neighbour's.
const COLUMNS: [&str; 6] =
    ["its token", "other app's token", "neighbour's token", "session here", "session elsewhere", "API key"];

/// A change is in force within a second (product.md §5).
pub(crate) const PROMISED: Duration = Duration::from_secs(1);

#[test]
fn every_revocation_ends_what_it_should_and_nothing_else() {
    let site = Site::new();
    let browser = Browser::new(&site);
    let mut table = String::new();
    let mut wrong = Vec::new();
    for (number, event) in EVENTS.iter().enumerate() {
        let mut scene = Scene::set(&site, &browser, number, event.before);
        assert_eq!(within_a_second(&mut scene, [Fate::Alive; 6]), [Fate::Alive; 6], "before: {}", event.name);
        (event.act)(&mut scene);
        let found = within_a_second(&mut scene, event.leaves);
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

/// What is left of each credential: as expected, or whatever it is when the promised second is over.
fn within_a_second(scene: &mut Scene<'_>, expected: [Fate; 6]) -> [Fate; 6] {
    let mut time = RunningTime::start();
    loop {
        let is_late = time.look() > PROMISED;
        let found = scene.fates();
        if found == expected || is_late {
            return found;
        }
    }
}

/// A line of the table.
fn row(name: &str, cells: [&str; 6]) -> String {
    let cells = cells.map(|cell| format!("{cell:<17}"));
    format!("{name:<44} {}\n", cells.join(" ").trim_end())
}
