//! Any bytes as a document: whatever comes of it comes soon, and what is accepted makes a catalogue that reads back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mp_catalog::{Difference, Import, Severity};
use mp_domain::catalog::{Catalog, table};

fuzz_target!(|document: &[u8]| {
    let Ok(import) = Import::read(document) else { return };
    let is_clean = import.findings().iter().all(|finding| finding.severity != Severity::Error);
    let catalog = import.catalog();
    assert_eq!(catalog.is_ok(), is_clean, "a refusal has its finding");
    if let Ok(catalog) = catalog {
        let printed = table::print(catalog.operations());
        let read = table::read(&printed).expect("what is printed is read");
        assert_eq!(read.operations(), catalog.operations());
        let difference = Difference::between(Catalog::market().operations(), read.operations());
        let _ = difference.summary();
    }
});
