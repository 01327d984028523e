//! Secrets: readable for a moment, stored only as keyed digests.
//!
//! Owns the two types a secret may have and the pepper that leads from one to the other. Must never give a readable
//! secret a `Debug`, `Display` or `Serialize`: whoever wants the text has to say `expose`.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// A secret in readable form, wiped from memory when dropped.
#[derive(Clone)]
pub struct PlainSecret(Zeroizing<String>);

impl PlainSecret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The readable text, for showing it once or for hashing it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What is stored of a secret that is only ever compared: HMAC-SHA-256 truncated to 128 bits (RFC 2104 §5).
///
/// Half a digest keeps the check's memory small; under a key that nobody outside knows, 128 bits leave nothing to
/// search for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretDigest([u8; 16]);

impl SecretDigest {
    /// The digest stored in these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest")
    }
}

/// A secret that must be read back, encrypted and bound to the place it is stored in. Opening it is the service's business.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBytes(Vec<u8>);

impl SealedBytes {
    /// Takes what the sealer made or the database kept.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SealedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedBytes")
    }
}

/// The number of a pepper, in the order they were made: 1, 2, 3, …
pub type PepperNumber = u32;

/// The key under which secrets are digested. It lives in a file outside the database.
#[derive(Clone)]
pub struct Pepper {
    number: PepperNumber,
    /// Both padded key blocks already hashed, so that a digest costs two compressions.
    keyed: Hmac<Sha256>,
    material: Zeroizing<[u8; 32]>,
}

impl Pepper {
    /// A new pepper with this number.
    pub fn generate(number: PepperNumber, entropy: &dyn Entropy) -> Self {
        let mut material = [0; 32];
        entropy.fill(&mut material);
        Self::from_material(number, material)
    }

    /// The pepper kept as these bytes.
    #[must_use]
    pub fn from_material(number: PepperNumber, material: [u8; 32]) -> Self {
        let keyed = Hmac::new_from_slice(&material).expect("HMAC takes keys of any length");
        Self { number, keyed, material: Zeroizing::new(material) }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> PepperNumber {
        self.number
    }

    /// The bytes to write into the secrets file, and nowhere else.
    #[must_use]
    pub fn material(&self) -> &[u8; 32] {
        &self.material
    }

    /// The digest of a secret.
    #[must_use]
    pub fn digest(&self, secret: &[u8]) -> SecretDigest {
        let mut mac = self.keyed.clone();
        mac.update(secret);
        let full = mac.finalize().into_bytes();
        let mut half = [0; 16];
        half.copy_from_slice(&full[..16]);
        SecretDigest(half)
    }

    /// A key for another purpose than digests, named by `purpose`: for sealing what must be read back, and for deriving
    /// tokens (a PRF as a key derivation function, NIST SP 800-108 §4.1).
    #[must_use]
    pub fn subkey(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut mac = self.keyed.clone();
        // As with the fingerprint: no secret starts with NUL, so no digest can equal a subkey's first half.
        mac.update(b"\0marketpass subkey ");
        mac.update(purpose.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// What the database remembers of the pepper, to notice a wrong secrets file: 32 hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        // A secret never starts with a NUL byte, so no stored digest can equal a fingerprint.
        let digest = self.digest(b"\0marketpass pepper fingerprint");
        digest.0.iter().fold(String::with_capacity(32), |text, byte| text + &format!("{byte:02x}"))
    }
}

/// The peppers in use: the current one makes digests, the retired ones still recognise.
#[derive(Clone)]
pub struct Peppers {
    current: Pepper,
    retired: Vec<Pepper>,
}

impl Peppers {
    /// `current` for new digests, `retired` (youngest first) for secrets not seen since.
    #[must_use]
    pub fn new(current: Pepper, retired: Vec<Pepper>) -> Self {
        Self { current, retired }
    }

    /// The pepper that new digests are made with.
    #[must_use]
    pub fn current(&self) -> &Pepper {
        &self.current
    }

    /// The peppers of the past, youngest first.
    #[must_use]
    pub fn retired(&self) -> &[Pepper] {
        &self.retired
    }

    /// The pepper with this number, if it is still kept.
    #[must_use]
    pub fn numbered(&self, number: PepperNumber) -> Option<&Pepper> {
        std::iter::once(&self.current).chain(&self.retired).find(|pepper| pepper.number == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_hmac_sha_256_cut_in_half() {
        // RFC 4231 §4.2 uses a 20-byte key; HMAC pads keys with zeros, so a 32-byte key with a zero tail is the same.
        let mut material = [0; 32];
        material[..20].fill(0x0b);
        let digest = Pepper::from_material(1, material).digest(b"Hi There");
        let expected =
            [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf, 0x0b, 0xf1, 0x2b];
        assert_eq!(digest.as_bytes(), &expected);
    }

    #[test]
    fn peppers_differ_in_digest_and_fingerprint() {
        let (one, two) = (Pepper::from_material(1, [1; 32]), Pepper::from_material(2, [2; 32]));
        assert_ne!(one.digest(b"x"), two.digest(b"x"));
        assert_ne!(one.fingerprint(), two.fingerprint());
        assert_eq!(one.fingerprint().len(), 32);
    }
}
