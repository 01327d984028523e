//! What an outpost, a service that decides for itself, and the server say to each other on `POST /gateway/stream`.
//!
//! Owns the frames: four bytes of length, most significant first, then one JSON object. It parses and prints; must never
//! decide, open a socket or read a clock. Frames of a later version are read over: what is new in them is ignored, and
//! so is a frame of an unknown kind.

use std::time::Duration;

mod facts;
mod frame;
mod reader;

pub use facts::{
    BusinessAnswer, ClientAnswer, KeyAnswer, PersonAnswer, PlaceAnswer, StoreAnswer, TokenAnswer,
};
pub use frame::{About, BudgetTold, CountedAs, FromOutpost, Known, MOST_STORES, Named, ToOutpost, VERSION};
pub use reader::{BrokenFrame, FrameReader, MAX_FRAME_BYTES, print};

/// Where the stream is.
pub const PATH: &str = "/gateway/stream";

/// How often an outpost says at least that it is there.
pub const BEAT: Duration = Duration::from_millis(100);

/// How old the knowledge may be by which an outpost decides: a change is in force within a second (product.md §5).
pub const OLDEST: Duration = Duration::from_millis(950);
