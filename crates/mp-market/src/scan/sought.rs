//! What is looked for in a text: one field whose items are counted, and some whose numbers are wanted.
//!
//! Owns which of these fields end at which depth. Must never know where in a text a scan stands.

use std::borrow::Cow;
use std::fmt;

use mp_domain::catalog::MOST_BODY_FIELDS;
use mp_domain::field_path::FieldPath;

/// A set of sought fields: bit 0 is the counted one, the others are the watched ones in their order.
pub(super) type Fields = u16;

/// The set that holds the counted field alone.
pub(super) const COUNTED: Fields = 1;

/// The fields that a scan looks for. It is made once for an operation and copied for each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sought {
    /// The counted field, then the watched ones.
    paths: [Option<FieldPath>; Self::MAX_WATCHED + 1],
    /// By number of keys, which fields have just as many.
    ending: [Fields; FieldPath::MAX_SEGMENTS + 1],
}

/// More fields were to be watched than a scan can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyFields;

impl Sought {
    /// The most watched fields. No operation of the market names more than three.
    pub const MAX_WATCHED: usize = MOST_BODY_FIELDS;

    /// A scan for nothing: it only tells whether a text is JSON.
    pub const NOTHING: Self =
        Self { paths: [None; Self::MAX_WATCHED + 1], ending: [0; FieldPath::MAX_SEGMENTS + 1] };

    /// A scan that counts what stands at `counted`, and collects the numbers that stand at each of `watched`.
    pub fn new(
        counted: Option<FieldPath>,
        watched: impl IntoIterator<Item = FieldPath>,
    ) -> Result<Self, TooManyFields> {
        let mut sought = counted.map_or(Self::NOTHING, Self::counting);
        for (index, path) in watched.into_iter().enumerate() {
            *sought.paths.get_mut(index + 1).ok_or(TooManyFields)? = Some(path);
            sought.ending[path.segments().len()] |= 1 << (index + 1);
        }
        Ok(sought)
    }

    /// A scan that only counts what stands at `path`.
    #[must_use]
    pub fn counting(path: FieldPath) -> Self {
        let mut sought = Self::NOTHING;
        sought.paths[0] = Some(path);
        sought.ending[path.segments().len()] = COUNTED;
        sought
    }

    /// The watched fields, in the order they were given.
    pub(super) fn watched(&self) -> impl Iterator<Item = FieldPath> {
        self.paths[1..].iter().map_while(|path| *path)
    }

    /// Every field.
    pub(super) fn all(&self) -> Fields {
        self.ending.iter().fold(0, |all, fields| all | fields)
    }

    /// The fields whose path has exactly `keys` keys.
    #[inline]
    pub(super) fn ending_at(&self, keys: usize) -> Fields {
        self.ending.get(keys).copied().unwrap_or_default()
    }

    /// Those of `fields` whose key behind `keys` others is `key`, which is folded.
    #[inline]
    pub(super) fn with_key(&self, fields: Fields, keys: usize, key: &[u8]) -> Fields {
        self.retain(fields, keys, |own| own.eq_ignore_ascii_case(key))
    }

    /// Those of `fields` whose key behind `keys` others goes on with `piece`, which is folded, where `known` bytes of it were
    /// seen.
    pub(super) fn going_on_with(&self, fields: Fields, keys: usize, known: usize, piece: &[u8]) -> Fields {
        let goes_on = |key: &[u8]| {
            let next = key.get(known..).and_then(|rest| rest.get(..piece.len()));
            next.is_some_and(|next| next.eq_ignore_ascii_case(piece))
        };
        self.retain(fields, keys, goes_on)
    }

    /// Those of `fields` whose key behind `keys` others has exactly `length` bytes.
    pub(super) fn of_length(&self, fields: Fields, keys: usize, length: usize) -> Fields {
        self.retain(fields, keys, |key| key.len() == length)
    }

