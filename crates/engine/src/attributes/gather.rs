use super::damaged;
use crate::columns::{self, ATTRIBUTES};
use pleiad_filter::{AttributeVisitor, Scalar, visit_attributes};
use pleiad_index::attributes::{AttributeValue, AttributesBuilder, AttributesError, Number, PathId};
use pleiad_store::PartView;
use serde_json::{Map, Value};

/// Hears what documents have at their paths.
#[derive(Default)]
pub(super) struct Gathered(pub(super) AttributesBuilder);

impl Gathered {
    /// Adds the attributes of the next row.
    pub(super) fn push(&mut self, attributes: &Map<String, Value>) -> Result<(), AttributesError> {
        self.0.next_row()?;
        visit_attributes(attributes, AttributesBuilder::ROOT, self);
        Ok(())
    }
}

impl AttributeVisitor for Gathered {
    type Path = PathId;

    fn path(&mut self, above: PathId, name: &str) -> Option<PathId> {
        self.0.path(above, name)
    }

    fn existing(&mut self, path: PathId, is_filled: bool) {
        self.0.push_existing(path, is_filled);
    }

    fn null(&mut self, path: PathId) {
        self.0.push_null(path);
    }

    fn value(&mut self, path: PathId, value: Scalar<'_>) {
        if let Some(value) = indexed(value) {
            self.0.push_value(path, value);
        }
    }
}

/// A value as an index keeps it; nothing of a number that is not finite, which JSON does not have.
pub(super) fn indexed(value: Scalar<'_>) -> Option<AttributeValue<'_>> {
    Some(match value {
        Scalar::Bool(value) => AttributeValue::Bool(value),
        Scalar::Integer(value) => AttributeValue::Number(Number::of_integer(value)),
        Scalar::Float(value) => AttributeValue::Number(Number::of_float(value)?),
        Scalar::Text(text) => AttributeValue::Text(text),
        Scalar::Time(at) => AttributeValue::Time(at),
    })
}

/// The index of a segment's attributes, deleted rows included.
///
/// # Errors
/// `Corrupt` when the attributes of a row cannot be read.
pub(super) fn build(part: &PartView) -> crate::error::Result<Vec<u8>> {
    let mut gathered = Gathered::default();
    let impossible = |error| damaged(&part.name(), error);
    for row in 0..part.num_rows() {
        let place = || format!("{}, row {row}", part.name());
        let attributes = columns::decode_attributes(part.column(ATTRIBUTES, row)?, place)?;
        gathered.push(&attributes).map_err(impossible)?;
    }
    gathered.0.finish().map_err(impossible)
}
