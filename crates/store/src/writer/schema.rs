use super::store_writer::StoreWriter;
use crate::{Layout, Result};
use std::sync::Arc;

impl StoreWriter {
    /// Replaces the caller's own description of the documents, whose columns stay what they are: in one new manifest. When
    /// this returns, that is durable. Views taken before keep the one that they have.
    ///
    /// # Errors
    /// [`StoreError::Layout`](crate::StoreError::Layout) for a schema that is too large: nothing is changed.
    /// [`StoreError::Io`](crate::StoreError::Io) when a write fails and [`StoreError::Poisoned`](crate::StoreError::Poisoned)
    /// afterwards: after reopening the old one is there, or the new one.
    pub fn set_schema(&mut self, schema: Vec<u8>) -> Result<()> {
        self.check_usable()?;
        let layout = Layout::new(self.view.layout().columns().to_vec(), schema)?;
        self.durably(|writer| {
            let mut next = writer.next_manifest();
            next.layout = Arc::new(layout);
            writer.rewrite_manifest(next)
        })
    }
}
