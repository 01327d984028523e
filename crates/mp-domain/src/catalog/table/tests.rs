//! What is printed is read back; what is not of the form is refused with its line.

use proptest::prelude::*;

use super::*;
use crate::catalog::Catalog;
use crate::operation::Operation;

const ONE: &str = "marketpass-catalog 1\n\nPOST /v2/offers/{offerId} updateOffer 7 unversioned keys-only\n  \
    accesses pricing pricing:read-only\n  sellers seller urbanads\n  limit 100/1h medium 200/1m of req.offers\n  \
    parallel 6\n  names body.parameters.campaignId campaign\n  names query.businessId business\n  \
    deprecated since 2027-01-18T00:00:00Z sunset 2027-04-05T00:00:00Z for updateOffers\n";

fn refusal(text: &str) -> String {
    operations(text).unwrap_err().to_string()
}

#[test]
fn every_fact_is_read_and_printed_back() {
    assert_eq!(print(&operations(ONE).unwrap()), ONE);
    let bare = "marketpass-catalog 1\n\nGET /a a 0\n  accesses *\n  sellers *\n";
    assert_eq!(print(&operations(bare).unwrap()), bare);
}

#[test]
fn the_shipped_table_is_as_it_would_be_printed() {
    assert_eq!(print(Catalog::market().operations()), include_str!("../market.table"));
}

#[test]
fn comments_and_empty_lines_say_nothing() {
    let spaced = format!("# One.\n\n{}\n# The end.\n", ONE.replace("\n  ", "\n\n# A fact:\n  "));
    assert_eq!(operations(&spaced), operations(ONE));
}

#[test]
fn a_bad_line_is_named() {
    for (good, bad, told) in [
        (
            "catalog 1",
            "catalog 2",
            "line 1 of the catalogue's table cannot be read: the table must begin with",
        ),
        ("POST", "FETCH", "line 3 of the catalogue's table cannot be read: 'FETCH' is no verb"),
        (" 7 ", " 70000 ", "line 3 of the catalogue's table cannot be read: '70000' is no number"),
        ("keys-only", "keys", "line 3 of the catalogue's table cannot be read: 'keys' is not known"),
        (
            "accesses pricing ",
            "accesses prices ",
            "line 4 of the catalogue's table cannot be read: 'prices' is no access",
        ),
        (
            "  accesses pricing pricing:read-only\n",
            "",
            "line 3 of the catalogue's table cannot be read: updateOffer has no line 'accesses'",
        ),
        ("urbanads", "buyer", "line 5 of the catalogue's table cannot be read: 'buyer' is no kind of seller"),
        ("100/1h", "100", "line 6 of the catalogue's table cannot be read: '100' is no amount"),
        ("100/1h", "0/1h", "line 6 of the catalogue's table cannot be read: '0/1h' is no amount"),
        ("100/1h", "100/0s", "line 6 of the catalogue's table cannot be read: '100/0s' is no amount"),
        ("req.offers", "req.", "line 6 of the catalogue's table cannot be read: 'req.' is no cost"),
        ("of req", "off req", "line 6 of the catalogue's table cannot be read: 'off' is not expected"),
        (
            "parallel 6",
            "parallel 0",
            "line 7 of the catalogue's table cannot be read: '0' is no number of slots",
        ),
        (
            "parallel 6",
            "parallel 6 7",
            "line 7 of the catalogue's table cannot be read: '7' is not expected here",
        ),
        (
            "parallel 6",
            "sellers seller",
            "line 7 of the catalogue's table cannot be read: 'sellers' is said twice",
        ),
        ("parallel", "paralel", "line 7 of the catalogue's table cannot be read: 'paralel' is not known"),
        (
            "body.",
            "head.",
            "line 8 of the catalogue's table cannot be read: 'head.parameters.campaignId' is no place",
        ),
        (
            "Id business",
            "Id shop",
            "line 9 of the catalogue's table cannot be read: 'shop' is nothing to name",
        ),
        (
            "2027-01-18T00:00:00Z",
            "2027-01-18",
            "line 10 of the catalogue's table cannot be read: '2027-01-18' is no moment",
        ),
        ("POST", "  POST", "line 3 of the catalogue's table cannot be read"),
    ] {
        assert!(ONE.contains(good), "{good}");
        let told_instead = refusal(&ONE.replacen(good, bad, 1));
        assert!(told_instead.starts_with(told), "{bad}: {told_instead}");
    }
    assert!(refusal("").starts_with("line 1 "));
}

proptest! {
    #[test]
    fn whatever_is_read_is_printed_so_that_it_is_read_the_same(
        lines in proptest::collection::vec(0_usize..10, 0..10),
        cut in proptest::collection::vec((0_usize..400, "[ -~]{0,3}"), 0..3),
    ) {
        let bodies = lines.into_iter().filter_map(|at| ONE.lines().nth(at));
        let mut text = ONE.lines().take(4).chain(bodies).collect::<Vec<_>>().join("\n");
        for (at, put) in cut {
            let at = at.min(text.len());
            text.replace_range(at..(at + put.len()).min(text.len()), &put);
        }
        if let Ok(read) = operations(&text) {
            let printed = print(&read);
            prop_assert_eq!(operations(&printed), Ok::<Vec<Operation>, TableError>(read));
        }
    }
}
