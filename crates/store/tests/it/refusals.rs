//! Refusals: what cannot be stored or read is refused, says why, and leaves everything as it was.

use crate::common::{Model, check, delete, layout, upsert};
use pleiad_store::testing::FaultyBackend;
use pleiad_store::{
    Column, Layout, MAX_KEY_BYTES, Operation, Options, PartId, Store, StoreError, StoreWriter,
};
use std::sync::Arc;

fn open(folder: &FaultyBackend) -> StoreWriter {
    StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap()
}

#[test]
fn a_refused_batch_writes_nothing_and_the_writer_goes_on() {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder), Model::default());
    let good = [upsert("a", 1, 10), upsert("b", 1, 0)];
    assert_eq!(writer.commit(&good).unwrap(), model.commit(&good));
    let attempts = folder.num_attempts();
    let short = Operation::Upsert { key: "c".into(), columns: vec![vec![1; 5], vec![]] };
    let wide = Operation::Upsert { key: "c".into(), columns: vec![vec![1; 6], vec![], vec![0; 16]] };
    let cases = [
        (short, "has 2 columns, the layout has 3"),
        (wide, "column \"codes\" has 6 bytes, the layout says 5"),
        (delete(""), "key"),
        (delete(&"x".repeat(MAX_KEY_BYTES + 1)), "1025"),
    ];
    for (bad, reason) in cases {
        let error = writer.commit(&[upsert("a", 2, 3), bad]).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    for nothing in [&[][..], &[delete("never there")]] {
        assert_eq!(writer.commit(nothing).unwrap(), model.commit(nothing));
    }
    assert_eq!(folder.num_attempts(), attempts, "something was written");
    check(&writer.view(), &model);
    let longest = [upsert(&"é".repeat(MAX_KEY_BYTES / 2), 1, 1)];
    assert_eq!(writer.commit(&longest).unwrap(), model.commit(&longest));
    writer.flush().unwrap();
    check(&writer.view(), &model);
}

#[test]
fn rows_and_columns_that_do_not_exist_are_refused() {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    let mut writer = open(&folder);
    writer.commit(&[upsert("a", 1, 10), upsert("b", 1, 0)]).unwrap();
    for _ in 0..2 {
        let view = writer.view();
        let part = &view.parts()[0];
        let refused = [
            part.id(2).map(drop),
            part.key(2).map(drop),
            part.column(0, 2).map(drop),
            part.column(3, 0).map(drop),
            part.fixed_rows(0, 0..3).map(drop),
            part.fixed_rows(3, 0..1).map(drop),
            part.fixed_rows(0, std::ops::Range { start: 2, end: 1 }).map(drop),
        ];
        for result in refused {
            assert!(matches!(result, Err(StoreError::OutOfRange { .. })), "{result:?} of {}", part.name());
        }
        let varying = part.fixed_rows(1, 0..1).unwrap_err();
        assert!(matches!(&varying, StoreError::NotFixed { column } if column == "text"), "{varying}");
        assert!(part.fixed_rows(0, 2..2).unwrap().is_empty());
        writer.flush().unwrap();
    }
}

#[test]
fn layouts_at_the_limits_are_stored() {
    let columns: Vec<Column> = (0..256)
        .map(|at| Column { name: format!("{at:0>255}"), width: (at % 2 == 0).then_some(1 + at) })
        .collect();
    let folder = FaultyBackend::new();
    let wide = Layout::new(columns, vec![7; 64 << 10]).unwrap();
    Store::create(&folder, wide.clone()).unwrap();
    let values = wide.columns().iter().map(|column| vec![3; column.width.unwrap_or(70) as usize]);
    let document = Operation::Upsert { key: "k".into(), columns: values.collect() };
    let mut writer = open(&folder);
    writer.commit(std::slice::from_ref(&document)).unwrap();
    writer.flush().unwrap();
    writer.close().unwrap();
    let view = Store::open(Arc::new(folder)).unwrap().view().unwrap();
    assert_eq!(view.layout(), &wide);
    let stats = view.stats();
    for (at, column) in wide.columns().iter().enumerate() {
        let expected = column.width.unwrap_or(70);
        assert_eq!(view.parts()[0].column(at, 0).unwrap(), vec![3; expected as usize]);
        // A varying column has two offsets, padded to 64 bytes.
        let stored = u64::from(expected) + if column.width.is_none() { 64 } else { 0 };
        assert_eq!(
            (stats.columns[at].name.as_str(), stats.columns[at].segment_bytes),
            (column.name.as_str(), stored)
        );
    }
    assert_eq!(stats.num_segments, 1);
}

#[test]
fn names_ranges_and_segments_that_do_not_exist_are_refused() {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    let mut writer = open(&folder);
    writer.commit(&[upsert("a", 1, 10)]).unwrap();
    let batch = writer.view().parts()[0].part_id();
    let attempts = folder.num_attempts();
    for name in ["", &"x".repeat(256)] {
        for result in [writer.set_assets(&[("good", None), (name, None)]), writer.attach(batch, name, b"")] {
            assert!(matches!(result, Err(StoreError::Limit { .. })), "{result:?} of {name:?}");
        }
    }
    for part in [batch, PartId::Segment(77)] {
        for result in [writer.attach(part, "graph", b"g"), writer.detach(part, "graph")] {
            assert!(matches!(result, Err(StoreError::NoSegment { .. })), "{result:?} of {part:?}");
        }
    }
    assert_eq!(folder.num_attempts(), attempts, "something was written");
    writer.set_assets(&[("a", Some(vec![1; 100]))]).unwrap();
    let view = writer.view();
    let asset = view.asset("a").unwrap();
    assert_eq!((asset.len(), asset.slice(98..100).unwrap(), asset.is_empty()), (100, &[1, 1][..], false));
    let refused = asset.slice(99..101).unwrap_err();
    assert!(matches!(&refused, StoreError::OutOfRange { found: 101, limit: 100, .. }), "{refused}");
    assert!(view.asset("b").is_none() && view.parts()[0].attachment("a").is_none());
    // Header and content, the same again, checksums of pieces, two footers; and all of that twice.
    assert_eq!(view.stats().asset_bytes, 2 * (192 + 192 + 64 + 2 * 8));
}
