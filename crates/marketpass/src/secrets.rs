//! The secrets file: `DATA_DIR/secrets/peppers`, made by the first command that needs it.
//!
//! Owns its format, one line `NUMBER HEX64` for each pepper with the current one last, and its permissions. Must never
//! lose a pepper that is in the file, and never use a file that others can read.

use std::fmt::Write as _;
use std::fs::{DirBuilder, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use mp_domain::entropy::Entropy;
use mp_domain::secret::{Pepper, PepperNumber, Peppers};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::permissions::exposed_mode;

/// Why the peppers cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretsError {
    /// The file or its folder cannot be read.
    #[error("the secrets in {} cannot be read: {error}; check the owner of the folder and run marketpass as that user", .path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file or its folder cannot be made.
    #[error("the secrets in {} cannot be written: {error}; make the folder writable or name another in [data] dir", .path.display())]
    Unwritable {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Somebody else may have read it.
    #[error("{} can be read by others (mode {mode:03o}), so its secrets are not safe: run `chmod {wanted:o} {}`", .path.display(), .path.display())]
    Exposed {
        /// What.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// What they should be.
        wanted: u32,
    },
    /// A line is not as it should be.
    #[error("line {line} of {} is no pepper: a number above the line before, a space and 64 hexadecimal digits are expected; restore the file from your backup", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
    },
    /// The database was made with peppers, but there is no file.
    #[error("{} is missing, but the database holds keys made with it: put the file back from your backup, or copy it from another node", .path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
}

/// Where the peppers lie.
#[derive(Debug, Clone)]
pub(crate) struct SecretsFile {
    folder: PathBuf,
    file: PathBuf,
}

impl SecretsFile {
    /// The secrets file of a data folder.
    pub(crate) fn of(data_dir: &Path) -> Self {
        let folder = data_dir.join("secrets");
        Self { file: folder.join("peppers"), folder }
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.file
    }

    /// The peppers in it; an error if it is missing.
    pub(crate) fn read(&self) -> Result<Peppers, SecretsError> {
        self.read_if_there()?.ok_or_else(|| SecretsError::Missing { path: self.file.clone() })
    }

    /// The peppers in it, made now if there is no such file yet. Two processes that come at once agree on one file.
    pub(crate) fn read_or_create(&self, entropy: &dyn Entropy) -> Result<Peppers, SecretsError> {
        if let Some(peppers) = self.read_if_there()? {
            return Ok(peppers);
        }
        self.create(&Pepper::generate(1, entropy))
            .map_err(|error| SecretsError::Unwritable { path: self.file.clone(), error })?;
        // Read back even what was just written: another process may have been faster.
        self.read()
    }

    /// Puts a new pepper at the end, which makes it the current one, and returns all of them. Processes that come at
    /// once add one each, one after the other.
    pub(crate) fn add(&self, entropy: &dyn Entropy) -> Result<Peppers, SecretsError> {
        let unwritable = |error| SecretsError::Unwritable { path: self.file.clone(), error };
        // Held until the end of this function.
        let folder = File::open(&self.folder).map_err(unwritable)?;
        folder.lock().map_err(unwritable)?;
        let peppers = self.read()?;
        let number = peppers.current().number() + 1;
        let oldest_first = peppers.retired().iter().rev().chain([peppers.current()]);
        let mut lines: Vec<_> = oldest_first.map(line_of).collect();
        lines.push(line_of(&Pepper::generate(number, entropy)));
        let written = self.write_aside(&lines).and_then(|file| {
            file.persist(&self.file)?;
            folder.sync_all()
        });
        written.map_err(unwritable)?;
        self.read()
    }

    fn read_if_there(&self) -> Result<Option<Peppers>, SecretsError> {
        let unreadable = |error| SecretsError::Unreadable { path: self.file.clone(), error };
        let metadata = match self.file.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        refuse_exposed(&self.file, &metadata, 0o600)?;
        let folder = self.folder.metadata().map_err(unreadable)?;
        refuse_exposed(&self.folder, &folder, 0o700)?;
        let text = Zeroizing::new(std::fs::read_to_string(&self.file).map_err(unreadable)?);
        self.parse(&text).map(Some)
    }

    fn parse(&self, text: &str) -> Result<Peppers, SecretsError> {
        let mut peppers: Vec<Pepper> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let newest = peppers.last().map_or(0, Pepper::number);
            let pepper = parse_line(line).filter(|pepper| pepper.number() > newest);
            peppers.push(
                pepper.ok_or_else(|| SecretsError::Malformed { path: self.file.clone(), line: index + 1 })?,
            );
        }
        let current =
            peppers.pop().ok_or_else(|| SecretsError::Malformed { path: self.file.clone(), line: 1 })?;
        peppers.reverse();
        Ok(Peppers::new(current, peppers))
    }

    fn create(&self, pepper: &Pepper) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        match self.write_aside(&[line_of(pepper)])?.persist_noclobber(&self.file) {
            Ok(_) => File::open(&self.folder)?.sync_all(),
            Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(failed) => Err(failed.error),
        }
    }

    /// A file beside the real one, whole and on the disk, which nobody knows yet. Its mode is 0600.
    fn write_aside(&self, lines: &[Zeroizing<String>]) -> io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix("peppers.").tempfile_in(&self.folder)?;
        lines.iter().try_for_each(|line| file.write_all(line.as_bytes()))?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

