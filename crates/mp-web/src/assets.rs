//! Stylesheet, scripts and icon.
//!
//! Owns their bytes and their addresses, which change with their bytes and can therefore be kept for ever. Must never
//! serve anything that is not compiled in.

use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use crate::errors::PageError;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    /// The same for browsers that unpack it. There is no secret in it whose length could be guessed at (BREACH).
    packed: Vec<u8>,
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
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("a vector takes everything");
    let packed = encoder.finish().expect("a vector takes everything");
    Asset { name, content_type, bytes, packed, path: format!("/assets/{version:016x}-{name}") }
}

/// Where the file of that name is.
pub(crate) fn path(name: &'static str) -> &'static str {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    debug_assert!(asset.is_some(), "there is no asset called {name}");
    asset.map_or("", |asset| &asset.path)
}

/// `GET /assets/{file}`
pub(crate) async fn serve(Path(file): Path<String>, asked: HeaderMap) -> Result<Response, PageError> {
    let wanted = format!("/assets/{file}");
    let asset = ASSETS.iter().find(|asset| asset.path == wanted).ok_or(PageError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    if unpacks(&asked) {
        return Ok((headers, [(header::CONTENT_ENCODING, "gzip")], asset.packed.as_slice()).into_response());
    }
    Ok((headers, asset.bytes).into_response())
}

/// Whether a browser says that it unpacks gzip (RFC 9110 §12.5.3). One that gives it a weight gets it as it is.
fn unpacks(asked: &HeaderMap) -> bool {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
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
