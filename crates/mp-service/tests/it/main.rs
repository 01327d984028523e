//! What the use cases and the check promise, on a real database.

mod check;
mod keys;
mod limits;
mod nodes;
mod peppers;
mod staff;
mod world;
