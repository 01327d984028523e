//! How numbers are written: 12,500 in English, 12 500 in Russian.
//!
//! Owns the separator of thousands. Must never round.

use fluent_bundle::FluentValue;

use super::Language;

/// What a bundle calls for every value; the memoizer is of no use to it.
pub(super) type Formatter<M> = fn(&FluentValue<'_>, &M) -> Option<String>;

/// The way `language` writes numbers, for a bundle.
pub(super) fn formatter<M>(language: Language) -> Formatter<M> {
    match language {
        Language::English => |value, _| grouped(value, ','),
        Language::Russian => |value, _| grouped(value, '\u{a0}'),
    }
}

/// Whole numbers from 10 000 in groups of three; everything else is left to the bundle.
fn grouped(value: &FluentValue<'_>, separator: char) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let digits = number.as_string().into_owned();
    if digits.len() < 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart_from_five_digits_on() {
        assert_eq!(grouped(&FluentValue::from(12_500), ','), Some("12,500".into()));
        assert_eq!(grouped(&FluentValue::from(1_234_567), '\u{a0}'), Some("1\u{a0}234\u{a0}567".into()));
        assert_eq!(grouped(&FluentValue::from(2_026), ','), None);
        assert_eq!(grouped(&FluentValue::from("12500"), ','), None);
    }
}
