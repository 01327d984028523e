//! Secrets that must be read back: encrypted under a key derived from a pepper, and bound to where they are stored.
//!
//! Owns the layout of sealed bytes: the pepper's number (four bytes, big-endian), the nonce (twelve), the ciphertext with
//! its tag (RFC 8439 §2.8). Must never open what was moved to another column or row, and never say what was inside.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use mp_domain::secret::{Pepper, PepperNumber, SealedBytes};
use zeroize::Zeroizing;

use crate::service::Service;

/// Bytes of the pepper's number.
const NUMBER: usize = 4;
/// Bytes of a nonce.
const NONCE: usize = 12;

/// Where sealed bytes are stored. They can be opened as coming from there and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place(Vec<u8>);

impl Place {
    /// A column such as `account.totp_secret`, in the row with this id.
    pub(crate) fn new(column: &'static str, row: &[u8]) -> Self {
        // No column's name is the beginning of another's with a NUL behind it.
        Self([column.as_bytes(), &[0], row].concat())
    }
}

/// Why sealed bytes cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Sealed under a pepper that is not at hand.
    #[error(
        "a stored secret is sealed under pepper {0}, which the secrets file lacks: restore the secrets folder that was \
         kept with this database"
    )]
    MissingPepper(PepperNumber),
    /// Changed, cut short, or sealed for another place.
    #[error(
        "a stored secret does not belong where it was found: the database was altered, restore a backup of it"
    )]
    Foreign,
}

impl Service {
    /// Seals `plain` for one place, under the current pepper.
    pub(crate) fn seal(&self, place: &Place, plain: &[u8]) -> SealedBytes {
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce);
        seal(self.peppers.load().current(), nonce, place, plain)
    }

    /// What was sealed for this place.
    pub(crate) fn open(&self, place: &Place, sealed: &SealedBytes) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (number, rest) = sealed.as_bytes().split_first_chunk::<NUMBER>().ok_or(SealError::Foreign)?;
        let number = PepperNumber::from_be_bytes(*number);
        let peppers = self.peppers.load();
        let pepper = peppers.numbered(number).ok_or(SealError::MissingPepper(number))?;
        open(pepper, place, rest).ok_or(SealError::Foreign)
    }
}

fn cipher(pepper: &Pepper) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new((&*pepper.subkey("seal")).into())
}

fn seal(pepper: &Pepper, nonce: [u8; NONCE], place: &Place, plain: &[u8]) -> SealedBytes {
    let payload = Payload { msg: plain, aad: &place.0 };
    let hidden = cipher(pepper)
        .encrypt(&Nonce::from(nonce), payload)
        .expect("what is sealed is far shorter than 256 GiB");
    SealedBytes::new([&pepper.number().to_be_bytes()[..], &nonce, &hidden].concat())
}

fn open(pepper: &Pepper, place: &Place, rest: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, hidden) = rest.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: hidden, aad: &place.0 };
    cipher(pepper).decrypt(&Nonce::from(*nonce), payload).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper() -> Pepper {
        Pepper::from_material(258, [7; 32])
    }

    fn place() -> Place {
        Place::new("account.totp_secret", &[1; 16])
    }

    /// What `open` makes of sealed bytes, the number in front left out.
    fn opened(pepper: &Pepper, place: &Place, sealed: &SealedBytes) -> Option<Vec<u8>> {
        open(pepper, place, &sealed.as_bytes()[NUMBER..]).map(|plain| plain.to_vec())
    }

    #[test]
    fn what_is_sealed_comes_back_and_is_not_readable_before() {
        let sealed = seal(&pepper(), [9; NONCE], &place(), b"JBSWY3DPEHPK3PXP");
        assert_eq!(&sealed.as_bytes()[..NUMBER], &[0, 0, 1, 2]);
        assert!(!sealed.as_bytes().windows(4).any(|part| part == b"JBSW"));
        assert_eq!(opened(&pepper(), &place(), &sealed).as_deref(), Some(&b"JBSWY3DPEHPK3PXP"[..]));
    }

    #[test]
    fn nothing_opens_in_another_row_column_or_under_another_pepper() {
        let sealed = seal(&pepper(), [9; NONCE], &place(), b"x");
        for elsewhere in
            [Place::new("account.totp_secret", &[2; 16]), Place::new("session.pending", &[1; 16])]
        {
            assert_eq!(opened(&pepper(), &elsewhere, &sealed), None, "{elsewhere:?}");
        }
        assert_eq!(opened(&Pepper::from_material(258, [8; 32]), &place(), &sealed), None);
    }

    #[test]
    fn a_changed_bit_or_a_missing_byte_is_noticed() {
        let sealed = seal(&pepper(), [9; NONCE], &place(), b"secret").as_bytes().to_vec();
        for at in NUMBER..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&pepper(), &place(), &SealedBytes::new(changed)), None, "byte {at}");
        }
        for length in NUMBER..sealed.len() {
            let cut = SealedBytes::new(sealed[..length].to_vec());
            assert_eq!(opened(&pepper(), &place(), &cut), None, "{length} bytes");
        }
    }
}
