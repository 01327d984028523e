//! The templates as text.

use std::fs;
use std::path::Path;

fn each_template(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_template(&path, look);
        } else {
            look(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

fn templates() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")
}

#[test]
fn no_template_holds_script_or_style() {
    let mut seen = 0;
    each_template(&templates(), &mut |path, text| {
        seen += 1;
        let lower = text.to_lowercase();
        for forbidden in [
            " style=",
            "<style",
            "javascript:",
            "http://",
            "https://",
            " onclick",
            " onload",
            " onsubmit",
            " onchange",
        ] {
            assert!(!lower.contains(forbidden), "{} holds {forbidden}", path.display());
        }
        for script in lower.split("<script").skip(1) {
            assert!(
                script.trim_start().starts_with("src=\"{{ visit.asset("),
                "{} holds a script",
                path.display()
            );
        }
    });
    assert!(seen > 20);
}

#[test]
fn every_form_that_changes_something_carries_the_form_token() {
    each_template(&templates(), &mut |path, text| {
        for form in text.split("<form").skip(1) {
            let (form, _) = form.split_once("</form>").unwrap();
            let is_reading = !form.split('>').next().unwrap().contains("method=\"post\"");
            assert!(is_reading || form.contains("form_field"), "a form in {} has no token", path.display());
        }
    });
}
