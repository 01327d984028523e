//! The format of API key tokens: `ACMA:` + 40 letters and digits + `:` + CRC-32 (product.md §3.10, market-api §1.2).
//!
//! Owns making and recognising tokens. Must never say whether a token is known: that is the directory's business.

use crate::entropy::Entropy;
use crate::secret::PlainSecret;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH: usize = 40;
const CHECKSUM_LENGTH: usize = 8;

/// What is wrong with the shape of a presented token, in the order of the checks (market-api §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MalformedToken {
    /// It does not begin with the platform's prefix and a colon.
    Prefix,
    /// It begins well but has the wrong number of bytes.
    Length,
    /// Prefix and length are right; alphabet, separator or checksum is not.
    Format,
}

/// The format of a platform's tokens: everything but the prefix is fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFormat {
    /// Including the colon: `ACMA:`.
    prefix: String,
}

/// A prefix that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' cannot be a token prefix: 2 to 16 capital letters and digits are expected, for example ACMA")]
pub struct InvalidPrefix(String);

impl Default for TokenFormat {
    fn default() -> Self {
        Self { prefix: "ACMA:".to_owned() }
    }
}

impl TokenFormat {
    /// The format with this prefix, given without the colon.
    pub fn with_prefix(prefix: &str) -> Result<Self, InvalidPrefix> {
        let fits = (2..=16).contains(&prefix.len())
            && prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if fits { Ok(Self { prefix: format!("{prefix}:") }) } else { Err(InvalidPrefix(prefix.to_owned())) }
    }

    /// What tokens begin with, without the colon.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.prefix.trim_end_matches(':')
    }

    /// A new token with 238 bits of randomness.
    pub fn generate(&self, entropy: &dyn Entropy) -> PlainSecret {
        let mut token = String::with_capacity(self.length());
        token.push_str(&self.prefix);
        let mut random = [0; 64];
        let mut missing = SECRET_LENGTH;
        while missing > 0 {
            entropy.fill(&mut random);
            // 248 is the largest multiple of 62 in a byte: dropping the rest keeps every letter equally likely.
            for byte in random.iter().filter(|byte| **byte < 248).take(missing) {
                token.push(char::from(ALPHABET[usize::from(byte % 62)]));
            }
            missing = SECRET_LENGTH - (token.len() - self.prefix.len());
        }
        token.push(':');
        let checksum = crc32fast::hash(token.as_bytes());
        PlainSecret::new(format!("{token}{checksum:08x}"))
    }

    /// Whether `presented` has the form of a token, and if not, what is wrong with it.
    pub fn check(&self, presented: &[u8]) -> Result<(), MalformedToken> {
        if !presented.starts_with(self.prefix.as_bytes()) {
            return Err(MalformedToken::Prefix);
        }
        if presented.len() != self.length() {
            return Err(MalformedToken::Length);
        }
        let (signed, checksum) = presented.split_at(presented.len() - CHECKSUM_LENGTH);
        let secret = &signed[self.prefix.len()..signed.len() - 1];
        let shaped = secret.iter().all(u8::is_ascii_alphanumeric) && signed.ends_with(b":");
        if shaped && parse_checksum(checksum) == Some(crc32fast::hash(signed)) {
            Ok(())
        } else {
            Err(MalformedToken::Format)
        }
    }

    fn length(&self) -> usize {
        self.prefix.len() + SECRET_LENGTH + 1 + CHECKSUM_LENGTH
    }
}

/// Eight lower-case hexadecimal digits.
fn parse_checksum(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number: u32, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u32::from(value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The one published example (market-api §1.2).
    const EXAMPLE: &str = "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664";

    fn check(presented: &str) -> Result<(), MalformedToken> {
        TokenFormat::default().check(presented.as_bytes())
    }

    #[test]
    fn the_published_example_is_well_formed() {
        assert_eq!(check(EXAMPLE), Ok(()));
    }

    #[test]
    fn each_flaw_has_its_own_answer() {
        assert_eq!(check(""), Err(MalformedToken::Prefix));
        assert_eq!(check(&format!("Bearer {EXAMPLE}")), Err(MalformedToken::Prefix));
        assert_eq!(check(&EXAMPLE.to_lowercase()), Err(MalformedToken::Prefix));
        assert_eq!(check("ACMA:"), Err(MalformedToken::Length));
        assert_eq!(check(&format!("{EXAMPLE}a")), Err(MalformedToken::Length));
        assert_eq!(check(&EXAMPLE[..53]), Err(MalformedToken::Length));
        assert_eq!(check(&EXAMPLE.replace("I4c4", "I4c5")), Err(MalformedToken::Format));
        assert_eq!(check(&EXAMPLE.replace("I4c4", "I4-4")), Err(MalformedToken::Format));
        assert_eq!(check(&EXAMPLE.replace("151c0664", "151C0664")), Err(MalformedToken::Format));
        assert_eq!(check(&EXAMPLE.replace("K:", "K;")), Err(MalformedToken::Format));
        assert_eq!(check(&EXAMPLE.replace("I4c4", "Ии")), Err(MalformedToken::Format));
    }

    #[test]
    fn a_platform_may_have_its_own_prefix() {
        let format = TokenFormat::with_prefix("SHOP7").unwrap();
        let token = format.generate(&Counting);
        assert!(token.expose().starts_with("SHOP7:"));
        assert_eq!(format.check(token.expose().as_bytes()), Ok(()));
        assert_eq!(format.check(EXAMPLE.as_bytes()), Err(MalformedToken::Prefix));
        for bad in ["", "A", "acma", "AC MA", "AC:MA", "АСМА", "ABCDEFGHIJKLMNOPQ"] {
            assert!(TokenFormat::with_prefix(bad).is_err(), "{bad}");
        }
    }

    /// Every byte value in turn, the rejected ones included.
    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for (place, byte) in (200_u8..=255).chain(0..=255).zip(buffer) {
                *byte = place;
            }
        }
    }

    struct Fixed([u8; 64]);

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.copy_from_slice(&self.0[..buffer.len()]);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_generated_is_well_formed(bytes in proptest::array::uniform32(0_u8..248)) {
            let mut random = [0; 64];
            random[..32].copy_from_slice(&bytes);
            let token = TokenFormat::default().generate(&Fixed(random));
            prop_assert_eq!(token.expose().len(), 54);
            prop_assert_eq!(check(token.expose()), Ok(()));
        }

        #[test]
        fn no_changed_byte_goes_unnoticed(place in 0_usize..54, with in any::<u8>()) {
            let mut token = EXAMPLE.as_bytes().to_vec();
            prop_assume!(token[place] != with);
            token[place] = with;
            prop_assert!(TokenFormat::default().check(&token).is_err());
        }
    }
}
