//! Names that will not do, in words.

use mp_domain::name::{InvalidName, Name};

use crate::texts::Text;
use crate::visit::Visit;

/// What is wrong with a name.
pub(super) fn problem(visit: &Visit, invalid: &InvalidName) -> Text<'static> {
    match invalid {
        InvalidName::Empty => visit.t("name-error-empty"),
        InvalidName::TooLong(_) => visit.t("name-error-too-long").with("max", Name::MAX_CHARACTERS),
        InvalidName::Unprintable(character) => {
            visit.t("name-error-unprintable").with("code", format!("U+{:04X}", u32::from(*character)))
        }
    }
}
