//! The shipped catalogue against the document it was made from, where that is at hand: `MARKETPASS_OPENAPI=path`.

use mp_catalog::{Difference, Import};
use mp_domain::catalog::{Catalog, table};

#[test]
fn the_shipped_catalogue_is_what_the_official_document_says() {
    let Some(path) = std::env::var_os("MARKETPASS_OPENAPI") else { return };
    let import = Import::read(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(import.findings(), []);
    let catalog = import.catalog().unwrap();
    let difference = Difference::between(Catalog::market().operations(), catalog.operations());
    assert_eq!(
        difference.changes(),
        [],
        "{}: `cargo xtask gen market-table --from PATH`",
        difference.summary()
    );
    assert_eq!(table::print(catalog.operations()), table::print(Catalog::market().operations()));
}

#[test]
fn the_shipped_catalogue_has_nothing_doubtful() {
    assert_eq!(mp_catalog::check(Catalog::market().operations()), []);
}
