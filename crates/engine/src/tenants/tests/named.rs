use super::{document, schema, tenant, vectors};
use crate::{
    AttributePath, Batch, Collection, Document, ErrorKind, HybridQuery, HybridWeights, Predicate, Query,
    Schema, SearchParams, Tenant, WordsQuery,
};
use pleiad_store::testing::MemoryBackend;
use pleiad_vectors::Seed;
use std::sync::Arc;

#[test]
fn a_tenant_is_named_by_every_read_and_write() {
    let collection = Collection::create_on(Arc::new(MemoryBackend::new()), &schema(true)).unwrap();
    let writer = collection.writer().unwrap();
    let plain = |tenant: Option<Tenant>| {
        let mut batch = tenant.map_or_else(Batch::new, Batch::of_tenant);
        batch.upsert(document(1, 2));
        batch
    };
    let error = writer.apply(plain(None)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(
        error.to_string().starts_with("this collection keeps tenants apart: name one (tenant: \"acme\")"),
        "{error}"
    );
    writer.apply(plain(Some(tenant(0)))).unwrap();
    writer.apply(plain(Some(tenant(2)))).unwrap();
    let (snapshot, all) = (writer.snapshot(), Predicate::Constant(true));
    let query = Query::new(vectors(&mut Seed(1).generator()));
    let params = SearchParams::default();
    let words = WordsQuery::new(["w1"]).unwrap();
    let path = AttributePath::parse("number").unwrap();
    let fused = HybridQuery {
        vectors: query.clone(),
        sentence: None,
        words: words.clone(),
        weights: HybridWeights::mean_of_tokens(0.5),
    };
    for error in [
        snapshot.search(&query, &params).err(),
        snapshot.search_words(&words, &params).err(),
        snapshot.search_hybrid(&fused, &params).err(),
        snapshot.plan(&query, &params).err(),
        snapshot.plan_hybrid(&fused, &params).err(),
        snapshot.count(&all).err(),
        snapshot.keys(&all, None, 1).err(),
        snapshot.values(&path, None, 1).err(),
        snapshot.get("k1").err(),
        snapshot.get_fields("k1").err(),
        snapshot.contains("k1").err(),
        snapshot.explain(&query, "k1").err(),
        snapshot.explain_words(&words, "k1").err(),
        snapshot.row_labels("k1").err(),
        snapshot.sample(1).err(),
        snapshot.documents().next().unwrap().err(),
    ] {
        let error = error.expect("refused");
        assert!(error.to_string().contains("this collection keeps tenants apart"), "{error}");
    }
    let everyone = snapshot.of_all_tenants().unwrap();
    let answer =
        everyone.search_words(&WordsQuery::new((0..5).map(|at| format!("w{at}"))).unwrap(), &params).unwrap();
    let tenants: Vec<&str> = answer.hits.iter().map(|hit| hit.tenant.as_ref().unwrap().as_str()).collect();
    assert_eq!(tenants, ["acme", "b"]);
    assert!(answer.hits.iter().all(|hit| hit.key.as_str() == "k1"));
    assert!(everyone.of_hit(&answer.hits[0]).unwrap().get("k1").unwrap().is_some());
    assert!(everyone.get("k1").unwrap_err().to_string().contains("name its tenant"));
    let acme = snapshot.of_tenant(&tenant(0)).unwrap();
    assert!(acme.get("k1").unwrap().is_some() && acme.get("b\u{1f}k1").unwrap().is_none());
    assert!(acme.search(&query, &params).unwrap().hits.iter().all(|hit| hit.tenant.is_none()));
    let nobody = snapshot.of_tenant(&Tenant::new("nobody").unwrap()).unwrap();
    assert_eq!((nobody.num_documents(), nobody.search(&query, &params).unwrap().hits.len()), (0, 0));
}

#[test]
fn names_and_keys_that_cannot_be_are_refused() {
    let collection = Collection::create_on(Arc::new(MemoryBackend::new()), &schema(true)).unwrap();
    let writer = collection.writer().unwrap();
    let long = Document::new("x".repeat(1020), vectors(&mut Seed(1).generator())).unwrap();
    let mut batch = Batch::of_tenant(tenant(0));
    batch.upsert(long);
    assert!(writer.apply(batch).unwrap_err().to_string().contains("at most 1024"));
    for wrong in ["", "*", "a\u{1f}b", "a\nb", &"x".repeat(129)] {
        assert_eq!(Tenant::new(wrong).unwrap_err().kind(), ErrorKind::InvalidArgument, "{wrong:?}");
    }
    let without = Collection::create_on(Arc::new(MemoryBackend::new()), &schema(false)).unwrap();
    let error = without.snapshot().unwrap().of_tenant(&tenant(0)).err().unwrap();
    assert!(error.to_string().contains("has no tenants"), "{error}");
    let mut batch = Batch::of_tenant(tenant(0));
    batch.upsert(document(1, 2));
    let error = without.writer().unwrap().apply(batch).unwrap_err();
    assert!(error.to_string().contains("has no tenants"), "{error}");
}

#[test]
fn a_schema_with_tenants_comes_back_and_says_its_version() {
    let bytes = schema(true).to_bytes().unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("\"version\":7"));
    assert_eq!(Schema::from_bytes(&bytes).unwrap(), schema(true));
    let both = schema(true).to_bytes_without_vectors().unwrap();
    assert!(Schema::says_vectorless(&both) && !Schema::says_vectorless(&bytes));
    assert_eq!(Schema::from_bytes(&both).unwrap(), schema(true));
}

#[test]
fn a_collection_with_tenants_is_calibrated_as_one() {
    let collection = Collection::create_on(Arc::new(MemoryBackend::new()), &schema(true)).unwrap();
    let writer = collection.writer().unwrap();
    for at in 0..3 {
        let mut batch = Batch::of_tenant(tenant(at));
        (0..100).for_each(|key| _ = batch.upsert(document(key, at as u16)));
        writer.apply(batch).unwrap();
    }
    let num_documents = |calibration: &crate::Calibration| calibration.classes[0].num_documents;
    let tuned = writer.tune(&[]).unwrap();
    let own = writer.snapshot().of_tenant(&tenant(1)).unwrap();
    assert_eq!(num_documents(&tuned), num_documents(&own.calibrate(&[]).unwrap()));
    assert!(num_documents(&tuned) > 200, "{}", num_documents(&tuned));
    // A writer that is closed calibrates the fused score.
    writer.close().unwrap();
    let snapshot = collection.snapshot().unwrap();
    let own = snapshot.of_tenant(&tenant(1)).unwrap();
    assert_eq!(own.info().unwrap(), snapshot.info().unwrap());
    assert!(own.calibration().unwrap().is_some() && own.hybrid_calibration().unwrap().is_some());
    let (mut generator, params) = (Seed(3).generator(), SearchParams { k: 500, ..SearchParams::default() });
    let answer = own.search(&Query::new(vectors(&mut generator)), &params).unwrap();
    assert!(answer.hits.len() as u64 == answer.num_matched && answer.num_matched < 100);
}
