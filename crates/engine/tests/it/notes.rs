use pleiad::{Collection, Schema};

#[test]
fn notes_are_kept_replaced_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::create(folder.path().join("c"), &Schema::new(4)).unwrap();
    let writer = collection.writer().unwrap();
    let before = writer.snapshot();
    writer.set_note("model", Some(b"here")).unwrap();
    assert_eq!(before.note("model").unwrap(), None, "a snapshot never changes");
    assert_eq!(writer.snapshot().note("model").unwrap().as_deref(), Some(&b"here"[..]));
    writer.set_note("model", Some(b"there")).unwrap();
    writer.close().unwrap();
    let opened = Collection::open(folder.path().join("c")).unwrap();
    assert_eq!(opened.snapshot().unwrap().note("model").unwrap().as_deref(), Some(&b"there"[..]));
    assert!(opened.verify(&mut |_, _| {}).unwrap().is_clean());
    let writer = opened.writer().unwrap();
    writer.set_note("model", None).unwrap();
    assert_eq!(writer.snapshot().note("model").unwrap(), None);
    assert!(writer.set_note(&"x".repeat(300), Some(b"")).is_err());
}
