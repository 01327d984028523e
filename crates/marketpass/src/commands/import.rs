//! `import`: a whole platform from JSON lines.
//!
//! Owns the two files and what is said about the progress. Must never print a token: generated ones go to their file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use mp_domain::event::Actor;
use mp_service::Service;
use mp_service::import::{Imported, Progress};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Output, aligned};
use crate::permissions::exposed_mode;

/// How often the progress is told.
const PAUSE: Duration = Duration::from_secs(1);
/// Lines are long and many.
const BUFFER: usize = 1 << 20;

/// `import FILE [--tokens-out FILE]`
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// JSON lines; - for standard input
    file: PathBuf,
    /// Where generated tokens go, for keys without a token; appended to, readable by its owner alone
    #[arg(long, value_name = "FILE")]
    tokens_out: Option<PathBuf>,
}

/// How many lines of each kind are in the database now.
#[derive(Serialize)]
struct ShownResult {
    accounts: u64,
    businesses: u64,
    campaigns: u64,
    members: u64,
    keys: u64,
    refused: u64,
}

impl From<Imported> for ShownResult {
    fn from(imported: Imported) -> Self {
        let Imported { accounts, businesses, campaigns, members, keys, refused } = imported;
        Self { accounts, businesses, campaigns, members, keys, refused }
    }
}

/// Imports; fails if a line was refused, after everything else is imported.
pub(crate) async fn run(
    arguments: ImportArguments,
    service: &Service,
    output: Output,
) -> Result<(), Failure> {
    let (lines, meter) = open_lines(&arguments.file)?;
    let tokens_out = arguments.tokens_out.as_deref().map(open_tokens_out).transpose()?;
    let mut course = Course::new(meter);
    let imported =
        service.import(Actor::Operator, lines, tokens_out, |progress| course.tell(&progress)).await;
    course.end();
    let result = ShownResult::from(imported?);
    output.show(&result, |result| {
        let rows = [
            ["Accounts:", &result.accounts.to_string()],
            ["Businesses:", &result.businesses.to_string()],
            ["Campaigns:", &result.campaigns.to_string()],
            ["Members:", &result.members.to_string()],
            ["Keys:", &result.keys.to_string()],
            ["Refused:", &result.refused.to_string()],
        ];
        aligned(&rows.map(|row| row.map(str::to_owned)))
    })?;
    match result.refused {
        0 => Ok(()),
        1 => Err(Failure::new(
            "one line was refused, everything else is imported: correct it and import the file again",
        )),
        count => Err(Failure::new(format!(
            "{count} lines were refused, everything else is imported: correct them and import the file again"
        ))),
    }
}

/// The lines, and a meter of how much of them was read.
fn open_lines(path: &Path) -> Result<(Box<dyn BufRead + Send>, Meter), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::with_capacity(BUFFER, io::stdin())), Meter::default()));
    }
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let unreadable = |why: String| {
        Failure::new(format!("{} cannot be read: {why}; name a file of JSON lines", path.display()))
    };
    let (metadata, file) = opened.map_err(|error| unreadable(error.to_string()))?;
    if metadata.is_dir() {
        return Err(unreadable("it is a folder".to_owned()));
    }
    let meter = Meter { read: Arc::default(), total: metadata.is_file().then_some(metadata.len()) };
    let metered = Metered { file, read: Arc::clone(&meter.read) };
    Ok((Box::new(BufReader::with_capacity(BUFFER, metered)), meter))
}

/// Appended to, so that an import that goes on after an interruption keeps what was written before.
fn open_tokens_out(path: &Path) -> Result<File, Failure> {
    let shown = path.display();
    let opened = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path);
    let opened = opened.and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| {
        Failure::new(format!(
            "{shown} cannot be written: {error}; name a file that can, for the generated tokens"
        ))
    })?;
    if exposed_mode(&metadata).is_none() {
        return Ok(file);
    }
    Err(Failure::new(format!(
        "{shown} can be read by others, so tokens are not safe there: run `chmod 600 {shown}` or name another file"
    )))
}

/// How much of the input was read.
#[derive(Default)]
struct Meter {
    read: Arc<AtomicU64>,
    /// In bytes, where it is known.
    total: Option<u64>,
}

impl Meter {
    fn percent(&self) -> Option<u64> {
        let total = self.total.filter(|total| *total > 0)?;
        Some(self.read.load(Ordering::Relaxed).saturating_mul(100) / total)
    }
}

/// A file that counts what is read of it.
struct Metered {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// What is said on standard error: every refused line, and now and then how far it is.
struct Course {
    meter: Meter,
    told: Instant,
    /// A terminal shows the progress in one line that is written again and again.
    in_place: bool,
}

impl Course {
    fn new(meter: Meter) -> Self {
        Self { meter, told: Instant::now(), in_place: io::stderr().is_terminal() }
    }

    fn tell(&mut self, progress: &Progress<'_>) {
        let mut err = io::stderr().lock();
        // Nobody is there to be told that standard error is closed.
        for refused in progress.refused {
            let _ = writeln!(err, "{}{refused}", self.clear());
        }
        if self.told.elapsed() < PAUSE {
            return;
        }
        self.told = Instant::now();
        let percent = self.meter.percent().map(|percent| format!(", {percent} %")).unwrap_or_default();
        let end = if self.in_place { "" } else { "\n" };
        let _ = write!(err, "{}{} lines{percent}{end}", self.clear(), progress.lines);
    }

    fn end(&self) {
        let _ = write!(io::stderr(), "{}", self.clear());
    }

    /// Back to the beginning of the line, and nothing left on it (ECMA-48 §8.3.41).
    fn clear(&self) -> &'static str {
        if self.in_place { "\r\x1b[K" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_follows_the_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        std::fs::write(&path, vec![b'\n'; 4 * BUFFER]).unwrap();
        let (mut lines, meter) = open_lines(&path).unwrap();
        assert_eq!(meter.percent(), Some(0));
        lines.fill_buf().unwrap();
        assert_eq!(meter.percent(), Some(25));
        io::copy(&mut lines, &mut io::sink()).unwrap();
        assert_eq!(meter.percent(), Some(100));
        assert_eq!(Meter::default().percent(), None, "standard input has no length");
    }
}
