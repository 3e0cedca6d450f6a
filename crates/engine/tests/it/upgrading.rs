//! Collections of older releases, as they left them in `tests/fixtures`.

use crate::support::scratch;
use pleiad::{Batch, Collection, DocKey, ErrorKind, Upgraded};
use std::fs;
use std::path::Path;

fn copy(version: &str, path: &Path) {
    fs::create_dir_all(path).unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(version);
    for entry in fs::read_dir(fixture).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), path.join(entry.file_name())).unwrap();
    }
}

fn keys(collection: &Collection) -> Vec<String> {
    let snapshot = collection.snapshot().unwrap();
    let mut keys: Vec<_> =
        snapshot.documents().map(|document| document.unwrap().key.as_str().to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn version_1_is_read_as_it_is_and_written_after_an_upgrade() {
    let (_folder, path) = scratch();
    copy("version-1", &path);
    let collection = Collection::open(&path).unwrap();
    assert_eq!(keys(&collection), ["grep", "tar"]);
    assert!(collection.verify(&mut |_, _| {}).unwrap().is_clean());
    let refused = collection.writer().err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("pleiad upgrade"), "{refused}");
    assert_eq!(Collection::upgrade(&path).unwrap(), Upgraded { from: 1, to: 2 });
    assert_eq!(Collection::upgrade(&path).unwrap(), Upgraded { from: 2, to: 2 });
    let mut batch = Batch::new();
    batch.delete(DocKey::new("tar").unwrap());
    let writer = collection.writer().unwrap();
    assert_eq!(writer.apply(batch).unwrap().num_deleted, 1);
    writer.close().unwrap();
    assert_eq!(keys(&collection), ["grep"]);
    let text = collection.snapshot().unwrap().get("grep").unwrap().unwrap().text.unwrap();
    assert!(text.starts_with("grep searches files"), "{text}");
}
