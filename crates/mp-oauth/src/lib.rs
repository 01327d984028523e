//! OAuth on the wire.
