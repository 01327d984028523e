//! What a server does for people every hour: notices about what expires, forgetting what is over, leaving old
//! peppers behind.
//!
//! Owns the rhythm alone. Must never stop because one round failed.

use std::time::Duration;

use crate::service::Service;

const ROUND: Duration = Duration::from_secs(3_600);

/// Runs until it is aborted.
pub(crate) async fn upkeep(service: Service) {
    loop {
        match service.give_expiry_notices().await {
            Ok(0) => {}
            Ok(given) => tracing::info!(given, "people were told what expires soon"),
            Err(error) => tracing::warn!(%error, "what expires soon could not be looked up"),
        }
        if let Err(error) = service.forget_what_is_over().await {
            tracing::warn!(%error, "sessions and links that are over could not be removed");
        }
        match service.move_to_current_pepper().await {
            Ok(0) => {}
            Ok(moved) => tracing::info!(moved, "secrets were moved to the current pepper"),
            Err(error) => tracing::warn!(%error, "secrets could not be moved to the current pepper"),
        }
        tokio::time::sleep(ROUND).await;
    }
}
