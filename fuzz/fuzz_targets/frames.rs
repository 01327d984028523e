//! Any bytes as what an outpost and the server say to each other: it is read the same however it is torn apart, and what is
//! read is printed and read again.
//!
//! The first byte says whether each line of the rest is framed as it should be, the second one the size of the pieces. Must
//! never share code with the reader: how frames are cut is told here once more.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use mp_stream::{BrokenFrame, FrameReader, FromOutpost, Known, MAX_FRAME_BYTES, ToOutpost, print};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|input: &[u8]| {
    let [framed, size, rest @ ..] = input else { return };
    let bytes = if framed % 2 == 0 { rest.to_vec() } else { lines_as_frames(rest) };
    let size = usize::from(*size).max(1);
    compare::<FromOutpost>(&bytes, size, |_| {});
    compare::<ToOutpost>(&bytes, size, look_at);
});

fn lines_as_frames(text: &[u8]) -> Vec<u8> {
    let frame = |line: &[u8]| [&u32::try_from(line.len()).unwrap().to_be_bytes(), line].concat();
    text.split(|byte| *byte == b'\n').flat_map(frame).collect()
}

/// What came of a stream: the frames, and how it ended.
#[derive(Debug, PartialEq)]
struct Outcome<F> {
    frames: Vec<F>,
    end: End,
}

#[derive(Debug, PartialEq)]
enum End {
    Waiting,
    TooLarge(usize),
    Unreadable,
}

fn compare<F: Serialize + DeserializeOwned + PartialEq + Debug>(
    bytes: &[u8],
    size: usize,
    look_at: impl Fn(&F),
) {
    let read = read::<F>(bytes, size);
    assert_eq!(read, reference(bytes));
    for frame in read.frames {
        look_at(&frame);
        let printed = self::read::<F>(&print(&frame), size);
        assert_eq!(printed, Outcome { frames: vec![frame], end: End::Waiting });
    }
}

fn read<F: DeserializeOwned>(bytes: &[u8], size: usize) -> Outcome<F> {
    let (mut reader, mut frames) = (FrameReader::default(), Vec::new());
    for piece in bytes.chunks(size) {
        reader.feed(piece);
        loop {
            let end = match reader.next_frame() {
                Ok(Some(frame)) => {
                    frames.push(frame);
                    continue;
                }
                Ok(None) => break,
                Err(BrokenFrame::TooLarge(length)) => End::TooLarge(length),
                Err(BrokenFrame::Unreadable(_)) => End::Unreadable,
            };
            return Outcome { frames, end };
        }
    }
    Outcome { frames, end: End::Waiting }
}

fn reference<F: DeserializeOwned>(mut bytes: &[u8]) -> Outcome<F> {
    let mut frames = Vec::new();
    let end = loop {
        let &[a, b, c, d, ref rest @ ..] = bytes else { break End::Waiting };
        let length = ((usize::from(a) * 256 + usize::from(b)) * 256 + usize::from(c)) * 256 + usize::from(d);
        if length > MAX_FRAME_BYTES {
            break End::TooLarge(length);
        }
        if rest.len() < length {
            break End::Waiting;
        }
        let Ok(frame) = serde_json::from_slice(&rest[..length]) else { break End::Unreadable };
        frames.push(frame);
        bytes = &rest[length..];
    };
    Outcome { frames, end }
}

/// As whoever decides by it does.
fn look_at(frame: &ToOutpost) {
    let ToOutpost::Answer { known, .. } = frame else { return };
    match known {
        Known::Key(key) => {
            let networks = key.networks();
            let _ = key.facts(networks.as_ref());
        }
        Known::Token(token) => {
            let _ = (token.facts(), token.application.map(|application| application.facts()));
            if let Some(person) = &token.person {
                let _ = (person.facts(), person.reaches().count());
            }
        }
        Known::Stores { found } => found.iter().for_each(|store| _ = store.facts()),
        Known::Business(business) => _ = business.facts(),
        Known::Nothing => {}
    }
}
