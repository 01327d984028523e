//! Where randomness comes from.
//!
//! Owns the one trait through which secrets and ids get random bytes. Must never be implemented here by anything
//! predictable: the operating system's source lives in the binary, the seeded one in the test kit.

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}
