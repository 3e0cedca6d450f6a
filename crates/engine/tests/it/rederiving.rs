//! Derived data is compared with its origin by the deep check.

use pleiad::{
    Batch, Collection, Document, FdeCode, MultiVector, Schema, SetEncoding, TokenCode, TokenEncoding,
};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{Operation, Options, Store, StoreWriter};
use pleiad_vectors::Seed;
use std::sync::Arc;

const DIM: usize = 32;

fn schema(token_code: TokenCode, fde_code: FdeCode) -> Schema {
    let tokens = TokenEncoding::new(token_code, None).unwrap();
    let encoding = SetEncoding::Fde { params: Schema::fde_params(DIM), code: fde_code };
    Schema { tokens, encoding, ..Schema::new(DIM) }
}

fn collection(schema: &Schema, num_documents: u64) -> (MemoryBackend, Collection) {
    let folder = MemoryBackend::new();
    let collection = Collection::create_on(Arc::new(folder.clone()), schema).unwrap();
    let mut batch = Batch::new();
    for number in 0..num_documents {
        let mut random = Seed(number).generator();
        let num_tokens = 1 + random.below(20) as usize;
        let values = (0..num_tokens * DIM).map(|_| random.uniform() as f32 - 0.5).collect();
        let vectors = MultiVector::new(values, DIM).unwrap();
        batch.upsert(Document::new(format!("document-{number}"), vectors).unwrap());
    }
    collection.writer().unwrap().apply(batch).unwrap();
    (folder, collection)
}

#[test]
fn every_code_agrees_with_itself() {
    for tokens in [TokenCode::F16, TokenCode::Int8, TokenCode::Int4, TokenCode::Int2, TokenCode::Int1] {
        for fde in [FdeCode::F32, FdeCode::Int8, FdeCode::Int4, FdeCode::Sign] {
            let (_, collection) = collection(&schema(tokens, fde), 60);
            let found = collection.verify_deep(&mut |_, _| {}).unwrap();
            assert!(found.is_clean(), "{tokens:?}, {fde:?}: {:?}", found.findings);
            assert_eq!(found.num_documents, 60);
        }
    }
}

#[test]
fn an_encoding_of_another_document_is_found() {
    let (folder, collection) = collection(&schema(TokenCode::Int8, FdeCode::Sign), 2);
    let view = Store::open(Arc::new(folder.clone())).unwrap().view().unwrap();
    let columns = |key: &str| -> Vec<Vec<u8>> {
        let (part, row) = view.find(key).unwrap().unwrap();
        let part = &view.parts()[part];
        (0..view.layout().columns().len()).map(|column| part.column(column, row).unwrap().to_vec()).collect()
    };
    let mut mixed = columns("document-0");
    mixed[0] = columns("document-1")[0].clone();
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    writer.commit(&[Operation::Upsert { key: "document-0".into(), columns: mixed }]).unwrap();
    drop(writer);
    assert!(collection.verify(&mut |_, _| {}).unwrap().is_clean(), "its bytes are what was written");
    let found = collection.verify_deep(&mut |_, _| {}).unwrap().findings;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("document-0") && found[0].contains("cosine"), "{found:?}");
}
