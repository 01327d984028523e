//! Catalogues from OpenAPI documents: reading them, finding what is wrong with them, and saying in words how two differ;
//! and the shapes of what their operations answer.
//!
//! Owns the extensions that carry what OpenAPI has no words for (`docs/catalog.md`), and the only YAML reader of the
//! project. Pure: texts come in, facts go out. Must never open a file or a socket, and never work longer than the size
//! of what it is given explains.

mod check;
mod difference;
mod document;
mod finding;
mod import;
mod shape;

pub use self::check::check;
pub use self::difference::{Change, Difference, Effect};
pub use self::document::{MOST_BYTES, Unreadable};
pub use self::finding::{Finding, Place, Severity};
pub use self::import::{Import, Refused};
pub use self::shape::{Answer, Bounds, Form, MOST_ITEMS, Shape, Shapeless, Shapes, UnreadableShapes, Wish};
