//! What a form brings: fields that may be there several times, and at most one file.
//!
//! Owns reading both encodings of forms (HTML §4.10.22) and how much of them is kept. Must never judge a value.

use axum::Form;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use http::header;

use crate::csrf;
use crate::errors::PageError;
use crate::next_path::NextPath;

/// The largest file that is kept (yandex-oauth §2.2).
pub(crate) const LARGEST_FILE: usize = 1 << 20;

/// The most that a form may bring in all. Files between the two limits are read and dropped, so that the person is told
/// on the form itself.
pub(crate) const LARGEST_FORM: usize = 8 << 20;

/// A file that was chosen.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Upload {
    /// No file was chosen.
    Absent,
    /// Larger than [`LARGEST_FILE`].
    TooLarge,
    /// Its bytes.
    File(Vec<u8>),
}

/// What a form brings.
pub(crate) struct Fields {
    pairs: Vec<(String, String)>,
    /// The file, if one was chosen.
    pub(crate) file: Upload,
}

impl Fields {
    /// The field of that name, white space around it left out; empty if it is not there.
    pub(crate) fn one(&self, name: &str) -> &str {
        let field = self.pairs.iter().find(|(key, _)| key == name);
        field.map_or("", |(_, value)| value.trim())
    }

    /// Every field of that name, in the order of the form.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Whether nothing came at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Where the person goes to prove who they are and come back to the form at `path`, filled in as it was: its page
    /// reads them from the address. A form that no address can hold is filled in anew; a file always.
    pub(crate) fn confirmation(&self, path: &str) -> PageError {
        let is_kept = |(name, _): &&(String, String)| name != csrf::FIELD && name != "do";
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs.iter().filter(is_kept));
        let filled = NextPath::read(&format!("{path}?{}", query.finish()));
        PageError::Elsewhere(NextPath::after(
            "/account/confirm",
            filled.as_ref().map_or(path, NextPath::as_str),
        ))
    }

    /// Whether there is a field of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let kind = request.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        if kind.starts_with(b"multipart/form-data") {
            let form = Multipart::from_request(request, state).await.map_err(|_| PageError::Unreadable)?;
            return read_multipart(form).await.map_err(|_| PageError::Unreadable);
        }
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(pairs) = form.map_err(|_| PageError::Unreadable)?;
        Ok(Self { pairs, file: Upload::Absent })
    }
}

async fn read_multipart(mut form: Multipart) -> Result<Fields, MultipartError> {
    let mut fields = Fields { pairs: Vec::new(), file: Upload::Absent };
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            fields.file = read_file(field).await?;
        } else {
            let value = field.text().await?;
            fields.pairs.push((name, value));
        }
    }
    Ok(fields)
}

/// A browser sends an empty file where none was chosen.
async fn read_file(mut field: Field<'_>) -> Result<Upload, MultipartError> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(chunk) = field.chunk().await? {
        length += chunk.len();
        if length <= LARGEST_FILE {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(match length {
        0 => Upload::Absent,
        1..=LARGEST_FILE => Upload::File(bytes),
        _ => Upload::TooLarge,
    })
}
