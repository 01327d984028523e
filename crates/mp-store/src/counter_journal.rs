//! The journal of limit counters: a file beside the database that takes a batch of counters every moment.
//!
//! Owns the file format. Counters change far too often for a database, and each batch holds absolute values, so the
//! file is only ever appended to and now and then rewritten. A torn end, as `kill -9` leaves it, is cut off: what was
//! counted before it stays.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use mp_domain::limit_entity::LimitEntity;
use mp_domain::window::WindowEnd;

/// The file in the data folder.
const JOURNAL: &str = "limits.journal";
/// Names the format and its version.
const MAGIC: &[u8; 8] = b"mplimit1";
const RECORD: usize = 20;
/// Batches are cut into frames of this many counters, each with its own checksum.
const MOST_PER_FRAME: usize = 4096;
/// Below this size, in bytes, rewriting is not worth it.
const SMALL: u64 = 4 << 20;

/// How much of one limit is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// Counted for whom.
    pub entity: LimitEntity,
    /// Counted for which operation, by its number.
    pub operation: u16,
    /// In which window.
    pub window: WindowEnd,
    /// Points used.
    pub used: u32,
}

/// Shows every counter in the journal of this folder, oldest first, also while a server writes it; none if there is no
/// journal.
pub fn look_into(folder: &Path, mut visit: impl FnMut(Counter)) -> io::Result<()> {
    match File::open(folder.join(JOURNAL)) {
        Ok(file) => replay(&file, &mut visit).map(drop),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// An open journal. Holds the folder's lock: two servers on one folder would each count alone.
#[derive(Debug)]
pub struct CounterJournal {
    path: PathBuf,
    file: File,
    length: u64,
    /// Its length after the last rewriting.
    base: u64,
    _lock: File,
}

impl CounterJournal {
    /// Opens the journal in this folder and shows every counter in it, oldest first: a later one replaces an earlier.
    pub fn open(folder: &Path, mut visit: impl FnMut(Counter)) -> io::Result<Self> {
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("limits.lock"))?;
        lock.try_lock().map_err(|_| {
            io::Error::other(
                "another server uses this data folder: stop it, or give this one a folder of its own",
            )
        })?;
        let path = folder.join(JOURNAL);
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
        let length = replay(&file, &mut visit)?;
        // With no base, one that is large already is rewritten soon: much of it may be over.
        let mut journal = Self { path, file, length, base: 0, _lock: lock };
        journal.cut_off_torn_end()?;
        Ok(journal)
    }

    /// Appends counters and waits until they are on the disk. After an error the journal is as before.
    pub fn append(&mut self, counters: &[Counter]) -> io::Result<()> {
        let mut frames = Vec::with_capacity(counters.len() * RECORD + 64);
        encode(counters, &mut frames);
        let written = (&self.file).write_all(&frames).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            self.cut_off_torn_end()?;
            return Err(error);
        }
        self.length += frames.len() as u64;
        Ok(())
    }

    /// Whether most of the file is likely to be old.
    #[must_use]
    pub fn wants_rewriting(&self) -> bool {
        self.length > SMALL && self.length > 3 * self.base
    }

    /// Replaces the file by one that holds just these counters. After an error the journal is as before.
    pub fn rewrite(&mut self, counters: impl Iterator<Item = Vec<Counter>>) -> io::Result<()> {
        let partial = self.path.with_extension("partial");
        let mut file = File::create(&partial)?;
        let mut length = MAGIC.len() as u64;
        {
            let mut out = BufWriter::with_capacity(1 << 18, &mut file);
            out.write_all(MAGIC)?;
            let mut frames = Vec::new();
            for batch in counters {
                frames.clear();
                encode(&batch, &mut frames);
                length += frames.len() as u64;
                out.write_all(&frames)?;
            }
            out.flush()?;
        }
        file.sync_data()?;
        std::fs::rename(&partial, &self.path)?;
        (self.file, self.length, self.base) = (file, length, length);
        Ok(())
    }

    /// Whether the file is not the one in the folder any more: somebody removed or replaced it.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let (here, there) = (self.file.metadata(), std::fs::metadata(&self.path));
        !matches!((here, there), (Ok(here), Ok(there)) if here.ino() == there.ino())
    }

    fn cut_off_torn_end(&mut self) -> io::Result<()> {
        use std::io::Seek;
        let torn = self.file.metadata()?.len().saturating_sub(self.length);
        if torn > 0 {
            tracing::warn!(
                bytes = torn,
                kept = self.length,
                "the end of limits.journal was torn or damaged and is cut off"
            );
        }
        if self.length == 0 {
            self.file.set_len(0)?;
            self.file.rewind()?;
            (&self.file).write_all(MAGIC)?;
            self.length = MAGIC.len() as u64;
        }
        self.file.set_len(self.length)?;
        self.file.seek(io::SeekFrom::Start(self.length)).map(drop)
    }
}

