//! Differences in words.

use mp_catalog::Difference;
use mp_domain::catalog::table;
use mp_domain::operation::Operation;

const OLD: &str = "marketpass-catalog 1\n\nPOST /v2/x x 7 unversioned\n  accesses pricing communication\n  sellers seller urbanads\n  \
    limit 100/1h medium 200/1h\n  parallel 6\n  names body.campaignId campaign\n";

fn operations(text: &str) -> Vec<Operation> {
    table::operations(text).expect("the table is well-formed")
}

/// What changing this text in the old catalogue means.
#[track_caller]
fn told(from: &str, to: &str) -> Vec<String> {
    assert!(OLD.contains(from), "{from}");
    let difference = Difference::between(&operations(OLD), &operations(&OLD.replacen(from, to, 1)));
    difference.changes().iter().map(|change| change.to_string().replace(" POST /v2/x (x)", "")).collect()
}

#[test]
fn each_fact_has_its_words() {
    for (from, to, expected) in [
        (" communication", "", "closes for keys with communication: the access no longer opens it"),
        ("pricing ", "pricing promotion ", "opens for keys with promotion: the access opens it"),
        (" urbanads", "", "closes for cabinets of the kind urbanads: they may no longer call it"),
        (
            "seller u",
            "seller market-yandex-go u",
            "opens for cabinets of the kind market-yandex-go: they may call it",
        ),
        (
            "100/1h",
            "50/1h",
            "tightens for sellers without the medium subscription: the limit is 50 per 1 hour instead of 100 per 1 hour",
        ),
        (
            "200/1h",
            "10/1m",
            "loosens for sellers with the medium subscription: the limit is 10 per 1 minute instead of 200 per 1 hour",
        ),
        (
            "200/1h",
            "400/2h",
            "loosens for sellers with the medium subscription: the limit is 400 per 2 hours instead of 200 per 1 hour",
        ),
        (
            "200/1h",
            "200/1h of req.a",
            "tightens for everybody: a call costs a point for each of a in its body instead of one point",
        ),
        ("  limit 100/1h medium 200/1h\n", "", "loosens for everybody: it is no longer limited"),
        ("parallel 6", "parallel 3", "tightens for everybody: at once may be under way 3 instead of 6"),
        (
            "  parallel 6\n",
            "",
            "tightens for everybody: at once may be under way 4 together with others instead of 6",
        ),
        (
            "  names body.campaignId campaign\n",
            "",
            "loosens for everybody: what body.campaignId campaign names is no longer looked at",
        ),
        (
            "campaign\n",
            "campaign\n  names query.b business\n",
            "tightens for everybody: what query.b business names must be in reach",
        ),
        (" unversioned", "", "closes for everybody: it is no longer served as /x"),
        (" unversioned", " unversioned keys-only", "closes for OAuth tokens: they no longer open it"),
        ("/v2/x", "/v3/x", "changes POST /v3/x (x) for everybody: it was POST /v2/x"),
        (" 7 ", " 8 ", "changes for everybody: it is counted anew, as number 8 instead of 7"),
        (
            "campaign\n",
            "campaign\n  deprecated since 2027-01-18T00:00:00Z sunset 2027-04-05T00:00:00Z for y\n",
            "changes for everybody: it is deprecated from 2027-01-18T00:00:00Z and ends at 2027-04-05T00:00:00Z; y takes its place",
        ),
    ] {
        assert_eq!(told(from, to), [expected]);
    }
}

#[test]
fn both_tiers_are_told_as_one_where_they_change_alike() {
    let (old, new) = (OLD.replace("medium 200/1h", ""), OLD.replace("100/1h medium 200/1h", "300/1h"));
    let difference = Difference::between(&operations(&old), &operations(&new));
    assert_eq!(
        difference.changes()[0].to_string(),
        "loosens POST /v2/x (x) for everybody: the limit is 300 per 1 hour instead of 100 per 1 hour"
    );
}

#[test]
fn what_closes_is_told_first_and_the_summary_counts() {
    let new = "marketpass-catalog 1\n\nGET /a a 1\n  accesses *\n  sellers *\n\nPOST /v2/x x 7 unversioned\n  accesses pricing\n  \
        sellers seller urbanads\n  limit 100/1h medium 300/1h\n  parallel 6\n  names body.campaignId campaign\n";
    let (old, new) = (operations(OLD), operations(new));
    let difference = Difference::between(&old, &new);
    let words: Vec<_> = difference.changes().iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "closes POST /v2/x (x) for keys with communication: the access no longer opens it",
            "opens GET /a (a) for everybody: it is new",
            "loosens POST /v2/x (x) for sellers with the medium subscription: the limit is 300 per 1 hour instead of 200 per 1 hour",
        ]
    );
    assert_eq!(difference.summary(), "closes 1, opens 1, loosens 1");
    assert_eq!(Difference::between(&new, &old).summary(), "closes 1, tightens 1, opens 1");
    assert_eq!(Difference::between(&old, &old).summary(), "changes nothing");
}

#[test]
fn a_change_says_for_whom_in_json_too() {
    let new = operations(&OLD.replace(" communication", ""));
    let change = &Difference::between(&operations(OLD), &new).changes()[0].clone();
    let expected = r#"{"effect":"closes","path":"/v2/x","verb":"POST","operation":"x","for":"keys with communication","message":"the access no longer opens it"}"#;
    assert_eq!(serde_json::to_string(change).unwrap(), expected);
}
