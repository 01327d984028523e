//! Path templates: `/v2/campaigns/{campaignId}/orders`.
//!
//! Owns which templates there may be. Must never look at a request.

use crate::operation::{Operation, unversioned};

/// Longer ones are slips, and would make routing recurse deeply.
const MOST_BYTES: usize = 512;

/// One segment of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Stands there as it is.
    Fixed(&'static str),
    /// Differs from request to request.
    Parameter(Parameter),
}

/// What a parameter names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Parameter {
    /// A store.
    Campaign,
    /// A cabinet.
    Business,
    /// Something that decides nothing.
    Other,
}

impl Parameter {
    pub(super) const ALL: [Self; 3] = [Self::Campaign, Self::Business, Self::Other];

    fn named(name: &str) -> Self {
        match name {
            "campaignId" => Self::Campaign,
            "businessId" => Self::Business,
            _ => Self::Other,
        }
    }
}

/// Why a text is no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableTemplate {
    /// Does not begin with a slash, or has nothing between two, or behind the last.
    #[error("it must begin with one slash and have something behind each")]
    EmptySegment,
    /// A segment that is partly fixed, or a parameter without a name.
    #[error("each segment must be fixed or one parameter in braces as a whole")]
    MixedSegment,
    /// Characters that a request could only carry encoded, or only dots.
    #[error("a fixed segment must consist of letters, digits and -._~!$&'()*+,=:@, and not of dots alone")]
    Characters,
    /// More than one of them.
    #[error("at most one of its parameters may be {{campaignId}} or {{businessId}}")]
    TwoTargets,
    /// Too long.
    #[error("it must not be longer than 512 bytes")]
    TooLong,
}

/// The segments of a template.
pub(super) fn parts(template: &'static str) -> Result<Vec<Part>, UnusableTemplate> {
    if template.len() > MOST_BYTES {
        return Err(UnusableTemplate::TooLong);
    }
    let rest = template.strip_prefix('/').ok_or(UnusableTemplate::EmptySegment)?;
    let parts = rest.split('/').map(part).collect::<Result<Vec<_>, _>>()?;
    let is_target = |part: &&Part| matches!(part, Part::Parameter(Parameter::Campaign | Parameter::Business));
    if parts.iter().filter(is_target).count() > 1 { Err(UnusableTemplate::TwoTargets) } else { Ok(parts) }
}

fn part(segment: &'static str) -> Result<Part, UnusableTemplate> {
    if segment.is_empty() {
        return Err(UnusableTemplate::EmptySegment);
    }
    if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let is_whole = !name.is_empty() && name.bytes().all(is_name);
        return if is_whole {
            Ok(Part::Parameter(Parameter::named(name)))
        } else {
            Err(UnusableTemplate::MixedSegment)
        };
    }
    match segment {
        _ if segment.contains(['{', '}']) => Err(UnusableTemplate::MixedSegment),
        _ if super::segment::is_plain_text(segment) => Ok(Part::Fixed(segment)),
        _ => Err(UnusableTemplate::Characters),
    }
}

/// The templates under which an operation is served, each also with `.json`.
pub(super) fn spellings(operation: &Operation) -> impl Iterator<Item = &'static str> {
    let short = Some(unversioned(operation.template));
    let short = short.filter(|short| operation.is_unversioned && *short != operation.template);
    std::iter::once(operation.template).chain(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_fixed_or_parameters_as_a_whole() {
        let parsed = parts("/v2/campaigns/{campaignId}/orders/{orderId}").unwrap();
        let expected = [
            Part::Fixed("v2"),
            Part::Fixed("campaigns"),
            Part::Parameter(Parameter::Campaign),
            Part::Fixed("orders"),
            Part::Parameter(Parameter::Other),
        ];
        assert_eq!(parsed, expected);
    }

    #[test]
    fn what_no_request_could_match_is_no_template() {
        for (template, why) in [
            ("", UnusableTemplate::EmptySegment),
            ("v2", UnusableTemplate::EmptySegment),
            ("/", UnusableTemplate::EmptySegment),
            ("/v2//x", UnusableTemplate::EmptySegment),
            ("/v2/", UnusableTemplate::EmptySegment),
            ("/v2/{}", UnusableTemplate::MixedSegment),
            ("/v2/{id}.txt", UnusableTemplate::MixedSegment),
            ("/v2/a{id}", UnusableTemplate::MixedSegment),
            ("/v2/{a}{b}", UnusableTemplate::MixedSegment),
            ("/v2/a b", UnusableTemplate::Characters),
            ("/v2/%61", UnusableTemplate::Characters),
            ("/v2/..", UnusableTemplate::Characters),
            ("/v2/a;b", UnusableTemplate::Characters),
            ("/v2/ы", UnusableTemplate::Characters),
            ("/b/{businessId}/c/{campaignId}", UnusableTemplate::TwoTargets),
        ] {
            assert_eq!(parts(template), Err(why), "{template}");
        }
        assert_eq!(parts("/x".repeat(300).leak()), Err(UnusableTemplate::TooLong));
    }
}
