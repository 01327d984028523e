//! Letters as files in a folder, for trying things out and for mail systems that collect them there.
//!
//! Owns one `.eml` file per letter. Must never show half a letter: a file has its name only when it is whole.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use mp_service::{Letter, MailError, Mailer, Sending};

use crate::message::Stationery;

/// Puts letters into a folder.
pub struct FolderMailer {
    folder: PathBuf,
    stationery: Stationery,
}

impl FolderMailer {
    /// A way into this folder, which is made with the first letter if it is missing.
    #[must_use]
    pub fn new(folder: PathBuf, stationery: Stationery) -> Self {
        Self { folder, stationery }
    }

    async fn deliver(&self, letter: Letter) -> Result<(), MailError> {
        let message = self.stationery.write(letter)?.formatted();
        // Names sort by time.
        let name = format!("{}-{}", self.stationery.clock.now().micros(), self.stationery.unique());
        let folder = self.folder.clone();
        let writing = tokio::task::spawn_blocking(move || write(&folder, &name, &message));
        let written = writing.await.expect("writing a file does not panic");
        written.map_err(|error| {
            MailError::Unavailable(format!("{} cannot be written to: {error}", self.folder.display()))
        })
    }
}

fn write(folder: &Path, name: &str, message: &[u8]) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let (partial, whole) = (folder.join(format!(".{name}.partial")), folder.join(format!("{name}.eml")));
    // Its owner's alone: a letter may hold a link that opens an account.
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
    file.write_all(message)?;
    file.sync_all()?;
    std::fs::rename(partial, whole)
}

impl Mailer for FolderMailer {
    fn send(&self, letter: Letter) -> Sending<'_> {
        Box::pin(self.deliver(letter))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use mp_domain::time::Timestamp;
    use mp_testkit::{ManualClock, SeededEntropy};

    use super::*;

    fn mailer(folder: &Path) -> FolderMailer {
        let stationery = Stationery {
            from: "noreply@example.org".parse().unwrap(),
            clock: Arc::new(ManualClock::at(Timestamp::from_seconds(1_795_262_400))),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        FolderMailer::new(folder.to_owned(), stationery)
    }

    fn letter(text: &str) -> Letter {
        let to = "olga@example.com".parse().unwrap();
        Letter { to, subject: "Hello".to_owned(), text: text.to_owned() }
    }

    #[tokio::test]
    async fn every_letter_is_a_whole_file_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("letters");
        let mailer = mailer(&folder);
        mailer.send(letter("one\n")).await.unwrap();
        mailer.send(letter("two\n")).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(files.len(), 2, "nothing partial is left: {files:?}");
        for file in files {
            assert_eq!(file.path().extension().unwrap(), "eml");
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("no folder");
        std::fs::write(&file, "").unwrap();
        let refusal = mailer(&file).send(letter("x")).await.unwrap_err();
        assert!(matches!(&refusal, MailError::Unavailable(why) if why.contains("no folder")), "{refusal}");
    }
}