fn encode(counters: &[Counter], frames: &mut Vec<u8>) {
    for frame in counters.chunks(MOST_PER_FRAME) {
        let count = u32::try_from(frame.len()).expect("a frame holds at most 4096 counters");
        frames.extend(count.to_le_bytes());
        let checksum_at = frames.len();
        frames.extend([0; 4]);
        for counter in frame {
            let (kind, number) = counter.entity.parts();
            frames.extend(number.to_le_bytes());
            frames.extend(counter.operation.to_le_bytes());
            frames.extend(u16::from(kind).to_le_bytes());
            frames.extend(counter.window.seconds().to_le_bytes());
            frames.extend(counter.used.to_le_bytes());
        }
        let checksum = crc32fast::hash(&frames[checksum_at + 4..]);
        frames[checksum_at..checksum_at + 4].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// Shows every counter of the whole frames and returns where they end; 0 for a file without a beginning.
fn replay(file: &File, visit: &mut dyn FnMut(Counter)) -> io::Result<u64> {
    let mut input = BufReader::with_capacity(1 << 18, file);
    let mut magic = [0; 8];
    match input.read_exact(&mut magic) {
        Ok(()) if &magic == MAGIC => {}
        Ok(()) => {
            return Err(io::Error::other("limits.journal is not a journal of limit counters: move it away"));
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
        Err(error) => return Err(error),
    }
    let mut good = MAGIC.len() as u64;
    let mut body = Vec::new();
    while let Some(checksum) = read_frame(&mut input, &mut body)? {
        if crc32fast::hash(&body) != checksum {
            break;
        }
        body.chunks_exact(RECORD).filter_map(decode).for_each(&mut *visit);
        good += 8 + body.len() as u64;
    }
    Ok(good)
}

/// Reads a frame's body and returns its checksum; `None` at the end, torn or clean.
fn read_frame(input: &mut impl Read, body: &mut Vec<u8>) -> io::Result<Option<u32>> {
    let mut head = [0; 8];
    let whole = |result: io::Result<()>| match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    };
    if !whole(input.read_exact(&mut head))? {
        return Ok(None);
    }
    let (count, checksum) = (u32_at(&head, 0) as usize, u32_at(&head, 4));
    if count > MOST_PER_FRAME {
        return Ok(None);
    }
    body.resize(count * RECORD, 0);
    Ok(whole(input.read_exact(body))?.then_some(checksum))
}

/// A kind that only a later version knows is left out, as this one counts nothing for it.
fn decode(record: &[u8]) -> Option<Counter> {
    let kind = u8::try_from(u16::from_le_bytes([record[10], record[11]])).ok()?;
    let number = i64::from_le_bytes(record[..8].try_into().expect("a record is 20 bytes long"));
    Some(Counter {
        entity: LimitEntity::from_parts(kind, number)?,
        operation: u16::from_le_bytes([record[8], record[9]]),
        window: WindowEnd::from_seconds(u32_at(record, 12)),
        used: u32_at(record, 16),
    })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes are four bytes"))
}

#[cfg(test)]
mod tests {
    use mp_domain::ids::{AccountId, BusinessId, CampaignId};

    use super::*;

    fn counter(business: i64, used: u32) -> Counter {
        let entity = LimitEntity::Business(BusinessId::new(business).unwrap());
        Counter { entity, operation: 256, window: WindowEnd::from_seconds(3600), used }
    }

    fn read(folder: &Path) -> Vec<Counter> {
        let mut found = Vec::new();
        CounterJournal::open(folder, |counter| found.push(counter)).unwrap();
        found
    }

    #[test]
    fn what_was_appended_is_read_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let many: Vec<_> = (1..10_000).map(|business| counter(business, 1)).collect();
        let mut journal = CounterJournal::open(folder.path(), |_| panic!("a new journal is empty")).unwrap();
        journal.append(&many).unwrap();
        journal.append(&[counter(1, 2)]).unwrap();
        drop(journal);
        let found = read(folder.path());
        assert_eq!(found.len(), 10_000);
        assert_eq!((found[0], found[9_999]), (counter(1, 1), counter(1, 2)));
    }

    #[test]
    fn every_kind_of_entity_is_kept_and_a_kind_of_a_later_version_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = CounterJournal::open(folder.path(), |_| ()).unwrap();
        let of = |entity| Counter { entity, ..counter(1, 3) };
        let account = AccountId::from_bytes([0xfe; 16]).into();
        let counters = [
            of(LimitEntity::Campaign(CampaignId::new(1).unwrap())),
            of(LimitEntity::Account(account)),
            counter(1, 5),
        ];
        journal.append(&counters).unwrap();
        drop(journal);
        assert_eq!(read(folder.path()), counters);
        let mut unknown = [0; RECORD];
        unknown[0] = 1;
        unknown[10] = 9;
        assert_eq!(decode(&unknown), None);
    }

    #[test]
    fn a_torn_or_damaged_end_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = CounterJournal::open(folder.path(), |_| ()).unwrap();
        journal.append(&[counter(1, 1)]).unwrap();
        journal.append(&[counter(2, 1)]).unwrap();
        drop(journal);
        let path = folder.path().join("limits.journal");
        let whole = std::fs::read(&path).unwrap();
        for length in 36..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(read(folder.path()), [counter(1, 1)], "cut to {length} bytes");
        }
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(read(folder.path()), [counter(1, 1)]);
        // And it can be written to again behind the cut.
        CounterJournal::open(folder.path(), |_| ()).unwrap().append(&[counter(3, 1)]).unwrap();
        assert_eq!(read(folder.path()), [counter(1, 1), counter(3, 1)]);
    }

    #[test]
    fn rewriting_keeps_what_is_given_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = CounterJournal::open(folder.path(), |_| ()).unwrap();
        journal.append(&[counter(1, 1), counter(2, 1)]).unwrap();
        journal.rewrite([vec![counter(2, 5)]].into_iter()).unwrap();
        journal.append(&[counter(3, 1)]).unwrap();
        drop(journal);
        assert_eq!(read(folder.path()), [counter(2, 5), counter(3, 1)]);
    }

    #[test]
    fn a_second_server_on_the_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _first = CounterJournal::open(folder.path(), |_| ()).unwrap();
        let refused = CounterJournal::open(folder.path(), |_| ()).unwrap_err();
        assert!(refused.to_string().starts_with("another server uses this data folder"), "{refused}");
    }

    #[test]
    fn a_journal_that_was_removed_knows_it_and_comes_back_when_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = CounterJournal::open(folder.path(), |_| ()).unwrap();
        assert!(!journal.is_lost());
        std::fs::remove_file(folder.path().join("limits.journal")).unwrap();
        assert!(journal.is_lost());
        journal.rewrite([vec![counter(1, 7)]].into_iter()).unwrap();
        assert!(!journal.is_lost());
        drop(journal);
        assert_eq!(read(folder.path()), [counter(1, 7)]);
    }

    #[test]
    fn a_file_of_another_kind_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("limits.journal");
        std::fs::write(&path, "my diary, volume 2").unwrap();
        assert!(CounterJournal::open(folder.path(), |_| ()).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "my diary, volume 2");
    }
}
