//! Which crate may depend on which.
//!
//! Owns the one table of layers. Must never hold an exception: a crate that needs one needs a new row and a reason.

use super::Violation;
use super::manifests::{Crate, Dependency};

/// Every crate of the workspace with those of ours it may ship with. Tests may reach further.
const DIRECTIONS: [(&str, &[&str]); 16] = [
    ("mp-domain", &[]),
    ("mp-market", &["mp-domain"]),
    ("mp-stream", &["mp-domain"]),
    ("mp-catalog", &["mp-domain"]),
    ("mp-store", &["mp-domain"]),
    ("mp-service", &["mp-store", "mp-catalog", "mp-domain"]),
    ("mp-oauth", &["mp-domain"]),
    ("mp-mail", &["mp-service", "mp-domain"]),
    ("mp-web", &["mp-service", "mp-oauth", "mp-domain"]),
    ("mp-http", &["mp-service", "mp-gateway", "mp-market", "mp-stream", "mp-domain"]),
    // It runs in services of others: no store, no pepper.
    ("marketpass-tower", &["mp-market", "mp-stream", "mp-domain"]),
    ("mp-gateway", &["mp-market", "mp-domain"]),
    (
        "marketpass",
        &[
            "mp-http",
            "mp-gateway",
            "mp-web",
            "mp-mail",
            "mp-service",
            "mp-store",
            "mp-catalog",
            "mp-market",
            "mp-oauth",
            "mp-domain",
        ],
    ),
    ("mp-testkit", &["mp-domain"]),
    ("mp-bench", &["mp-service", "mp-store", "mp-domain", "marketpass-tower", "mp-testkit"]),
    ("xtask", &["mp-testkit"]),
];

/// Libraries that belong to some crates alone, their tests included.
const CONFINED: [(&[&str], &[&str]); 6] = [
    (&["rusqlite", "postgres", "tokio-postgres", "sqlx", "redis"], &["mp-store", "mp-bench"]),
    (
        &["axum", "hyper", "hyper-util", "tower", "tower-http"],
        &["mp-http", "mp-gateway", "mp-web", "marketpass", "marketpass-tower", "mp-testkit", "mp-bench"],
    ),
    (&["saphyr-parser"], &["mp-catalog"]),
    (&["lettre"], &["mp-mail"]),
    (&["askama", "fluent-bundle"], &["mp-web"]),
    (
        &["tokio"],
        &[
            "mp-store",
            "mp-service",
            "mp-http",
            "mp-gateway",
            "mp-web",
            "mp-mail",
            "marketpass",
            "marketpass-tower",
            "mp-testkit",
            "mp-bench",
        ],
    ),
];

/// Every dependency the table does not allow.
pub(super) fn check(crates: &[Crate]) -> Vec<Violation> {
    crates.iter().flat_map(check_crate).collect()
}

fn check_crate(of: &Crate) -> Vec<Violation> {
    let Some((_, ours)) = DIRECTIONS.iter().find(|(name, _)| *name == of.name) else {
        let message =
            format!("`{}` is not in the table of layers: add it to xtask/src/tidy/layers.rs", of.name);
        return vec![Violation { file: of.manifest.clone(), line: 1, message }];
    };
    let mut violations = Vec::new();
    for dependency in &of.dependencies {
        let message = wrong_direction(of, dependency, ours).or_else(|| out_of_bounds(of, dependency));
        violations.extend(message.map(|message| Violation {
            file: of.manifest.clone(),
            line: dependency.line,
            message,
        }));
    }
    violations
}

fn wrong_direction(of: &Crate, dependency: &Dependency, allowed: &[&str]) -> Option<String> {
    let target = dependency.package.as_str();
    let is_ours = DIRECTIONS.iter().any(|(name, _)| *name == target);
    if !is_ours || dependency.for_tests || allowed.contains(&target) {
        return None;
    }
    let allowed = if allowed.is_empty() { "none of our crates".to_owned() } else { allowed.join(", ") };
    Some(format!(
        "`{}` must not depend on `{target}`, only on {allowed}: move the code to its layer",
        of.name
    ))
}

fn out_of_bounds(of: &Crate, dependency: &Dependency) -> Option<String> {
    let library = dependency.package.as_str();
    let (_, homes) = CONFINED.iter().find(|(libraries, _)| libraries.contains(&library))?;
    let message =
        || format!("`{library}` belongs to {} alone: ask that crate for what is needed", homes.join(", "));
    (!homes.contains(&of.name.as_str())).then(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, package: &str, for_tests: bool) -> Vec<String> {
        let dependencies = vec![Dependency { package: package.to_owned(), for_tests, line: 7 }];
        let manifest = format!("crates/{name}/Cargo.toml");
        check(&[Crate { name: name.to_owned(), manifest, dependencies }])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[track_caller]
    fn refused(name: &str, package: &str) {
        let found = report(name, package, false);
        assert_eq!(found.len(), 1, "{name} on {package}: {found:?}");
        assert!(found[0].starts_with(&format!("crates/{name}/Cargo.toml:7: ")), "{found:?}");
    }

    #[track_caller]
    fn allowed(name: &str, package: &str) {
        assert_eq!(report(name, package, false), Vec::<String>::new(), "{name} on {package}");
    }

    #[test]
    fn databases_are_known_to_the_store_alone_even_in_tests() {
        for library in ["rusqlite", "postgres", "sqlx", "redis"] {
            allowed("mp-store", library);
            for name in
                ["mp-domain", "mp-market", "mp-service", "mp-http", "marketpass", "mp-testkit", "xtask"]
            {
                refused(name, library);
                assert_eq!(report(name, library, true).len(), 1);
            }
        }
    }

    #[test]
    fn http_is_known_to_the_edge_and_the_binary_alone() {
        for library in ["axum", "hyper"] {
            allowed("mp-http", library);
            allowed("marketpass", library);
            for name in ["mp-domain", "mp-market", "mp-store", "mp-service"] {
                refused(name, library);
            }
        }
    }

    #[test]
    fn pure_crates_know_no_runtime() {
        refused("mp-domain", "tokio");
        refused("mp-market", "tokio");
        allowed("mp-store", "tokio");
        allowed("mp-domain", "serde");
    }

    #[test]
    fn dependencies_point_down() {
        let downwards = [
            ("marketpass", "mp-http"),
            ("mp-http", "mp-service"),
            ("mp-service", "mp-store"),
            ("mp-store", "mp-domain"),
            ("mp-http", "mp-market"),
            ("mp-market", "mp-domain"),
        ];
        for (upper, lower) in downwards {
            allowed(upper, lower);
            refused(lower, upper);
        }
        refused("mp-http", "mp-store");
        refused("mp-market", "mp-store");
    }

    #[test]
    fn the_test_kit_is_for_tests() {
        refused("mp-store", "mp-testkit");
        assert_eq!(report("mp-store", "mp-testkit", true), Vec::<String>::new());
        allowed("xtask", "mp-testkit");
    }

    #[test]
    fn a_crate_nobody_placed_is_reported() {
        let found = report("mp-helper", "serde", false);
        assert!(found[0].contains("not in the table"), "{found:?}");
    }
}
