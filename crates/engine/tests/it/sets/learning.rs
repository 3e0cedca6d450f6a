//! Sets that learn before they can encode, and sets that are calibrated.

use super::{SETS, document, schema, write};
use crate::support::{query, scratch};
use pleiad::{
    Collection, ErrorKind, LemurCode, LemurParams, Query, SearchParams, SetEncoding, TokenEncoding,
};

/// The same schema with a title that learns what it is encoded by.
fn learning() -> pleiad::Schema {
    let mut schema = schema();
    schema.sets[0].tokens = TokenEncoding::Int2 { centroids: Some(8) };
    schema.sets[0].encoding = SetEncoding::Lemur { params: LemurParams::new(16, 7), code: LemurCode::Int8 };
    schema
}

#[test]
fn a_set_learns_from_the_first_batch_that_has_it() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &learning()).unwrap();
    let writer = collection.writer().unwrap();
    write(&writer, (0..40).map(|number| document(&format!("d{number}"), (number, [true, false, false]))));
    writer.flush().unwrap();
    let title = writer.snapshot().of_set("title").unwrap();
    assert_eq!(title.search(&query(1, 2, 16), &SearchParams::default()).unwrap().hits, []);
    let mut few = pleiad::Batch::new();
    few.upsert(document("few", (1, [true, true, false])));
    let error = writer.apply(few).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().starts_with("set \"title\": a collection with LEMUR learns"), "{error}");
    write(&writer, (40..840).map(|number| document(&format!("d{number}"), (number, [true, true, true]))));
    let names = |writer: &pleiad::Writer| {
        let title = writer.snapshot().of_set("title").unwrap();
        title.search(&query(1, 2, 16), &SearchParams { k: 2000, ..Default::default() }).unwrap().hits.len()
    };
    assert_eq!(names(&writer), 800);
    writer.close().unwrap();
    let writer = Collection::open(&path).unwrap().writer().unwrap();
    write(
        &writer,
        [document("later", (900, [false, true, false])), document("d40", (41, [true, false, false]))],
    );
    assert_eq!(names(&writer), 800);
    writer.compact().unwrap();
    assert_eq!(names(&writer), 800);
    drop(writer);
    let found = Collection::open(&path).unwrap().verify_deep(&mut |_, _| {}).unwrap();
    assert!(found.is_clean(), "{found:?}");
}

#[test]
fn each_set_has_a_calibration_and_postings_of_its_own() {
    let (_folder, path) = scratch();
    let mut schema = schema();
    schema.sets[0].tokens = TokenEncoding::Int8;
    let collection = Collection::create(&path, &schema).unwrap();
    let writer = collection.writer().unwrap();
    // A third of the documents has a title.
    let has = |number: u64| [true, number.is_multiple_of(3), false];
    write(&writer, (0..3000).map(|number| document(&format!("d{number}"), (number, has(number)))));
    writer.flush().unwrap();
    let queries: Vec<Query> = (0..60).map(|seed| query(10_000 + seed, 6, 16)).collect();
    let calibration = writer.tune_set("title", &queries).unwrap();
    assert!(calibration.classes.iter().all(|class| class.num_documents == 1000), "{calibration:?}");
    let snapshot = writer.snapshot();
    let (body, title) = (snapshot.of_set("body").unwrap(), snapshot.of_set("title").unwrap());
    assert_eq!(title.calibration().unwrap().as_deref(), Some(&calibration));
    assert_eq!(body.calibration().unwrap(), None);
    let params = SearchParams { recall: Some(0.9), ..Default::default() };
    let plan = title.plan(&queries[0], &params).unwrap();
    assert_eq!((plan.num_documents, plan.promised_recall()), (1000, Some(0.9)), "{plan}");
    assert!(body.plan(&query(1, 6, 8), &params).unwrap().is_exact());
    // Where nothing is outgrown, closing calibrates the sets that are not, and leaves the others.
    writer.close().unwrap();
    let snapshot = collection.snapshot().unwrap();
    for (name, dim) in &SETS[..2] {
        let own = snapshot.of_set(name).unwrap();
        assert!(own.calibration().unwrap().is_some(), "{name}");
        let hits = own.search(&query(3, 6, *dim), &params).unwrap().hits;
        assert_eq!(hits.len(), 10);
    }
    assert_eq!(snapshot.of_set("title").unwrap().calibration().unwrap().as_deref(), Some(&calibration));
    assert_eq!(snapshot.of_set("tags_2").unwrap().calibration().unwrap(), None);
    let found = collection.verify(&mut |_, _| {}).unwrap();
    assert!(found.is_clean(), "{found:?}");
    let error = collection.writer().unwrap().tune_set("titel", &queries).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}
