//! Numbers for operations whose document gives none.
//!
//! Owns how they are made: of the operationId alone, so that a counter survives every other change of the document.
//! Must never give one that the market's document could give: those begin at 1 and are a few hundred.

use mp_domain::operation::ANSWERED_HERE;

/// Above all numbers of the market's document.
const LOWEST: u32 = 1 << 15;

pub(super) fn derived(id: &str) -> u16 {
    if let Some(own) = ANSWERED_HERE.into_iter().find(|own| own.id == id) {
        return own.number;
    }
    // FNV-1a: spreads short texts well and will be the same in every version.
    let hash =
        id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u16::try_from(LOWEST + (hash ^ hash >> 16) % LOWEST).expect("it is below twice 2^15")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_depends_on_the_operation_id_alone_and_never_changes() {
        assert_eq!((derived("listPets"), derived("createPet")), (46_899, 56_412));
        assert_eq!(derived("getCampaigns"), 1, "counted as ever");
        assert!((0..1000).all(|n| derived(&format!("operation{n}")) >= 1 << 15));
    }
}
