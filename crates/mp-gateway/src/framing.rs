//! Where the body of an answer ends (RFC 9112 §6, §7.1).
//!
//! Owns telling its data from what frames it. Must never guess: what is not framed as the standard has it is broken.

use httparse::{EMPTY_HEADER, Status, parse_chunk_size, parse_headers};

/// How many bytes may frame one piece of data, and how many may stand behind the last one.
const MAX_FRAME_BYTES: usize = 16 * 1024;
/// How many lines may stand behind the last piece.
const MAX_TRAILERS: usize = 100;

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is none, whatever length is told.
    Nothing,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection.
    UntilClose,
}

/// What the next bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many that frame, then so many of data.
    Data { framing: usize, data: usize },
    /// So many that frame; more has to be read to tell.
    More { framing: usize },
    /// So many that frame, and the body is over.
    Over { framing: usize },
}

/// A body that breaks the rules of its framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its chunks are not framed as HTTP has it")]
pub(crate) struct BadFraming;

/// Reads a body's framing, piece by piece.
#[derive(Debug)]
pub(crate) struct Deframer(State);

#[derive(Debug, Clone, Copy)]
enum State {
    /// So many bytes of data are to come, and then the end.
    Rest(u64),
    /// The line with a chunk's size is next.
    Size,
    /// So many bytes of a chunk are to come.
    Chunk(u64),
    /// The line break behind a chunk is next.
    ChunkEnd,
    /// What stands behind the last chunk is next.
    Trailers,
    /// Everything is data.
    Endless,
}

impl Deframer {
    pub(crate) fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::Nothing => State::Rest(0),
            Framing::Length(length) => State::Rest(length),
            Framing::Chunked => State::Size,
            Framing::UntilClose => State::Endless,
        })
    }

    /// Whether the end of the connection is the end of the body.
    pub(crate) fn ends_with_the_connection(&self) -> bool {
        matches!(self.0, State::Endless)
    }

    /// Whether all of the body was told of.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.0, State::Rest(0))
    }

    /// How many bytes of data are still to come, as far as that is known.
    pub(crate) fn expected(&self) -> u64 {
        match self.0 {
            State::Rest(count) | State::Chunk(count) => count,
            State::Endless => u64::MAX,
            State::Size | State::ChunkEnd | State::Trailers => 0,
        }
    }

    /// What `bytes` begin with. The data it tells of counts as read.
    pub(crate) fn step(&mut self, bytes: &[u8]) -> Result<Step, BadFraming> {
        let mut framing = 0;
        loop {
            let rest = &bytes[framing..];
            self.0 = match self.0 {
                State::Rest(0) => return Ok(Step::Over { framing }),
                State::Chunk(0) => State::ChunkEnd,
                _ if rest.is_empty() => return Ok(Step::More { framing }),
                State::Endless => return Ok(Step::Data { framing, data: rest.len() }),
                State::Rest(count) => {
                    let data = at_most(rest.len(), count);
                    self.0 = State::Rest(count - data as u64);
                    return Ok(Step::Data { framing, data });
                }
                State::Chunk(count) => {
                    let data = at_most(rest.len(), count);
                    self.0 = State::Chunk(count - data as u64);
                    return Ok(Step::Data { framing, data });
                }
                State::ChunkEnd => match rest {
                    [b'\r', b'\n', ..] => {
                        framing += 2;
                        State::Size
                    }
                    [b'\r'] => return Ok(Step::More { framing }),
                    _ => return Err(BadFraming),
                },
                // For the parser, no digit at all is a size, too: none.
                State::Size if !rest[0].is_ascii_hexdigit() => return Err(BadFraming),
                State::Size => match parse_chunk_size(rest) {
                    Ok(Status::Complete((length, size))) => {
                        framing += length;
                        if size == 0 { State::Trailers } else { State::Chunk(size) }
                    }
                    Ok(Status::Partial) => return unfinished(framing, rest),
                    Err(_) => return Err(BadFraming),
                },
                State::Trailers => match parse_headers(rest, &mut [EMPTY_HEADER; MAX_TRAILERS]) {
                    Ok(Status::Complete((length, _))) => {
                        framing += length;
                        State::Rest(0)
                    }
                    Ok(Status::Partial) => return unfinished(framing, rest),
                    Err(_) => return Err(BadFraming),
                },
            };
        }
    }
}

