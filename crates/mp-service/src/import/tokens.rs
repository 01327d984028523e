//! The file that takes generated tokens.
//!
//! Owns its format and that what is in it is on the disk. Must never be read back: tokens go there and nowhere else.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use mp_domain::ids::{ApiKeyId, BusinessId};
use mp_domain::name::Name;
use serde::Serialize;

use super::batch::Batch;

pub(super) struct TokensOut {
    file: Arc<File>,
}

/// A line of the file.
#[derive(Serialize)]
struct TokenLine<'a> {
    business_id: BusinessId,
    id: ApiKeyId,
    name: &'a Name,
    token: &'a str,
}

impl TokensOut {
    pub(super) fn new(file: File) -> Self {
        Self { file: Arc::new(file) }
    }

    /// Appends the tokens of these keys of the batch and waits until they are on the disk.
    pub(super) async fn write(&self, batch: Arc<Batch>, keys: HashSet<ApiKeyId>) -> io::Result<()> {
        let file = Arc::clone(&self.file);
        let written = tokio::task::spawn_blocking(move || append(&file, &batch, &keys));
        written.await.map_err(io::Error::other)?
    }
}

fn append(mut file: &File, batch: &Batch, keys: &HashSet<ApiKeyId>) -> io::Result<()> {
    let mut text = Vec::new();
    if has_torn_end(file)? {
        text.push(b'\n');
    }
    let generated = batch.entries.iter().filter_map(|entry| entry.generated_token());
    for (key, token) in generated.filter(|(key, _)| keys.contains(&key.id)) {
        let line = TokenLine {
            business_id: key.business_id,
            id: key.id,
            name: &key.grant.name,
            token: token.expose(),
        };
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
    }
    file.write_all(&text)?;
    file.sync_data()
}

/// A crash may have left half a line, which must not swallow the next.
fn has_torn_end(mut file: &File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
