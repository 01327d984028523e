//! axe-core, as the package `axe-playwright-python` brings it.
//!
//! Owns running it and saying what it found. Must never excuse a violation.

use std::path::Path;
use std::sync::OnceLock;

use mp_testkit::python::Environment;
use serde_json::Value;

use super::window::Browser;

/// WCAG 2.2, A and AA, under the names in which axe-core has them.
const RULES: &str = r#"["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]"#;

/// The library, of version 4.12.1.
fn library() -> &'static str {
    static LIBRARY: OnceLock<String> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let packages = ["--no-deps", "axe-playwright-python==0.1.8"];
        let environment = Environment::provide(target, "axe-playwright-python-0.1.8", &packages);
        std::fs::read_to_string(environment.file("axe_playwright_python/axe.min.js")).unwrap()
    })
}

/// What axe-core has to say about the page that is open: a line for each element that breaks a rule.
#[track_caller]
pub(crate) fn violations(browser: &Browser<'_>) -> Vec<String> {
    if browser.script("return typeof axe === 'undefined'", Vec::new()) == true {
        browser.script(library(), Vec::new());
    }
    let script = format!(
        "const done = arguments[arguments.length - 1];\naxe.run(document, {{runOnly: {{type: 'tag', values: {RULES}}}, \
         resultTypes: ['violations']}}).then(done, error => done({{failed: String(error)}}));"
    );
    let found = browser.script_with_callback(&script);
    let rules = found["violations"].as_array().unwrap_or_else(|| panic!("axe-core failed: {found}"));
    assert!(found["passes"].as_array().is_some_and(|passes| !passes.is_empty()), "it looked at nothing");
    rules.iter().flat_map(lines).collect()
}

fn lines(rule: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let nodes = rule["nodes"].as_array().unwrap();
    let line = |node: &Value| {
        let summary = text(&node["failureSummary"]).replace('\n', " ");
        format!("{}: {} – {summary}", text(&rule["id"]), text(&node["html"]))
    };
    nodes.iter().map(line).collect()
}
