//! The polite end of a connection (RFC 9112 §9.6).
//!
//! Owns the wait between our last byte and the close. Must never wait for long.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(2);

/// Says that nothing more will come, and reads what the caller is still sending. Closing while unread bytes arrive
/// would make the kernel reset the connection, and the caller would lose the answer.
pub(crate) async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let leave = async {
        stream.shutdown().await?;
        let mut unread = [0; 8192];
        while stream.read(&mut unread).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Whether the caller was polite as well makes no difference any more.
    let _ = timeout(PATIENCE, leave).await;
}
