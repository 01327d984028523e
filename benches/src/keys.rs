//! Databases full of keys: as many cabinets as keys, one key each, made once per number and kept in the target folder.
//!
//! Owns how they are made: by `marketpass import`, as anybody would make them.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use mp_domain::key_token::TokenFormat;
use mp_testkit::SeededEntropy;

/// What token-info answers for each of the keys.
pub(crate) const ANSWER: &str = r#"{"status":"OK","result":{"apiKey":{"name":"Integration","authScopes":["ALL_METHODS_READ_ONLY","PRICING"]}}}"#;

const ACCOUNT: &str = r#"{"account":{"login":"owner","email":"owner@example.org","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$2HWGtNmHSPuO2ITJQUlYQlMqxeXB1vPBdRxv5eP7iHc"}}"#;

/// How long a token is, in bytes. The file holds them one after another.
pub(crate) const WIDTH: usize = 54;

/// A data folder with keys, and a file of their tokens.
pub(crate) struct Keys {
    pub(crate) count: usize,
    pub(crate) data_dir: PathBuf,
    pub(crate) tokens: PathBuf,
    /// How long the import took, in seconds, if it was done just now.
    pub(crate) import_seconds: Option<f64>,
}

/// The numbers of keys to measure with.
pub(crate) fn counts(words: &[&str]) -> Result<Vec<usize>, String> {
    if words.is_empty() {
        return Ok(vec![10_000, 1_000_000, 10_000_000]);
    }
    words.iter().map(|word| word.parse().map_err(|_| format!("'{word}' is no number of keys"))).collect()
}

/// The keys, made now unless an earlier run has made them.
pub(crate) fn prepare(marketpass: &Path, folder: &Path, count: usize) -> Result<Keys, String> {
    let home = folder.join(format!("keys-{count}"));
    let keys = Keys { count, data_dir: home.join("data"), tokens: home.join("tokens"), import_seconds: None };
    if home.join("complete").exists() {
        return Ok(keys);
    }
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).map_err(|error| format!("{} cannot be made: {error}", home.display()))?;
    eprintln!("importing {count} cabinets with a key each …");
    let lines = home.join("import.jsonl");
    write_files(&lines, &keys.tokens, count)
        .map_err(|error| format!("the keys cannot be written: {error}"))?;
    let began = Instant::now();
    let imported = Command::new(marketpass)
        .args(["--json", "import"])
        .arg(&lines)
        .env("MARKETPASS__DATA__DIR", &keys.data_dir)
        .current_dir(&home)
        .stdout(Stdio::null())
        .status();
    if !imported.is_ok_and(|status| status.success()) {
        return Err("the import failed".to_owned());
    }
    let import_seconds = Some(began.elapsed().as_secs_f64());
    let _ = fs::remove_file(lines);
    File::create(home.join("complete")).map_err(|error| error.to_string())?;
    Ok(Keys { import_seconds, ..keys })
}

fn write_files(lines: &Path, tokens: &Path, count: usize) -> std::io::Result<()> {
    let (format, entropy) = (TokenFormat::default(), SeededEntropy::new(count as u64));
    let mut lines = BufWriter::new(File::create(lines)?);
    let mut tokens = BufWriter::new(File::create(tokens)?);
    writeln!(lines, "{ACCOUNT}")?;
    for business in 1..=count {
        let token = format.generate(&entropy);
        let token = token.expose();
        tokens.write_all(token.as_bytes())?;
        writeln!(lines, r#"{{"business":{{"id":{business},"name":"Shop {business}","owner":"owner"}}}}"#)?;
        writeln!(
            lines,
            r#"{{"key":{{"business_id":{business},"name":"Integration","scopes":["all-methods:read-only","pricing"],"token":"{token}"}}}}"#
        )?;
    }
    lines.flush()?;
    tokens.flush()
}
