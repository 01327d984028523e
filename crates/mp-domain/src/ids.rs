//! Identifiers: numbers for what the marketplace numbers, UUIDs for what marketpass invents.
//!
//! Owns their spelling. Must never let one kind stand where another is wanted.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::entropy::Entropy;
use crate::time::Timestamp;

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is no {kind} id: {expected}")]
pub struct InvalidId {
    kind: &'static str,
    given: String,
    expected: &'static str,
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The id for a number from 1 to 2^63 − 1.
            pub fn new(number: i64) -> Result<Self, InvalidId> {
                if number > 0 { Ok(Self(number)) } else { Err(Self::invalid(&number.to_string())) }
            }

            /// The number, always positive.
            #[must_use]
            pub fn number(self) -> i64 {
                self.0
            }

            fn invalid(given: &str) -> InvalidId {
                InvalidId { kind: $kind, given: given.to_owned(), expected: "a positive number is expected" }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse().ok().and_then(|number| Self::new(number).ok()).ok_or_else(|| Self::invalid(text))
            }
        }
    };
}

number_id!(
    /// A cabinet of the marketplace (`businessId`, product.md §1: a JSON number).
    BusinessId,
    "business"
);
number_id!(
    /// A store of a cabinet (`campaignId`, product.md §1: a JSON number).
    CampaignId,
    "campaign"
);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new UUID version 7 (RFC 9562 §5.7): sorted by creation, so that indexes grow at one end.
            pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
                let mut random = [0; 10];
                entropy.fill(&mut random);
                Self(uuid::Builder::from_unix_timestamp_millis(now.unix_millis(), &random).into_uuid())
            }

            /// The id stored in these 16 bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes to store.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId {
                    kind: $kind,
                    given: text.to_owned(),
                    expected: "a UUID is expected, as the list command prints it",
                })
            }
        }
    };
}

uuid_id!(
    /// A person.
    AccountId,
    "account"
);
uuid_id!(
    /// An API key, whatever secrets it has had.
    ApiKeyId,
    "key"
);
uuid_id!(
    /// What a person has allowed an application on a device, whatever tokens it has had.
    GrantId,
    "grant"
);
uuid_id!(
    /// A browser in which somebody signs in or has signed in.
    SessionId,
    "session"
);

/// An application (`client_id`, RFC 6749 §2.2): 128 random bits, written as 32 lower-case hexadecimal digits
/// (yandex-oauth §2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId([u8; 16]);

impl ClientId {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// The id stored in these 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for ClientId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let is_id =
            text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let number = if is_id { u128::from_str_radix(text, 16).ok() } else { None };
        number.map(|number| Self(number.to_be_bytes())).ok_or_else(|| InvalidId {
            kind: "client",
            given: text.to_owned(),
            expected: "32 digits 0-9 and a-f are expected, as the application's page shows them",
        })
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for ClientId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_business_id_is_a_positive_number() {
        assert_eq!("12345".parse::<BusinessId>().unwrap().number(), 12345);
        for bad in ["0", "-1", "", "1e3", "9223372036854775808", " 1"] {
            assert!(bad.parse::<BusinessId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_error_says_what_was_given_and_what_is_expected() {
        let error = "x".parse::<ApiKeyId>().unwrap_err();
        assert_eq!(error.to_string(), "'x' is no key id: a UUID is expected, as the list command prints it");
    }
}
