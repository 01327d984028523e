//! Catalogues that come into force.

use mp_domain::catalog::{Catalog, table};
use mp_domain::event::Actor;
use mp_service::catalogs::{CatalogError, Comparison};
use mp_service::{Node, Service};
use mp_store::{StoreError, catalog, event_log};

use crate::world::{NOON, World, within_a_second};

/// A document with one operation, which these accesses open.
fn document(accesses: &str) -> Vec<u8> {
    format!(
        "openapi: 3.0.3\npaths:\n  /pets:\n    get:\n      operationId: listPets\n      \
         x-marketpass-accesses: [{accesses}]\n      x-marketpass-limit: {{amount: 100, period: 1m}}\n"
    )
    .into_bytes()
}

async fn import(service: &Service, accesses: &str) -> Result<Comparison, CatalogError> {
    service.import_catalog(Actor::Operator, document(accesses), "pets.yaml".to_owned()).await
}

fn knows_pets(node: &Node) -> bool {
    node.enforcer().catalog().route("GET", "/pets").is_ok()
}

async fn imports(service: &Service) -> Vec<String> {
    let events = service.store().read("events", |conn| event_log::after(conn, 0)).await.unwrap();
    events.into_iter().filter(|event| event.kind == "catalog.imported").map(|event| event.detail).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_in_force_at_once_here_and_within_a_second_elsewhere() {
    let world = World::new().await;
    let (here, elsewhere) = (world.node(2).await, world.node(3).await);
    assert!(std::ptr::eq(here.enforcer().catalog(), Catalog::market()));
    let compared = import(here.service(), "pricing").await.unwrap();
    assert!(knows_pets(&here));
    assert_eq!((compared.operations, compared.difference.summary().as_str()), (5, "closes 156, opens 1"));
    within_a_second(|| knows_pets(&elsewhere)).await;
    let one = here.enforcer().catalog();
    assert!(std::ptr::eq(one, elsewhere.enforcer().catalog()), "equal catalogues are one");
    assert!(std::ptr::eq(one, world.node(4).await.enforcer().catalog()), "after a start, too");
}

#[tokio::test]
async fn the_same_catalogue_again_is_no_event() {
    let world = World::new().await;
    let service = world.service(2);
    for _ in 0..2 {
        import(&service, "pricing").await.unwrap();
    }
    let again = import(&service, "pricing, pricing").await.unwrap();
    assert_eq!(again.difference.summary(), "changes nothing");
    import(&service, "pricing, promotion").await.unwrap();
    let events = imports(&service).await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[1], "pets.yaml: opens 1");
    let in_force = service.catalog_in_force().await.unwrap();
    assert_eq!(in_force.imported, Some(("pets.yaml".to_owned(), NOON)));
}

#[tokio::test]
async fn a_document_with_errors_or_merely_compared_changes_nothing() {
    let world = World::new().await;
    let service = world.service(2);
    let refused = import(&service, "prices").await.unwrap_err();
    assert!(matches!(refused, CatalogError::Refused(_)), "{refused}");
    assert!(
        refused
            .to_string()
            .starts_with("GET /pets (listPets): `x-marketpass-accesses`: 'prices' is no access")
    );
    let unreadable = service.import_catalog(Actor::Operator, b"[".to_vec(), String::new()).await.unwrap_err();
    assert!(matches!(unreadable, CatalogError::Unreadable(_)), "{unreadable}");
    let compared = service.compare_catalog(document("pricing")).await.unwrap();
    assert_eq!(compared.difference.changes().len(), 157);
    assert_eq!(imports(&service).await, [""; 0]);
    assert_eq!(service.catalog_in_force().await.unwrap().imported, None);
}

#[tokio::test]
async fn the_shipped_catalogue_is_in_force_until_another_is_imported() {
    let world = World::new().await;
    let service = world.service(2);
    let facts = service.catalog_in_force().await.unwrap().catalog.operations();
    assert_eq!(facts.len(), 160);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_leads_to_the_shipped_catalogue_as_if_none_had_been_imported() {
    let world = World::new().await;
    let (here, elsewhere) = (world.node(2).await, world.node(3).await);
    let service = here.service();
    assert!(service.return_to_shipped_catalog(Actor::Operator).await.unwrap().is_in_force);
    import(service, "pricing").await.unwrap();
    within_a_second(|| knows_pets(&elsewhere)).await;
    let planned = service.compare_shipped_catalog().await.unwrap();
    assert!(knows_pets(&here), "it was only compared");
    let back = service.return_to_shipped_catalog(Actor::Operator).await.unwrap();
    assert_eq!(back, planned);
    assert_eq!(back.difference.summary(), "closes 1, opens 156");
    assert!(std::ptr::eq(here.enforcer().catalog(), Catalog::market()));
    within_a_second(|| std::ptr::eq(elsewhere.enforcer().catalog(), Catalog::market())).await;
    assert!(service.return_to_shipped_catalog(Actor::Operator).await.unwrap().is_in_force);
    assert_eq!(service.catalog_in_force().await.unwrap().imported, None);
    let told = "the catalogue that marketpass brings along: closes 1, opens 156";
    assert_eq!(imports(service).await, ["pets.yaml: closes 156, opens 1", told]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_catalogue_that_cannot_be_used_is_told_and_the_former_stays() {
    let world = World::new().await;
    let node = world.node(2).await;
    import(node.service(), "pricing").await.unwrap();
    let facts = "marketpass-catalog 9\n".to_owned();
    let newer = catalog::StoredCatalog {
        digest: table::digest(&facts),
        facts,
        source: String::new(),
        imported_at: NOON,
    };
    let service = world.service(3);
    let newer = service.store().write("newer", move |tx| catalog::insert(tx, &newer));
    newer.await.unwrap();
    let told = service.catalog_in_force().await.unwrap_err();
    assert!(matches!(told, CatalogError::Store(StoreError::Corrupt(_))), "{told}");
    assert!(told.to_string().contains("the table must begin with 'marketpass-catalog 1'"), "{told}");
    assert!(knows_pets(&node));
    assert!(Node::start(world.options(4, std::sync::Arc::new(|| Err("unused".to_owned())))).await.is_err());
    service.return_to_shipped_catalog(Actor::Operator).await.unwrap();
    within_a_second(|| std::ptr::eq(node.enforcer().catalog(), Catalog::market())).await;
}
