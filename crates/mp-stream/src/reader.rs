//! Frames in a stream of bytes.
//!
//! Owns their length: a frame that claims to be larger than any is ends the stream before a byte of it is held. Must
//! never look into a frame.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// More than any frame has: the largest is a catalogue.
pub const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;

const HEAD: usize = 4;

/// Why a stream cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum BrokenFrame {
    /// It claims to be larger than any frame.
    #[error("a frame of {0} bytes was announced, and {MAX_FRAME_BYTES} are the most there are")]
    TooLarge(usize),
    /// It holds nothing that could be a frame.
    #[error("a frame cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// One frame as it is sent.
#[must_use]
pub fn print(frame: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![0; HEAD];
    serde_json::to_writer(&mut bytes, frame)
        .expect("frames hold nothing that JSON does not, and a Vec takes it");
    let length = u32::try_from(bytes.len() - HEAD).expect("a frame is far below 4 GiB");
    bytes[..HEAD].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// Takes frames out of bytes that come in pieces.
#[derive(Debug)]
pub struct FrameReader<F> {
    bytes: Vec<u8>,
    /// What was read already.
    start: usize,
    frames: PhantomData<fn() -> F>,
}

impl<F> Default for FrameReader<F> {
    fn default() -> Self {
        Self { bytes: Vec::new(), start: 0, frames: PhantomData }
    }
}

impl<F: DeserializeOwned> FrameReader<F> {
    /// Takes a piece.
    pub fn feed(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(piece);
    }

    /// The next frame that is whole.
    pub fn next_frame(&mut self) -> Result<Option<F>, BrokenFrame> {
        let rest = &self.bytes[self.start..];
        let Some((head, rest)) = rest.split_first_chunk::<HEAD>() else { return Ok(None) };
        let length = u32::from_be_bytes(*head) as usize;
        if length > MAX_FRAME_BYTES {
            return Err(BrokenFrame::TooLarge(length));
        }
        let Some(text) = rest.get(..length) else { return Ok(None) };
        let frame = serde_json::from_slice(text)?;
        self.start += HEAD + length;
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{About, FromOutpost, ToOutpost};

    fn read<F: DeserializeOwned>(bytes: &[u8], piece: usize) -> Result<Vec<F>, BrokenFrame> {
        let (mut reader, mut frames) = (FrameReader::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            reader.feed(piece);
            while let Some(frame) = reader.next_frame()? {
                frames.push(frame);
            }
        }
        Ok(frames)
    }

    const fn beat(number: u64) -> FromOutpost {
        FromOutpost::Beat { number }
    }

    #[test]
    fn frames_are_read_however_they_are_cut() {
        let ask = FromOutpost::Ask { question: 7, about: About::Key { token: "ACMA:x".to_owned() } };
        let bytes = [print(&beat(1)), print(&ask), print(&beat(2))].concat();
        for piece in 1..=bytes.len() {
            let frames: Vec<FromOutpost> = read(&bytes, piece).unwrap();
            assert_eq!(frames, [beat(1), ask.clone(), beat(2)]);
        }
    }

    #[test]
    fn frames_and_fields_of_a_later_version_are_read_over() {
        let bytes = [
            print(&serde_json::json!({"is": "weather", "wind": [1, 2]})),
            print(&serde_json::json!({"is": "beat", "number": 3, "mood": "fine"})),
        ];
        let frames: Vec<FromOutpost> = read(&bytes.concat(), 9).unwrap();
        assert_eq!(frames, [FromOutpost::Unknown, beat(3)]);
    }

    #[test]
    fn a_frame_larger_than_any_ends_the_stream_before_it_is_held() {
        let mut reader = FrameReader::<ToOutpost>::default();
        reader.feed(&u32::MAX.to_be_bytes());
        assert!(matches!(reader.next_frame(), Err(BrokenFrame::TooLarge(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange_to_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<FromOutpost>(&bytes, 7);
            let mut framed = u32::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
            framed.extend(&bytes);
            let _ = read::<ToOutpost>(&framed, 7);
        }
    }
}
