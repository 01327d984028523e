//! Stylesheet, scripts and icon.
//!
//! Owns their bytes and their addresses, which change with their bytes and can therefore be kept for ever. Must never
//! serve anything that is not compiled in.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header;
use sha2::{Digest, Sha256};

use crate::errors::PageError;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    /// `/assets/<digest>-<name>`
    path: String,
}

static ASSETS: LazyLock<[Asset; 7]> = LazyLock::new(|| {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    [
        asset("style.css", "text/css; charset=utf-8", include_bytes!("../assets/style.css")),
        asset("app.js", SCRIPT, include_bytes!("../assets/app.js")),
        asset("form.js", SCRIPT, include_bytes!("../assets/form.js")),
        asset("rights.js", SCRIPT, include_bytes!("../assets/rights.js")),
        asset("verification-code.js", SCRIPT, include_bytes!("../assets/verification-code.js")),
        asset("passkey.js", SCRIPT, include_bytes!("../assets/passkey.js")),
        asset("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
    ]
});

fn asset(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let digest = Sha256::digest(bytes);
    let version = u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"));
    Asset { name, content_type, bytes, path: format!("/assets/{version:016x}-{name}") }
}

/// Where the file of that name is.
pub(crate) fn path(name: &'static str) -> &'static str {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    debug_assert!(asset.is_some(), "there is no asset called {name}");
    asset.map_or("", |asset| &asset.path)
}

/// `GET /assets/{file}`
pub(crate) async fn serve(Path(file): Path<String>) -> Result<Response, PageError> {
    let wanted = format!("/assets/{file}");
    let asset = ASSETS.iter().find(|asset| asset.path == wanted).ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_stays_below_twenty_kilobytes_and_the_scripts_small() {
        for asset in ASSETS.iter() {
            assert!(asset.bytes.len() < 20 * 1024, "{} has {} bytes", asset.name, asset.bytes.len());
        }
    }
}
