//! What tests and measurements need beside the Rust toolchain.
//!
//! Owns the list of foreign programs and installing them from Debian's packages. Must never install where it may not
//! (it does so only as root), and never touch the network while nothing is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// A program that is started.
pub(crate) struct Requirement {
    what: &'static str,
    /// Debian's packages that bring it: the first one this release of Debian has is taken.
    packages: &'static [&'static str],
    is_present: fn() -> bool,
}

/// For the tests.
pub(crate) const FOR_TESTS: [Requirement; 6] = [
    Requirement {
        what: "PostgreSQL's server",
        packages: &["postgresql-15", "postgresql"],
        is_present: has_postgresql,
    },
    Requirement {
        what: "Python with virtual environments",
        packages: &["python3-venv"],
        is_present: has_python,
    },
    Requirement {
        what: "Chromium with its driver",
        packages: &["chromium-driver"],
        is_present: || folder_of(&["chromium", "chromedriver"], path()).is_some(),
    },
    Requirement {
        what: "oathtool",
        packages: &["oathtool"],
        is_present: || folder_of(&["oathtool"], path()).is_some(),
    },
    Requirement { what: "nginx", packages: &["nginx"], is_present: || has_server("nginx") },
    Requirement { what: "HAProxy", packages: &["haproxy"], is_present: || has_server("haproxy") },
];

/// For the measurements.
pub(crate) const FOR_BENCH: [Requirement; 2] = [
    Requirement {
        what: "the load generator wrk",
        packages: &["wrk"],
        is_present: || folder_of(&["wrk"], path()).is_some(),
    },
    Requirement {
        what: "nginx",
        packages: &["nginx-light", "nginx"],
        is_present: || folder_of(&["nginx"], path()).is_some(),
    },
];

/// Makes sure everything is there, installing it if need be and allowed.
pub(crate) fn provide(requirements: &[Requirement]) -> Result<(), String> {
    let missing: Vec<&Requirement> = requirements.iter().filter(|needed| !(needed.is_present)()).collect();
    if missing.is_empty() {
        println!("nothing is missing");
        return Ok(());
    }
    if !may_install() {
        return Err(advice(&missing));
    }
    apt_get(&["update"])?;
    let packages: Vec<&str> = missing.iter().map(|needed| available(needed.packages)).collect();
    println!("installing {}", packages.join(" "));
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat())?;
    match missing.iter().find(|needed| !(needed.is_present)()) {
        Some(needed) => Err(format!("{} is still missing after its package was installed", needed.what)),
        None => Ok(()),
    }
}

/// What to tell somebody for whom nothing can be installed.
fn advice(missing: &[&Requirement]) -> String {
    let names: Vec<&str> = missing.iter().map(|needed| needed.what).collect();
    let packages: Vec<&str> = missing.iter().map(|needed| needed.packages[0]).collect();
    format!(
        "missing: {}. Only root can install packages; run\n  sudo apt-get update && sudo apt-get install {}\nand try \
         again (or have the programs on PATH)",
        names.join(", "),
        packages.join(" ")
    )
}

fn may_install() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout == b"0\n") && folder_of(&["apt-get"], path()).is_some()
}

fn apt_get(arguments: &[&str]) -> Result<(), String> {
    let status = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("`apt-get {}` failed; see above", arguments.join(" "))),
    }
}

/// The first of `packages` that this release of Debian has; the last one if it knows none, for apt to complain about.
fn available(packages: &'static [&'static str]) -> &'static str {
    let known = |package: &&&str| {
        let mut query = Command::new("apt-cache");
        query.args(["show", package]).stdout(Stdio::null()).stderr(Stdio::null());
        query.status().is_ok_and(|status| status.success())
    };
    packages.iter().find(known).or(packages.last()).expect("every requirement names a package")
}

/// As the test kit searches: Debian keeps the server's programs off `PATH`.
fn has_postgresql() -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = path().into_iter().chain(versions.map(|version| version.path().join("bin")));
    folder_of(&["initdb", "pg_ctl", "postgres", "createdb"], folders).is_some()
}

/// Debian's `python3` has the module `venv`, but without `ensurepip` it makes no usable environment.
fn has_python() -> bool {
    let mut probe = Command::new("python3");
    probe.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// As the test kit searches: Debian keeps servers off the `PATH` of people.
fn has_server(program: &str) -> bool {
    folder_of(&[program], path().into_iter().chain([PathBuf::from("/usr/sbin")])).is_some()
}

fn path() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect()
}

/// The first folder that holds all of `programs`.
fn folder_of(programs: &[&str], folders: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let holds_all = |folder: &Path| programs.iter().all(|program| folder.join(program).is_file());
    folders.into_iter().find(|folder| holds_all(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_must_stand_in_one_folder() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(first.path().join("initdb"), "").unwrap();
        fs::write(second.path().join("initdb"), "").unwrap();
        fs::write(second.path().join("postgres"), "").unwrap();
        let folders = || [first.path().to_owned(), second.path().to_owned()];
        assert_eq!(folder_of(&["initdb", "postgres"], folders()), Some(second.path().to_owned()));
        assert_eq!(folder_of(&["initdb", "pg_ctl"], folders()), None);
    }

    #[test]
    fn the_advice_names_what_is_missing_and_the_command() {
        let missing: Vec<&Requirement> = FOR_TESTS.iter().collect();
        let text = advice(&missing);
        assert!(
            text.contains(
                "sudo apt-get install postgresql-15 python3-venv chromium-driver oathtool nginx haproxy"
            ),
            "{text}"
        );
        assert!(text.contains("PostgreSQL's server, Python"), "{text}");
    }
}
