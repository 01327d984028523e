//! Which operation a request means.

use mp_domain::catalog::{Catalog, Routed, Unrouted};
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::operation::{Operation, Verb, unversioned};
use mp_domain::reach::Target;
use proptest::prelude::*;

use crate::flaws::operation;

fn market(verb: &str, path: &'static str) -> Result<Routed<'static>, Unrouted> {
    Catalog::market().route(verb, path)
}

/// The path of a template, in all its spellings, with these texts for the parameters.
fn spellings(operation: &Operation, value: &str) -> Vec<String> {
    let fill = |template: &str| {
        let fill = |part: &str| if part.starts_with('{') { value.to_owned() } else { part.to_owned() };
        template.split('/').map(fill).collect::<Vec<_>>().join("/")
    };
    let mut paths = vec![fill(operation.template)];
    if operation.is_unversioned {
        paths.push(fill(unversioned(operation.template)));
    }
    paths.into_iter().flat_map(|path| [format!("{path}.json"), path]).collect()
}

/// Whether the path matches, told apart from the router's own way: segment by segment, all ambiguous ones refused.
fn matches(operation: &Operation, path: &str) -> bool {
    let short = operation.is_unversioned.then(|| unversioned(operation.template));
    std::iter::once(operation.template).chain(short).any(|template| {
        let stems = [Some(path), path.strip_suffix(".json")];
        stems.into_iter().flatten().any(|path| {
            let (parts, segments): (Vec<_>, Vec<_>) =
                (template.split('/').collect(), path.split('/').collect());
            let is_match = |(part, segment): (&&str, &&str)| {
                let is_doubtful =
                    segment.is_empty() || segment.bytes().any(|byte| b";\\%?#\0 ".contains(&byte));
                part == segment
                    || part.starts_with('{') && !is_doubtful && **segment != *"." && **segment != *".."
            };
            parts.len() == segments.len() && parts.iter().zip(&segments).all(is_match)
        })
    })
}

#[test]
fn every_operation_is_found_under_each_of_its_spellings() {
    for operation in Catalog::market().operations() {
        let paths = spellings(operation, "21");
        assert_eq!(paths.len(), if operation.template.starts_with("/v2/") { 4 } else { 2 });
        for path in paths {
            let routed = Catalog::market().route(operation.verb.as_str(), &path).unwrap();
            assert_eq!(routed.operation.id, operation.id, "{path}");
            let expected = match operation.template {
                template if template.contains("{campaignId}") => {
                    Target::Campaign(CampaignId::new(21).unwrap())
                }
                template if template.contains("{businessId}") => {
                    Target::Business(BusinessId::new(21).unwrap())
                }
                _ => Target::Caller,
            };
            assert_eq!(routed.target(), Ok(expected), "{path}");
        }
    }
}

#[test]
fn a_version_that_an_operation_does_not_have_is_no_path_of_it() {
    for path in [
        "/v1/campaigns",
        "/v3/campaigns",
        "/v02/campaigns",
        "/V2/campaigns",
        "/businesses/7/orders",
        "/v2/businesses/7/orders",
    ] {
        assert_eq!(market("POST", path), Err(Unrouted::NoSuchPath), "{path}");
    }
}

#[test]
fn a_wrong_verb_is_told_those_that_the_path_has() {
    let allow = |verb, path| match market(verb, path) {
        Err(Unrouted::WrongVerb { allow }) => allow,
        other => panic!("{verb} {path}: {other:?}"),
    };
    for verb in ["POST", "HEAD", "get", "OPTIONS", "TRACE", "PROPFIND", ""] {
        assert_eq!(allow(verb, "/v2/campaigns"), "GET", "{verb}");
    }
    assert_eq!(allow("PATCH", "/v2/campaigns/1/hidden-offers"), "GET, POST");
    assert_eq!(allow("POST", "/campaigns/1/outlets/2.json"), "DELETE, GET, PUT");
    assert_eq!(market("PATCH", "/v2/nothing"), Err(Unrouted::NoSuchPath), "the path comes first");
}

#[test]
fn ambiguous_paths_mean_nothing() {
    for path in [
        "",
        "/",
        "v2/campaigns",
        "//v2/campaigns",
        "/v2//campaigns",
        "/v2/campaigns/",
        "/v2/campaigns.json/",
        "/v2/./campaigns",
        "/v2/x/../campaigns",
        "/v2/%63ampaigns",
        "/v2%2Fcampaigns",
        "/v2/campaigns%00",
        "/v2\\campaigns",
        "/v2/campaigns;a=b",
        "/v2/campaigns;.json",
        "/v2/campaigns.json.json",
        "/v2/campaigns.JSON",
        "/v2/campaigns?x",
        "/v2/campaigns#x",
        "/v2/campaigns ",
        "/v2/campaigns/.",
        "/v2/campaigns/..",
        "/v2/campaigns/%31",
        "/v2/campaigns/1;a",
        "/v2/campaigns/1%2F2",
        "/v2/campaigns/１",
        "/v2/campaigns/+1",
        "/v2/campaigns/1.json.json",
        "/v2/campaigns/.json",
        "/v2/regions/..json",
        "/v2/regions/...json",
        "/v2/regions/%2e%2e",
        "/v2/regions/%63ountries",
        "/v2/regions/%252e",
        "/v2/regions/ы",
        "/v2/regions/%2561",
        "https://example.org/v2/campaigns",
        "*",
    ] {
        assert_eq!(market("GET", path), Err(Unrouted::NoSuchPath), "{path}");
    }
}

#[test]
fn an_id_has_one_spelling_and_the_others_are_told_back() {
    let target = |path| market("GET", path).unwrap().target();
    assert_eq!(
        target("/v2/campaigns/9223372036854775807"),
        Ok(Target::Campaign(CampaignId::new(i64::MAX).unwrap()))
    );
    for bad in ["0", "-1", "007", "abc", "9223372036854775808", "1e3"] {
        let path = format!("/v2/campaigns/{bad}.json").leak();
        assert_eq!(target(path), Err(bad));
    }
    assert_eq!(
        market("POST", "/businesses/0/settings").unwrap().target(),
        Err("0"),
        "whatever stands behind it"
    );
}

#[test]
fn what_decides_nothing_may_be_spelled_in_many_ways() {
    for value in ["1", "a.b", "a~b", "2024-01-01", "a%20b", "%D1%8B", "a:b@c,d"] {
        let path = format!("/v2/reports/info/{value}").leak();
        assert_eq!(market("GET", path).unwrap().operation.id, "getReportInfo", "{value}");
    }
}

#[test]
fn fixed_segments_beat_parameters_and_lead_back_to_them() {
    let catalog = Catalog::new(vec![
        operation(900, "list", Verb::Get, "/x/list"),
        operation(901, "one", Verb::Get, "/x/{id}"),
        operation(902, "change", Verb::Put, "/x/{id}"),
        operation(903, "deep", Verb::Get, "/x/list/{id}/end"),
        operation(904, "wide", Verb::Get, "/x/{id}/a/other"),
        operation(905, "suffixed", Verb::Get, "/y/list.json"),
        operation(906, "store", Verb::Post, "/x/{campaignId}"),
    ])
    .unwrap()
    .leak();
    let id = |verb, path| catalog.route(verb, path).map(|routed| routed.operation.id);
    let wrong = |allow| Err(Unrouted::WrongVerb { allow });
    assert_eq!(id("GET", "/x/list"), Ok("list"));
    assert_eq!(id("GET", "/x/list.json"), Ok("list"));
    assert_eq!(id("GET", "/x/7"), Ok("one"));
    assert_eq!(id("PUT", "/x/list"), Ok("change"), "the verb fits only the parameter");
    assert_eq!(id("DELETE", "/x/list"), wrong("GET, POST, PUT"));
    assert_eq!(id("DELETE", "/x/a.b"), wrong("GET, PUT"), "no id of a store");
    assert_eq!(id("GET", "/x/list/a/end"), Ok("deep"));
    assert_eq!(id("GET", "/x/list/a/other"), Ok("wide"), "the fixed segment led nowhere");
    assert_eq!(id("GET", "/y/list.json"), Ok("suffixed"));
    assert_eq!(id("GET", "/y/list"), Err(Unrouted::NoSuchPath));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_change_of_a_path_leads_to_an_operation_that_it_does_not_match(
        which in any::<prop::sample::Index>(),
        spelling in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3, "[/.%;?a-z0-9ы\\\\]{0,3}"), 1..4),
    ) {
        let catalog = Catalog::market();
        let operation = which.get(catalog.operations());
        let mut path = spelling.get(&spellings(operation, "21")).clone();
        for (at, cut, put) in changes {
            let boundaries: Vec<usize> = path.char_indices().map(|(at, _)| at).chain([path.len()]).collect();
            let first = at.index(boundaries.len());
            let last = (first + cut).min(boundaries.len() - 1);
            path.replace_range(boundaries[first]..boundaries[last], &put);
        }
        for verb in ["GET", "POST", "PUT", "DELETE"] {
            if let Ok(routed) = catalog.route(verb, &path) {
                prop_assert_eq!(routed.operation.verb.as_str(), verb);
                let is_encoded = path.contains('%');
                prop_assert!(is_encoded || matches(routed.operation, &path), "{} as {}", path, routed.operation.id);
            }
        }
    }
}
