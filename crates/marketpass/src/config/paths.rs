//! How paths stand in a configuration: an empty one is a mistake, never the working directory.
//!
//! Owns nothing but that. Must never look whether something is there: whoever uses a path does.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de::Error};

/// The path of a folder for letters, if there is one.
pub(super) fn letters_folder<'de, D: Deserializer<'de>>(source: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(source)?;
    if text.is_empty() {
        return Err(D::Error::custom("it is empty: a folder is expected, for example ./letters"));
    }
    Ok(Some(PathBuf::from(text)))
}

/// The path of a file, if one is named.
pub(super) fn file<'de, D: Deserializer<'de>>(source: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(source)?;
    if text.is_empty() {
        return Err(D::Error::custom("it is empty: a file is expected"));
    }
    Ok(Some(PathBuf::from(text)))
}

/// The path of a folder; an empty one would be the working directory by accident.
pub(super) fn folder<'de, D: Deserializer<'de>>(source: D) -> Result<PathBuf, D::Error> {
    let text = String::deserialize(source)?;
    if text.is_empty() {
        return Err(D::Error::custom("it is empty: a folder is expected, for example ./marketpass-data"));
    }
    Ok(PathBuf::from(text))
}
