//! Pictures of applications: whatever was uploaded becomes a small PNG.
//!
//! Owns what is accepted: PNG, JPEG, WebP and GIF, told apart by content and never by name. Must never hand on a byte of
//! an upload: the picture is drawn anew, so nothing that was hidden in the file survives.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

/// The most bytes of an upload (yandex-oauth §2.2).
pub const LARGEST_ICON: usize = 1024 * 1024;
/// The longest side of an upload, in pixels.
const LONGEST_SIDE: u32 = 4096;
/// The most memory that reading one may take: a picture of the longest sides with four bytes a pixel, and some.
const MOST_MEMORY: u64 = 80 * 1024 * 1024;
/// The longest side of what is kept, in pixels.
const KEPT_SIDE: u32 = 128;

/// One at a time, so that many uploads take no more memory than one.
static TURN: Semaphore = Semaphore::const_new(1);

/// Why a picture is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnacceptableIcon {
    /// Too many bytes.
    #[error("the icon is larger than 1 MB: save it smaller")]
    TooLarge,
    /// No picture of a kind that is read.
    #[error("the icon is no picture that can be read: a PNG, JPEG, WebP or GIF is expected")]
    Unreadable,
    /// Too many pixels.
    #[error("the icon has too many pixels: at most {LONGEST_SIDE} × {LONGEST_SIDE} are accepted")]
    TooManyPixels,
}

/// The PNG of at most 128 × 128 pixels that is kept of an upload.
pub(crate) async fn redrawn(upload: Vec<u8>) -> Result<Vec<u8>, UnacceptableIcon> {
    if upload.len() > LARGEST_ICON {
        return Err(UnacceptableIcon::TooLarge);
    }
    let _turn = TURN.acquire().await.expect("the semaphore is never closed");
    let drawing = tokio::task::spawn_blocking(move || encoded(&decoded(&upload)?));
    // A decoder that panics has met something it cannot read.
    drawing.await.unwrap_or(Err(UnacceptableIcon::Unreadable))
}

fn decoded(upload: &[u8]) -> Result<DynamicImage, UnacceptableIcon> {
    let mut reader = ImageReader::new(Cursor::new(upload))
        .with_guessed_format()
        .map_err(|_| UnacceptableIcon::Unreadable)?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => UnacceptableIcon::TooManyPixels,
        _ => UnacceptableIcon::Unreadable,
    })
}

fn encoded(picture: &DynamicImage) -> Result<Vec<u8>, UnacceptableIcon> {
    let fits = picture.width() <= KEPT_SIDE && picture.height() <= KEPT_SIDE;
    let small = if fits { picture.to_rgba8() } else { picture.thumbnail(KEPT_SIDE, KEPT_SIDE).to_rgba8() };
    let mut png = Cursor::new(Vec::new());
    small.write_to(&mut png, ImageFormat::Png).map_err(|_| UnacceptableIcon::Unreadable)?;
    Ok(png.into_inner())
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = DynamicImage::from(RgbaImage::from_pixel(width, height, Rgba([200, 30, 30, 255])));
        let mut file = Cursor::new(Vec::new());
        picture.to_rgb8().write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    async fn size_of(upload: Vec<u8>) -> Result<(u32, u32), UnacceptableIcon> {
        let png = redrawn(upload).await?;
        assert_eq!(image::guess_format(&png).unwrap(), ImageFormat::Png);
        let picture = image::load_from_memory(&png).unwrap();
        Ok((picture.width(), picture.height()))
    }

    #[tokio::test]
    async fn every_kind_becomes_a_png_that_fits() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
            assert_eq!(size_of(drawn(512, 256, format)).await, Ok((128, 64)), "{format:?}");
            assert_eq!(size_of(drawn(16, 16, format)).await, Ok((16, 16)), "{format:?}");
        }
    }

    #[tokio::test]
    async fn nothing_hidden_in_a_file_survives() {
        let mut upload = drawn(8, 8, ImageFormat::Png);
        upload.extend_from_slice(b"<script>alert(1)</script>");
        let kept = redrawn(upload).await.unwrap();
        assert!(!kept.windows(7).any(|part| part == b"<script"));
    }

    #[tokio::test]
    async fn what_is_no_picture_is_refused_whatever_it_calls_itself() {
        for upload in
            [&b""[..], b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b"BM"]
        {
            assert_eq!(size_of(upload.to_vec()).await, Err(UnacceptableIcon::Unreadable));
        }
    }

    #[tokio::test]
    async fn bombs_are_refused_before_they_are_unpacked() {
        assert_eq!(size_of(vec![0; LARGEST_ICON + 1]).await, Err(UnacceptableIcon::TooLarge));
        // A few kilobytes of one colour that would become hundreds of megabytes.
        let wide = drawn(LONGEST_SIDE + 1, 1, ImageFormat::Png);
        assert_eq!(size_of(wide).await, Err(UnacceptableIcon::TooManyPixels));
        let mut claims = drawn(16, 16, ImageFormat::Png);
        claims[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let crc = crc32(&claims[12..29]);
        claims[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(size_of(claims).await, Err(UnacceptableIcon::TooManyPixels), "65536 × 65536");
    }

    /// The checksum of a PNG's chunk (ISO 15948 §5.5).
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
            })
        })
    }
}
