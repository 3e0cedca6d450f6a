use crate::{Layout, Result, StoreError};
use pleiad_vectors::MAX_KEY_BYTES;

/// One change of a batch. Of several on one key in the same batch only the last counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Adds the document, or replaces the one that has this key and keeps its id.
    Upsert {
        /// The document's key: 1 to [`MAX_KEY_BYTES`] bytes.
        key: String,
        /// Its bytes, one value per column in layout order.
        columns: Vec<Vec<u8>>,
    },
    /// Removes the document with this key, if there is one.
    Delete {
        /// The document's key.
        key: String,
    },
}

/// The effect of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Commit {
    /// Number of the batch: 1 for the first of a collection, then one more for each batch that changed something.
    /// A batch that changes nothing writes nothing and has the number of the one before it.
    pub sequence: u64,
    /// Documents that the batch added or replaced.
    pub num_upserted: u64,
    /// Documents among these that replaced an earlier one.
    pub num_replaced: u64,
    /// Documents that the batch removed.
    pub num_deleted: u64,
    /// Deletes of keys that no document had.
    pub num_unknown: u64,
}

impl Operation {
    /// The key that it is about.
    pub fn key(&self) -> &str {
        match self {
            Self::Upsert { key, .. } | Self::Delete { key } => key,
        }
    }

    pub(crate) fn check(&self, layout: &Layout) -> Result<()> {
        let key_bytes = self.key().len();
        if key_bytes == 0 || key_bytes > MAX_KEY_BYTES {
            let (found, limit) = (key_bytes as u64, MAX_KEY_BYTES as u64);
            return Err(StoreError::Limit { what: "a key (in bytes, at least 1)", found, limit });
        }
        let Self::Upsert { key, columns } = self else { return Ok(()) };
        let expected = layout.columns().len();
        if columns.len() != expected {
            return Err(StoreError::ColumnCount { key: key.clone(), found: columns.len(), expected });
        }
        for (value, column) in columns.iter().zip(layout.columns()) {
            if let Some(expected) = column.width
                && value.len() != expected as usize
            {
                let (key, column, found) = (key.clone(), column.name.clone(), value.len());
                return Err(StoreError::ColumnWidth { key, column, found, expected });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    #[test]
    fn documents_are_checked_against_the_layout() {
        let columns =
            vec![Column { name: "a".into(), width: Some(2) }, Column { name: "b".into(), width: None }];
        let layout = Layout::new(columns, vec![]).unwrap();
        let upsert = |key: &str, columns: &[&[u8]]| {
            let columns = columns.iter().map(|value| value.to_vec()).collect();
            Operation::Upsert { key: key.into(), columns }.check(&layout)
        };
        assert!(upsert("k", &[b"xy", b""]).is_ok());
        assert!(matches!(upsert("k", &[b"xy"]), Err(StoreError::ColumnCount { found: 1, expected: 2, .. })));
        assert!(matches!(
            upsert("k", &[b"x", b""]),
            Err(StoreError::ColumnWidth { found: 1, expected: 2, .. })
        ));
        assert!(matches!(upsert("", &[b"xy", b""]), Err(StoreError::Limit { found: 0, .. })));
        assert!(matches!(
            upsert(&"x".repeat(1025), &[b"xy", b""]),
            Err(StoreError::Limit { found: 1025, .. })
        ));
        assert!(Operation::Delete { key: "x".repeat(1024) }.check(&layout).is_ok());
    }
}
