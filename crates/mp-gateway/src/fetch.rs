//! Fetching a document from another server: one request, one answer.
//!
//! Owns the bounds of size and time. Must never follow a redirect: what is fetched is what was named.

use std::time::Duration;

use axum::body::Body;
use http::header::{ACCEPT, LOCATION, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

use crate::connector::{UpstreamError, connector};
use crate::failure::with_causes;

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not an address that can be asked.
    #[error("{0} is no address: one that begins with http:// or https:// and holds no password is expected")]
    Address(String),
    /// TLS cannot be used.
    #[error(transparent)]
    Connector(#[from] UpstreamError),
    /// No answer, or a broken one.
    #[error("{url} did not answer: {why}; check the address, or download the document and name the file")]
    Unreachable {
        /// Who was asked.
        url: Uri,
        /// What went wrong.
        why: String,
    },
    /// Not the document.
    #[error("{url} answered {status}: check the address")]
    Status {
        /// Who was asked.
        url: Uri,
        /// What it said.
        status: StatusCode,
    },
    /// Somewhere else.
    #[error("{url} sends on to {to}: name that address if it is right")]
    Redirect {
        /// Who was asked.
        url: Uri,
        /// Where it sends.
        to: String,
    },
    /// Too much.
    #[error("{url} sends more than {most} bytes: no document is as large")]
    TooLarge {
        /// Who was asked.
        url: Uri,
        /// The most that is taken.
        most: usize,
    },
    /// Too slow.
    #[error("{url} took longer than {} seconds: try again, or download the document and name the file", patience.as_secs())]
    TooSlow {
        /// Who was asked.
        url: Uri,
        /// The longest that is waited.
        patience: Duration,
    },
}

/// The document at an address, at most so many bytes within so long.
pub async fn fetch(url: &str, most: usize, patience: Duration) -> Result<Vec<u8>, FetchError> {
    let url: Uri = url.parse().map_err(|_| FetchError::Address(url.to_owned()))?;
    let is_encrypted = match url.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(FetchError::Address(url.to_string())),
    };
    if url.authority().is_none_or(|authority| authority.as_str().contains('@')) {
        return Err(FetchError::Address(url.host().unwrap_or_default().to_owned()));
    }
    let client = Client::builder(TokioExecutor::new()).build(connector(is_encrypted, None, patience)?);
    let request = Request::get(url.clone()).header(USER_AGENT, "marketpass").header(ACCEPT, "*/*");
    let request = request.body(Body::empty()).map_err(|_| FetchError::Address(url.to_string()))?;
    let asked = async {
        let answer = client.request(request).await;
        let answer =
            answer.map_err(|error| FetchError::Unreachable { url: url.clone(), why: with_causes(&error) })?;
        document(&url, answer, most).await
    };
    let late = |_| FetchError::TooSlow { url: url.clone(), patience };
    timeout(patience, asked).await.map_err(late)?
}

async fn document(url: &Uri, answer: Response<Incoming>, most: usize) -> Result<Vec<u8>, FetchError> {
    let (url, status) = (url.clone(), answer.status());
    if status.is_redirection() {
        let to = answer
            .headers()
            .get(LOCATION)
            .map_or("nowhere".into(), |to| String::from_utf8_lossy(to.as_bytes()));
        return Err(FetchError::Redirect { url, to: to.into_owned() });
    }
    if status != StatusCode::OK {
        return Err(FetchError::Status { url, status });
    }
    match Limited::new(answer.into_body(), most).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge { url, most }),
        Err(error) => Err(FetchError::Unreachable { url, why: error.to_string() }),
    }
}
