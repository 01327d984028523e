//! The gateway secret: `DATA_DIR/secrets/gateway`, made by the first command that needs it.
//!
//! Owns its format, one line of 64 hexadecimal digits. Must never use a file that others can read.

use std::fmt::Write as _;
use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use mp_domain::entropy::Entropy;
use mp_domain::secret::PlainSecret;
use zeroize::Zeroizing;

use crate::permissions::exposed_mode;

const DIGITS: usize = 64;

/// Why the gateway secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewaySecretError {
    /// The file cannot be read.
    #[error("the gateway secret in {} cannot be read: {error}; check the owner of the file and run marketpass as that user", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file cannot be made.
    #[error("the gateway secret in {} cannot be written: {error}; make the folder writable or name another in [data] dir", .path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Somebody else may have read it.
    #[error("{} can be read by others (mode {mode:03o}), so it is not safe: run `chmod 600 {}`, or remove it and give services the new one", .path.display(), .path.display())]
    Exposed {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is not as it should be.
    #[error("{} holds no gateway secret: one line of {DIGITS} hexadecimal digits is expected; remove it, and `marketpass gateway secret` makes a new one", .0.display())]
    Malformed(PathBuf),
}

/// The secret of a data folder, made now if there is none yet. Processes that come at once agree on one.
pub(crate) fn read_or_create(
    data_dir: &Path,
    entropy: &dyn Entropy,
) -> Result<PlainSecret, GatewaySecretError> {
    let folder = data_dir.join("secrets");
    let path = folder.join("gateway");
    if let Some(secret) = read(&path)? {
        return Ok(secret);
    }
    let made = create(&folder, &path, entropy);
    made.map_err(|error| GatewaySecretError::Unwritable { path: path.clone(), error })?;
    // Read back even what was just written: another process may have been faster.
    read(&path)?.ok_or(GatewaySecretError::Malformed(path))
}

fn read(path: &Path) -> Result<Option<PlainSecret>, GatewaySecretError> {
    let unreadable = |error| GatewaySecretError::Unreadable { path: path.to_owned(), error };
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if let Some(mode) = exposed_mode(&metadata) {
        return Err(GatewaySecretError::Exposed { path: path.to_owned(), mode });
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
    let digits = text.trim_end();
    let is_whole = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_whole {
        Ok(Some(PlainSecret::new(digits.to_owned())))
    } else {
        Err(GatewaySecretError::Malformed(path.to_owned()))
    }
}

fn create(folder: &Path, path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut random = Zeroizing::new([0; DIGITS / 2]);
    entropy.fill(&mut *random);
    let mut line = Zeroizing::new(String::with_capacity(DIGITS + 1));
    for byte in random.iter() {
        write!(line, "{byte:02x}").expect("a String takes everything");
    }
    line.push('\n');
    // Its mode is 0600.
    let mut file = tempfile::Builder::new().prefix("gateway.").tempfile_in(folder)?;
    file.write_all(line.as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => File::open(folder)?.sync_all(),
        Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(failed) => Err(failed.error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::system::SystemEntropy;

    fn secret(folder: &Path) -> Result<String, String> {
        let secret = read_or_create(folder, &SystemEntropy);
        secret.map(|secret| secret.expose().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_reading_makes_a_private_file_and_everybody_finds_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let secrets: Vec<_> = std::thread::scope(|scope| {
            let racing: Vec<_> = (0..8).map(|_| scope.spawn(|| secret(folder.path()))).collect();
            racing.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0] && secret.len() == DIGITS));
        let mode = folder.path().join("secrets/gateway").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path().join("secrets")).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_damaged_or_exposed_file_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        secret(folder.path()).unwrap();
        let file = folder.path().join("secrets/gateway");
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert!(secret(folder.path()).unwrap_err().contains("chmod 600"));
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, "short\n").unwrap();
        assert!(secret(folder.path()).unwrap_err().contains("holds no gateway secret"));
    }
}