    #[inline]
    fn retain(&self, fields: Fields, keys: usize, keeps: impl Fn(&[u8]) -> bool) -> Fields {
        members(fields).fold(0, |kept, index| {
            let key = self.paths[index].and_then(|path| path.segments().get(keys).copied());
            let keeps = key.is_some_and(|key| keeps(key.as_bytes()));
            kept | (Fields::from(keeps) << index)
        })
    }
}

/// What a key is to readers that look for their fields without regard to case, as those of Go and .NET do: a service could
/// be one of them. Beside the letters of ASCII two others fold into these.
pub(super) fn folded(key: &[u8]) -> Cow<'_, [u8]> {
    if key.is_ascii() {
        return Cow::Borrowed(key);
    }
    let mut folded = Vec::with_capacity(key.len());
    let mut rest = key;
    while let [first, others @ ..] = rest {
        let (byte, after) = match rest {
            // U+017F and U+212A.
            [0xC5, 0xBF, after @ ..] => (b's', after),
            [0xE2, 0x84, 0xAA, after @ ..] => (b'k', after),
            _ => (*first, others),
        };
        folded.push(byte);
        rest = after;
    }
    Cow::Owned(folded)
}

/// The numbers of the fields in a set.
pub(super) fn members(mut fields: Fields) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let index = fields.trailing_zeros() as usize;
        fields &= fields.wrapping_sub(1);
        (index <= Sought::MAX_WATCHED).then_some(index)
    })
}

impl fmt::Display for TooManyFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} fields of a body are to name something: watch fewer", Sought::MAX_WATCHED)
    }
}

impl std::error::Error for TooManyFields {}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: FieldPath = FieldPath::new(&["a"]);
    const TWO: FieldPath = FieldPath::new(&["a", "bc"]);

    #[test]
    fn as_many_fields_as_there_are_bits_for_are_watched() {
        let sought = Sought::new(Some(ONE), [TWO; Sought::MAX_WATCHED]).unwrap();
        assert_eq!((sought.all(), sought.ending_at(1), sought.ending_at(2)), (0x1FF, 1, 0x1FE));
        assert_eq!(sought.watched().count(), Sought::MAX_WATCHED);
        let refused = Sought::new(None, [TWO; Sought::MAX_WATCHED + 1]).unwrap_err();
        assert_eq!(refused.to_string(), "more than 8 fields of a body are to name something: watch fewer");
    }

    #[test]
    fn a_key_is_recognised_by_whoever_overlooks_its_case() {
        let same = |key: &str| folded(key.as_bytes()).eq_ignore_ascii_case(b"businessKind");
        assert!(
            ["businessKind", "BUSINESSKIND", "bu\u{17f}ine\u{17f}\u{17f}Kind", "business\u{212a}ind"]
                .map(same)
                .iter()
                .all(|same| *same)
        );
        assert!(!["businessKınd", "bussinessKind", "businessKind\0"].map(same).iter().any(|same| *same));
    }

    #[test]
    fn a_key_is_recognised_piece_by_piece() {
        let sought = Sought::new(Some(ONE), [TWO]).unwrap();
        assert_eq!(sought.going_on_with(0b11, 0, 0, b"a"), 0b11);
        assert_eq!(sought.going_on_with(0b11, 1, 0, b"b"), 0b10, "only the second goes on");
        assert_eq!(sought.going_on_with(0b11, 1, 1, b"c"), 0b10);
        assert_eq!(sought.going_on_with(0b11, 1, 9, b""), 0);
        assert_eq!((sought.of_length(0b11, 1, 2), sought.of_length(0b11, 1, 1)), (0b10, 0));
        assert_eq!(sought.going_on_with(0b11, 1, 0, b"B"), 0b10, "whatever its case");
        assert_eq!(sought.with_key(0b11, 0, b"A"), 0b11);
        assert_eq!(sought.with_key(0b11, 0, b"ab"), 0);
        assert_eq!(members(0b101).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(members(0).count(), 0);
    }
}
