//! The languages of the pages.
//!
//! Owns which there are and which one a browser gets. Must never hold a message.

use http::{HeaderMap, header};
use unic_langid::LanguageIdentifier;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// For everybody who reads no other of them.
    English,
    Russian,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Russian];

    /// BCP 47, as the cookie and `<html lang>` spell it.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
        }
    }

    /// As its readers call it.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Russian => "Русский",
        }
    }

    /// The language with this tag.
    pub(crate) fn tagged(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    pub(super) fn identifier(self) -> LanguageIdentifier {
        self.tag().parse().expect("the tags are BCP 47")
    }

    /// What the browser prefers (RFC 9110 §12.5.4); English where it names none of ours.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
        let ranges = lines.flat_map(|line| line.split(',')).filter_map(range);
        // `max_by_key` takes the last of equals; the header's order is one of preference.
        let best =
            ranges.enumerate().max_by_key(|(place, (_, quality))| (*quality, std::cmp::Reverse(*place)));
        best.map_or(Self::English, |(_, (language, _))| language)
    }
}

/// A language of ours and its weight in thousandths; none if it is not ours or not wanted.
fn range(text: &str) -> Option<(Language, u32)> {
    let (tag, parameters) = text.split_once(';').unwrap_or((text, ""));
    let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
    let quality = match parameters.trim().strip_prefix("q=") {
        None => 1000,
        Some(weight) => thousandths(weight)?,
    };
    Some((Language::tagged(&primary)?, quality)).filter(|(_, quality)| *quality > 0)
}

/// `0.85` as 850 (RFC 9110 §12.4.2).
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, fraction) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    let digits = format!("{fraction:0<3}");
    let fits = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = fits.then(|| digits.parse::<u32>().ok()).flatten()?;
    Some(whole.parse::<u32>().ok()?.min(1) * 1000 + number).map(|all| all.min(1000))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_browsers_preference_decides() {
        let cases = [
            ("ru", Language::Russian),
            ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", Language::Russian),
            ("en-GB,ru;q=0.9", Language::English),
            ("de,ru;q=0.5", Language::Russian),
            ("ru;q=0.3, en;q=0.85", Language::English),
            ("ru;q=0", Language::English),
            ("de", Language::English),
            ("*", Language::English),
            ("ru;q=x", Language::English),
        ];
        for (header_value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(header_value));
            assert_eq!(Language::accepted(&headers), expected, "{header_value}");
        }
        assert_eq!(Language::accepted(&HeaderMap::new()), Language::English);
    }
}