fn at_most(there: usize, expected: u64) -> usize {
    usize::try_from(expected).map_or(there, |expected| expected.min(there))
}

fn unfinished(framing: usize, rest: &[u8]) -> Result<Step, BadFraming> {
    if rest.len() < MAX_FRAME_BYTES { Ok(Step::More { framing }) } else { Err(BadFraming) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The data in `bytes` that come `piece` by `piece`, and what is left of them behind the end; `None` without an end.
    fn read(framing: Framing, bytes: &[u8], piece: usize) -> Result<(Vec<u8>, Option<usize>), BadFraming> {
        let (mut deframer, mut data) = (Deframer::new(framing), Vec::new());
        let (mut start, mut end) = (0, 0);
        loop {
            match deframer.step(&bytes[start..end])? {
                Step::Data { framing, data: count } => {
                    data.extend_from_slice(&bytes[start + framing..][..count]);
                    start += framing + count;
                }
                Step::Over { framing } => return Ok((data, Some(bytes.len() - start - framing))),
                Step::More { .. } if end == bytes.len() => return Ok((data, None)),
                Step::More { framing } => {
                    start += framing;
                    end = bytes.len().min(end + piece);
                }
            }
        }
    }

    #[test]
    fn a_body_ends_where_its_framing_says() {
        for piece in [1, 2, 3, 100] {
            let is = |framing, bytes: &str, data: &str, left| {
                assert_eq!(read(framing, bytes.as_bytes(), piece), Ok((data.into(), left)), "{bytes:?}");
            };
            is(Framing::Length(0), "", "", Some(0));
            is(Framing::Nothing, "", "", Some(0));
            is(Framing::Length(5), "hello", "hello", Some(0));
            is(Framing::Length(5), "hell", "hell", None);
            is(Framing::UntilClose, "hello", "hello", None);
            is(Framing::Chunked, "5\r\nhello\r\n0\r\n\r\n", "hello", Some(0));
            is(
                Framing::Chunked,
                "2;a=b\r\nhe\r\n003\r\nllo\r\n0;x\r\nA: b\r\nC: d\r\n\r\n",
                "hello",
                Some(0),
            );
            is(Framing::Chunked, "A\r\n0123456789\r\n0\r\n", "0123456789", None);
            is(Framing::Chunked, "5\r\nhello", "hello", None);
        }
        assert_eq!(read(Framing::Length(2), b"hello", 100), Ok((b"he".into(), Some(3))));
        assert_eq!(read(Framing::Chunked, b"0\r\n\r\nHTTP/1.1", 100), Ok((Vec::new(), Some(8))));
    }

    #[test]
    fn what_is_framed_otherwise_is_broken() {
        for bytes in [
            "nonsense\r\n",
            "\r\n",
            "-1\r\nx\r\n",
            "0x5\r\nhello\r\n",
            "5\nhello\r\n",
            "5\r\nhelloo\r\n0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "ffffffffffffffff1\r\n",
            "0\r\nno colon\r\n\r\n",
        ] {
            for piece in [1, 100] {
                assert_eq!(read(Framing::Chunked, bytes.as_bytes(), piece), Err(BadFraming), "{bytes:?}");
            }
        }
        for endless in
            [format!("5;{}", "x".repeat(MAX_FRAME_BYTES)), format!("0\r\nA: {}", "x".repeat(16384))]
        {
            assert_eq!(read(Framing::Chunked, endless.as_bytes(), 4096), Err(BadFraming));
        }
    }

    proptest! {
        #[test]
        fn chunks_of_any_size_in_pieces_of_any_size_are_their_data(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..8),
            piece in 1_usize..50,
        ) {
            let mut bytes = Vec::new();
            for chunk in &chunks {
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
            prop_assert_eq!(read(Framing::Chunked, &bytes, piece), Ok((chunks.concat(), Some(0))));
        }

        #[test]
        fn no_bytes_make_it_panic_or_stand_still(bytes in prop::collection::vec(any::<u8>(), 0..200), piece in 1_usize..50) {
            for framing in [Framing::Chunked, Framing::Length(50), Framing::UntilClose] {
                let _ = read(framing, &bytes, piece);
            }
        }
    }
}
