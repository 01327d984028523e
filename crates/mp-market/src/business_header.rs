//! The `X-Business-Id` header (market-api §4.4, §6): a cabinet that a caller names beside the path.
//!
//! Owns reading it. Must never compare it with anything: the decision does.

use mp_domain::ids::BusinessId;

use crate::api_error::ApiError;
use crate::path::parse_positive;
use crate::protocol::incorrect_business_header;

/// The name of the header, in lower case.
pub const BUSINESS_HEADER: &str = "x-business-id";

/// The cabinet that the lines of the header name; `None` where there is no such line. Two lines that name the same
/// cabinet are as good as one.
pub fn parse_business_header<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
) -> Result<Option<BusinessId>, ApiError> {
    let mut named = None;
    for line in lines {
        let text = std::str::from_utf8(line.trim_ascii()).unwrap_or_default();
        let id = parse_positive(text).and_then(|number| BusinessId::new(number).ok());
        if id.is_none() || named.is_some_and(|named| Some(named) != id) {
            return Err(incorrect_business_header(line));
        }
        named = id;
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Option<i64>, String> {
        let read = parse_business_header(lines.iter().map(|line| line.as_bytes()));
        read.map(|id| id.map(BusinessId::number)).map_err(|error| error.message.into_owned())
    }

    #[test]
    fn a_positive_number_names_a_cabinet() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[" 12345 "]), Ok(Some(12345)));
        assert_eq!(read(&["5", "5"]), Ok(Some(5)));
    }

    #[test]
    fn anything_else_is_told_as_it_stands_there() {
        for bad in ["", "0", "-1", "01", "1,2", "abc", "9223372036854775808"] {
            assert_eq!(read(&[bad]), Err(format!("Incorrect X-Business-Id header value: '{bad}'")));
        }
        assert_eq!(read(&["1", "2"]), Err("Incorrect X-Business-Id header value: '2'".to_owned()));
    }
}
