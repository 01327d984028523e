//! The project's own texts.
//!
//! Owns which files are looked at. Must never depend on git: a copy of the sources without its history is checked as well.

use std::fs;
use std::path::Path;

/// Folders that hold what programs made, wherever they stand.
const GENERATED: [&str; 3] = ["target", "marketpass-data", "node_modules"];

/// Hidden folders that belong to the project; all others are somebody's tools'.
const HIDDEN_BUT_OURS: [&str; 2] = [".cargo", ".ci"];

/// A file of the project.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// From the workspace's folder, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

/// Reads every text of the project, in the order of their paths. Files that are no UTF-8 are no texts.
pub(super) fn read(root: &Path) -> Result<Vec<SourceFile>, String> {
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) -> Result<(), String> {
    let failed = |error| format!("{} cannot be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && is_ours(&name) {
            walk(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else if kind.is_file()
            // In a second work tree it is a file, which says where the first one is.
            && name != ".git"
            && let Ok(text) = String::from_utf8(fs::read(entry.path()).map_err(failed)?)
        {
            files.push(SourceFile { path: format!("{prefix}{name}"), text });
        }
    }
    Ok(())
}

fn is_ours(folder: &str) -> bool {
    let hidden = folder.starts_with('.') && !HIDDEN_BUT_OURS.contains(&folder);
    !hidden && !GENERATED.contains(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_at_any_depth_and_generated_files_are_not() {
        let root = tempfile::tempdir().unwrap();
        for folder in [".git", ".ci", "target/debug", "crates/a/src", "crates/a/target"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
            fs::write(root.path().join(folder).join("file.rs"), "text").unwrap();
        }
        fs::write(root.path().join("picture.png"), [0xff, 0xfe]).unwrap();
        fs::write(root.path().join("crates/.git"), "gitdir: elsewhere").unwrap();
        let paths: Vec<String> = read(root.path()).unwrap().into_iter().map(|file| file.path).collect();
        assert_eq!(paths, [".ci/file.rs", "crates/a/src/file.rs"]);
    }
}
