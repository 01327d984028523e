//! Every operation of the market's catalogue under every single access, for one's own cabinet and for somebody else's: the
//! decision itself, not the facts it stands on, held against the reviewed table of those facts.

use std::collections::HashMap;

use mp_domain::api_key::KeyGrant;
use mp_domain::catalog::Catalog;
use mp_domain::denial::Denial;
use mp_domain::event::Actor;
use mp_domain::ids::{BusinessId, CampaignId};
use mp_domain::operation::Operation;
use mp_domain::reach::{Named, Target};
use mp_domain::scope::AccessScope;
use mp_domain::secret::PlainSecret;
use mp_domain::seller_kind::SellerKind;
use mp_service::businesses::BusinessEdit;
use mp_service::{Node, NodeOptions, Presented, Request};

use crate::world::{HOME, World, grant, new_business, peppers, store};

const REVIEWED: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../mp-domain/tests/catalog/accesses.snap"));

/// A cabinet with a store, and a key for every access alone.
struct Cabinet {
    business: BusinessId,
    campaign: CampaignId,
    keys: Vec<PlainSecret>,
}

impl Cabinet {
    async fn new(node: &Node, kind: SellerKind) -> Self {
        let service = node.service();
        let business = new_business(service, "owner").await;
        let edit = BusinessEdit { kind: Some(kind), ..BusinessEdit::default() };
        service.edit_business(Actor::Operator, business, edit).await.unwrap();
        let campaign = store(service, business, "North").await;
        let mut keys = Vec::new();
        for access in AccessScope::all() {
            let single = KeyGrant { scopes: [access].into_iter().collect(), ..grant(access.written_name()) };
            let made = service.create_api_key(Actor::Operator, business, single).await.unwrap();
            keys.push(made.token);
        }
        Self { business, campaign, keys }
    }

    /// A request about this cabinet, as the path of the operation names it; where it names nothing, as the header does.
    fn named(&self, operation: &Operation) -> Named<'static> {
        if operation.template.contains("{campaignId}") {
            Named::in_path(Target::Campaign(self.campaign))
        } else if operation.template.contains("{businessId}") {
            Named::in_path(Target::Business(self.business))
        } else {
            Named { header: Some(self.business), ..Named::NOTHING }
        }
    }
}

fn decide(
    node: &Node,
    key: &PlainSecret,
    operation: &'static Operation,
    named: Named<'_>,
) -> Result<(), Denial> {
    let presented = Presented::ApiKey(key.expose().as_bytes());
    let request = Request { items: Some(1), wants_slot: true, ..Request::of(operation, named) };
    node.enforcer().admit(presented, &request, HOME, drop_it).map_err(|refusal| refusal.denial)
}

fn drop_it(_: mp_service::Admitted<'_>) {}

/// The marks of each operation, by its id.
fn reviewed() -> HashMap<&'static str, &'static str> {
    let lines = REVIEWED.lines().filter(|line| line.starts_with(['✔', '·']));
    lines
        .map(|line| {
            let (marks, operation) = line.split_once("  ").unwrap();
            (operation.rsplit(' ').next().unwrap(), marks)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_is_the_one_of_the_document_and_nothing_foreign_is_open() {
    let world = World::new().await;
    let options = world.options(2, std::sync::Arc::new(|| Ok(peppers(&[1]))));
    // Some limits are smaller than the number of accesses.
    let node = Node::start(NodeOptions { limits_scale: 1000.0, ..options }).await.unwrap();
    let mut cabinets = HashMap::new();
    for kind in SellerKind::ALL {
        cabinets.insert(kind, Cabinet::new(&node, kind).await);
    }
    let foreign = Cabinet::new(&node, SellerKind::Seller).await;
    let (reviewed, operations) = (reviewed(), Catalog::market().operations());
    assert_eq!((reviewed.len(), operations.len()), (160, 160));
    for operation in operations {
        for (kind, cabinet) in &cabinets {
            let mut marks = String::new();
            for key in &cabinet.keys {
                let own = decide(&node, key, operation, cabinet.named(operation));
                if !operation.sellers.contains(*kind) {
                    assert_eq!(own, Err(Denial::SellerNotSupported(*kind)), "{}", operation.id);
                    continue;
                }
                marks.push_str(match own {
                    Ok(()) => "✔ ",
                    Err(Denial::ScopeMissing) => "· ",
                    Err(other) => panic!("{} {kind}: {other:?}", operation.id),
                });
                let stolen = decide(&node, key, operation, foreign.named(operation));
                assert_eq!(stolen, Err(Denial::AccessDenied), "{}", operation.id);
            }
            if operation.sellers.contains(*kind) {
                assert_eq!(marks.trim_end(), reviewed[operation.id].trim_end(), "{}", operation.id);
            }
        }
    }
}