fn refuse_exposed(path: &Path, metadata: &Metadata, wanted: u32) -> Result<(), SecretsError> {
    match exposed_mode(metadata) {
        Some(mode) => Err(SecretsError::Exposed { path: path.to_owned(), mode, wanted }),
        None => Ok(()),
    }
}

fn line_of(pepper: &Pepper) -> Zeroizing<String> {
    let mut line = Zeroizing::new(String::with_capacity(80));
    write!(line, "{} ", pepper.number()).expect("a String takes everything");
    for byte in pepper.material() {
        write!(line, "{byte:02x}").expect("a String takes everything");
    }
    line.push('\n');
    line
}

fn parse_line(line: &str) -> Option<Pepper> {
    let (number, digits) = line.split_once(' ')?;
    let number: PepperNumber = number.parse().ok()?;
    if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut material = [0; 32];
    for (byte, pair) in material.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Pepper::from_material(number, material))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::system::SystemEntropy;

    fn file_in(folder: &tempfile::TempDir) -> SecretsFile {
        SecretsFile::of(&folder.path().join("data"))
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_first_reading_makes_a_private_file_and_the_second_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = file_in(&folder);
        let made = secrets.read_or_create(&SystemEntropy).unwrap();
        assert_eq!((mode(&secrets.folder), mode(secrets.path())), (0o700, 0o600));
        assert_eq!(secrets.read().unwrap().current().fingerprint(), made.current().fingerprint());
        assert_eq!(fs::read_dir(&secrets.folder).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn processes_that_come_first_at_once_agree() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = file_in(&folder);
        let fingerprints: Vec<String> = std::thread::scope(|scope| {
            let racing: Vec<_> =
                (0..8).map(|_| scope.spawn(|| secrets.read_or_create(&SystemEntropy).unwrap())).collect();
            racing.into_iter().map(|thread| thread.join().unwrap().current().fingerprint()).collect()
        });
        assert!(fingerprints.iter().all(|fingerprint| *fingerprint == fingerprints[0]));
    }

    #[test]
    fn the_last_line_is_current_and_the_others_are_retired_youngest_first() {
        let text: String =
            (1..=3_u8).map(|n| line_of(&Pepper::from_material(n.into(), [n; 32])).to_string()).collect();
        let peppers = SecretsFile::of(Path::new("/x")).parse(&text).unwrap();
        assert_eq!(peppers.current().number(), 3);
        assert_eq!(peppers.current().material(), &[3; 32]);
        assert_eq!(peppers.retired().iter().map(Pepper::number).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn added_peppers_stand_behind_those_that_were_there() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = file_in(&folder);
        let first = secrets.read_or_create(&SystemEntropy).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| secrets.add(&SystemEntropy).unwrap());
            }
        });
        let peppers = secrets.read().unwrap();
        assert_eq!(peppers.current().number(), 5);
        assert_eq!(peppers.retired().iter().map(Pepper::number).collect::<Vec<_>>(), [4, 3, 2, 1]);
        assert_eq!(peppers.retired()[3].fingerprint(), first.current().fingerprint());
        assert_eq!(mode(secrets.path()), 0o600);
        assert_eq!(fs::read_dir(&secrets.folder).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_line() {
        let good = line_of(&Pepper::from_material(2, [2; 32])).to_string();
        for (text, expected) in [
            (String::new(), 1),
            ("\n".to_owned(), 1),
            (good.replace("02", "0g"), 1),
            (good[..60].to_owned(), 1),
            (format!("{good}{good}"), 2),
            (format!("{good}1 {}", &good[2..]), 2),
        ] {
            match SecretsFile::of(Path::new("/x")).parse(&text) {
                Err(SecretsError::Malformed { line, .. }) => assert_eq!(line, expected, "{text}"),
                _ => panic!("accepted: {text}"),
            }
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_command_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = file_in(&folder);
        secrets.read_or_create(&SystemEntropy).unwrap();
        fs::set_permissions(secrets.path(), Permissions::from_mode(0o640)).unwrap();
        let refused = secrets.read().err().unwrap().to_string();
        assert!(refused.contains("(mode 640)"), "{refused}");
        assert!(refused.ends_with(&format!("run `chmod 600 {}`", secrets.path().display())), "{refused}");
        fs::set_permissions(secrets.path(), Permissions::from_mode(0o400)).unwrap();
        assert!(secrets.read().is_ok(), "a read-only file is fine");
        fs::set_permissions(&secrets.folder, Permissions::from_mode(0o755)).unwrap();
        let refused = secrets.read().err().unwrap().to_string();
        assert!(refused.contains("run `chmod 700 "), "{refused}");
    }

    #[test]
    fn a_missing_file_is_not_made_where_one_must_be() {
        let folder = tempfile::tempdir().unwrap();
        let refused = file_in(&folder).read().err().unwrap().to_string();
        assert!(refused.contains("is missing, but the database holds keys made with it"), "{refused}");
        assert!(!folder.path().join("data").exists());
    }
}
