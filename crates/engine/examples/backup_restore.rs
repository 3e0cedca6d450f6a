//! A backup of one consistent state to a folder, incremental from the second one on, and a restore that checks every byte.
//!
//! `cargo run -p pleiad --example backup_restore`

use pleiad::{Batch, Collection, Document, MultiVector, Schema};
use pleiad_backup::{Check, FolderDestination, backup, restore};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn add(collection: &Collection, keys: std::ops::Range<u32>) -> Result<()> {
    let writer = collection.writer()?;
    let mut batch = Batch::new();
    for key in keys {
        let vectors = MultiVector::new(vec![1.0, key as f32, 0.5, -1.0], 4)?;
        batch.upsert(Document::new(format!("d{key}"), vectors)?);
    }
    writer.apply(batch)?;
    writer.close()?;
    Ok(())
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (path, copies) = (folder.path().join("collection"), folder.path().join("copies"));
    let collection = Collection::create(&path, &Schema::new(4))?;
    let destination = FolderDestination::new(&copies);
    add(&collection, 0..100)?;
    let first = backup(&path, &destination, Check::All, &mut |_, _| {})?;
    add(&collection, 100..120)?;
    let second = backup(&path, &destination, Check::All, &mut |_, _| {})?;
    println!("{} new files, then {}", first.num_new_files, second.num_new_files);

    // The disk is lost. Everything is checked before the copy takes the collection's place.
    drop(collection);
    std::fs::remove_dir_all(&path)?;
    restore(&destination, None, &path, false, &mut |_, _| {})?;
    let restored = Collection::open(&path)?;
    assert_eq!(restored.snapshot()?.num_documents(), 120);
    assert!(restored.verify(&mut |_, _| {})?.is_clean());
    println!("{} documents are back", restored.snapshot()?.num_documents());
    Ok(())
}

#[test]
fn it_runs() -> Result<()> {
    main()
}
