//! The reference for `check` and `gate`: a bare axum server that returns the bytes of a token-info answer, or nothing, and
//! does nothing else.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};

use crate::keys::ANSWER;
use crate::report::Report;

/// Serves until killed, with axum's own defaults.
pub(crate) fn serve(address: &str) -> Result<Report, String> {
    let token_info = post(|| async { ([(CONTENT_TYPE, "application/json")], ANSWER) });
    let router = Router::new()
        .route("/v2/auth/token", token_info)
        // To a gateway a bare server has nothing to say but 200.
        .route("/forward-auth/original", get(|| async {}))
        .route("/readyz", get(|| async {}));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.map_err(|e| e.to_string())?;
        axum::serve(listener, router).await.map_err(|e| e.to_string())
    })?;
    Ok(Report::default())
}
