//! Refusals that several forms share, in words.
//!
//! Owns which sentence belongs to which refusal. Must never say more than the use case does.

use std::time::Duration;

use mp_service::UnacceptablePassword;

use crate::components::Problems;
use crate::texts::Text;
use crate::visit::Visit;

/// There were too many attempts, as what is wrong with a form.
pub(crate) fn add_too_many(visit: &Visit, problems: &mut Problems, retry_after: Duration) {
    problems.add_wait(retry_after, too_many(visit, retry_after));
}

/// There were too many attempts.
pub(crate) fn too_many(visit: &Visit, retry_after: Duration) -> Text<'static> {
    visit.t("problem-too-many").with("minutes", retry_after.as_secs().div_ceil(60).max(1))
}

/// Too many people sign in at this moment.
pub(crate) fn busy(visit: &Visit) -> Text<'static> {
    visit.t("problem-busy")
}

/// The password will not do.
pub(crate) fn password(visit: &Visit, why: UnacceptablePassword) -> Text<'static> {
    match why {
        UnacceptablePassword::TooShort => visit.t("problem-password-short"),
        UnacceptablePassword::TooLong => visit.t("problem-password-long"),
    }
}
