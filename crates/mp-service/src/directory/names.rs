//! The names of a shard's keys, one after another in one buffer.
//!
//! Owns the space: a separate allocation per name would cost more than the name. Must never move a name without being
//! asked to.

/// Where a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NameAt(u32);

#[derive(Debug, Default)]
pub(super) struct Names {
    /// Each name preceded by its length in bytes, two bytes little-endian.
    bytes: Vec<u8>,
    /// Bytes of names that nobody uses any more.
    wasted: usize,
}

impl Names {
    pub(super) fn push(&mut self, name: &str) -> NameAt {
        let length = u16::try_from(name.len()).expect("a name has at most 100 characters of 4 bytes");
        let at = u32::try_from(self.bytes.len()).expect("a shard holds far less than 4 GiB of names");
        // Growing by an eighth instead of doubling: there are millions of names, and half-empty buffers add up.
        let needed = 2 + name.len();
        if self.bytes.capacity() - self.bytes.len() < needed {
            self.bytes.reserve_exact(needed.max(self.bytes.len() / 8));
        }
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(name.as_bytes());
        NameAt(at)
    }

    pub(super) fn read(&self, at: NameAt) -> &str {
        let at = at.0 as usize;
        let length = usize::from(u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]));
        std::str::from_utf8(&self.bytes[at + 2..at + 2 + length]).expect("only whole names are pushed")
    }

    pub(super) fn forget(&mut self, at: NameAt) {
        self.wasted += 2 + self.read(at).len();
    }

    /// Whether more than half of the buffer is waste.
    pub(super) fn wants_compaction(&self) -> bool {
        self.wasted > 4096 && self.wasted > self.bytes.len() / 2
    }

    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve_exact(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_read_back() {
        let mut names = Names::default();
        let at: Vec<_> = ["ERP", "Склад", "🔑", ""].map(|name| (name, names.push(name))).into();
        for (name, at) in at {
            assert_eq!(names.read(at), name);
        }
    }

    #[test]
    fn waste_is_noticed_once_it_is_more_than_half() {
        let mut names = Names::default();
        let at: Vec<_> = (0..1000).map(|number| names.push(&format!("name {number}"))).collect();
        at.iter().take(400).for_each(|at| names.forget(*at));
        assert!(!names.wants_compaction());
        at.iter().skip(400).take(200).for_each(|at| names.forget(*at));
        assert!(names.wants_compaction());
    }
}
