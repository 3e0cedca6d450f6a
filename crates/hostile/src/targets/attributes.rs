//! The index of attributes.

use pleiad_index::attributes::{
    AttributeValue, Attributes, AttributesBuilder, AttributesError, Number, RowSet,
};
use std::ops::Bound;

/// Rows whose lists are of both kinds.
const NUM_ROWS: u32 = 300;

pub(super) fn indexes() -> Vec<Vec<u8>> {
    let built = |num_rows: u32| {
        let mut builder = AttributesBuilder::default();
        for at in 0..num_rows {
            builder.next_row().expect("few rows");
            let path = builder.path(AttributesBuilder::ROOT, "year").expect("few paths");
            builder.push_existing(path, true);
            builder.push_value(path, AttributeValue::Number(Number::of_integer(i64::from(at % 7))));
            let below = builder.path(path, "name").expect("few paths");
            builder.push_existing(below, at % 3 > 0);
            match at % 5 {
                0 => builder.push_null(below),
                1 => builder.push_value(below, AttributeValue::Time(i64::from(at))),
                2 => builder.push_value(below, AttributeValue::Bool(at % 2 == 0)),
                3 => drop(
                    Number::of_float(f64::from(at) / 3.0)
                        .map(|number| builder.push_value(below, AttributeValue::Number(number))),
                ),
                _ => builder.push_value(below, AttributeValue::Text(&format!("text {at}"))),
            }
        }
        builder.finish().expect("few values")
    };
    [0, 3, NUM_ROWS].map(built).into()
}

pub(super) fn attributes(bytes: &[u8]) {
    let Ok(attributes) = Attributes::read(bytes) else { return };
    for path in attributes.paths() {
        assert!(attributes.path(path.names()).is_some());
        // Damaged values or rows are an error, and tell nothing of the others.
        let checked = |last: Result<Option<u32>, AttributesError>| {
            if let Ok(Some(last)) = last {
                assert!(last < attributes.num_rows(), "row {last} of {}", attributes.num_rows());
            }
        };
        for set in
            [RowSet::Existing, RowSet::Null, RowSet::Filled, RowSet::True, RowSet::Number, RowSet::Time]
        {
            checked(path.rows(set).map(|rows| rows.max()));
        }
        let number = Number::of_integer(3);
        checked(path.numbers_between(Bound::Included(number), Bound::Unbounded).map(|rows| rows.max()));
        checked(path.numbers_between(Bound::Unbounded, Bound::Excluded(number)).map(|rows| rows.max()));
        checked(path.times_between(Bound::Unbounded, Bound::Unbounded).map(|rows| rows.max()));
        checked(path.equal(AttributeValue::Text("text 14")).map(|(rows, _)| rows.max()));
        checked(path.with_prefix("text").map(|(rows, _)| rows.max()));
    }
}
