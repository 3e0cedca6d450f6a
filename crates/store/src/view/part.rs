use crate::blob::Blobs;
use crate::names::PartId;
use crate::rows::{FIRST_COLUMN, Rows};
use crate::{Blob, Layout, Result, StoreError};
use roaring::RoaringBitmap;
use std::ops::Range;
use std::sync::Arc;

/// Documents that were written together: a segment, or one batch of the log. Rows never change or move; they
/// can only become deleted, and then only in later views.
#[derive(Debug, Clone)]
pub struct PartView {
    id: PartId,
    rows: Arc<Rows>,
    deleted: Arc<RoaringBitmap>,
    layout: Arc<Layout>,
    file_bytes: u64,
    attachments: Blobs,
}

impl PartView {
    pub(crate) fn new(
        id: PartId,
        rows: Arc<Rows>,
        deleted: Arc<RoaringBitmap>,
        layout: &Arc<Layout>,
        file_bytes: u64,
    ) -> Self {
        let attachments = Blobs::default();
        Self { id, rows, deleted, layout: Arc::clone(layout), file_bytes, attachments }
    }

    pub(crate) fn with_attachments(self, attachments: Blobs) -> Self {
        Self { attachments, ..self }
    }

    /// The identity of this part.
    pub fn part_id(&self) -> PartId {
        self.id
    }

    /// The file that holds it, for messages.
    pub fn name(&self) -> String {
        match self.id {
            PartId::Segment(_) => self.rows.file().to_owned(),
            PartId::Batch(sequence) => format!("{} (batch {sequence})", self.rows.file()),
        }
    }

    /// Number of rows, deleted ones included.
    pub fn num_rows(&self) -> u32 {
        self.rows.num_rows()
    }

    /// Number of rows that are not deleted.
    pub fn num_live_rows(&self) -> u32 {
        self.num_rows() - self.deleted.len() as u32
    }

    /// True if the document of a row was deleted or replaced.
    pub fn is_deleted(&self, row: u32) -> bool {
        self.deleted.contains(row)
    }

    /// All deleted rows.
    pub fn deleted(&self) -> &RoaringBitmap {
        &self.deleted
    }

    /// Bytes on disk: of the segment's file, or of the rows in the batch.
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// The attachment of this name; a batch of the log has none. Reading it says whether it is damaged.
    pub fn attachment(&self, name: &str) -> Option<&Arc<Blob>> {
        self.attachments.get(name)
    }

    /// The names of all attachments, ascending.
    #[cfg(any(test, feature = "testing"))]
    pub fn attachment_names(&self) -> impl Iterator<Item = &str> {
        self.attachments.names()
    }

    /// The document id of a row.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`], or [`StoreError::Corrupt`] for a damaged block.
    pub fn id(&self, row: u32) -> Result<u64> {
        self.check_row(row)?;
        self.rows.id(row)
    }

    /// The key of a row.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`], or [`StoreError::Corrupt`] for a damaged block.
    pub fn key(&self, row: u32) -> Result<&str> {
        self.check_row(row)?;
        self.rows.key(row)
    }

    /// The bytes of one row in one column, by its position in the layout. Cost: no copy; two reads for a column
    /// of varying rows.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`], or [`StoreError::Corrupt`] for a damaged block.
    pub fn column(&self, column: usize, row: u32) -> Result<&[u8]> {
        self.check_column(column)?;
        self.check_row(row)?;
        self.rows.cell(FIRST_COLUMN + column, row)
    }

    /// The bytes of consecutive rows in a column of fixed width: dense, `[rows.len(), width]`; row 0 starts at a
    /// multiple of 64 in memory. Cost: no copy.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`], [`StoreError::NotFixed`], or [`StoreError::Corrupt`] for a damaged block.
    pub fn fixed_rows(&self, column: usize, rows: Range<u32>) -> Result<&[u8]> {
        self.check_column(column)?;
        self.check_rows(rows.clone())?;
        let section = &self.rows.sections()[FIRST_COLUMN + column];
        let Some(width) = section.width else {
            return Err(StoreError::NotFixed { column: self.layout.columns()[column].name.clone() });
        };
        self.rows.fixed(section, width, rows)
    }

    /// The rows whose keys begin with some text, deleted ones among them. Cost: O(log rows) reads, and 4 bytes of each such row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged block.
    pub fn rows_with_prefix(&self, prefix: &str) -> Result<RoaringBitmap> {
        let places = self.rows.places_with_prefix(prefix)?;
        let mut rows = places.map(|place| self.rows.ordered(place)).collect::<Result<Vec<_>>>()?;
        rows.sort_unstable();
        Ok(rows.into_iter().collect())
    }

    /// The number of these rows, deleted ones among them. Cost: O(log rows) reads.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged block.
    pub fn num_rows_with_prefix(&self, prefix: &str) -> Result<u32> {
        self.rows.places_with_prefix(prefix).map(|places| places.end - places.start)
    }

    /// The first key that is not below this one, of deleted rows too. Cost: O(log rows) reads.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged block.
    pub fn first_key_from(&self, key: &str) -> Result<Option<&str>> {
        let place = self.rows.place_of(key)?;
        if place == self.num_rows() {
            return Ok(None);
        }
        self.rows.key(self.rows.ordered(place)?).map(Some)
    }

    /// The live row of a key in this part. Cost: O(log rows) reads.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged block.
    pub fn find(&self, key: &str) -> Result<Option<u32>> {
        Ok(self.rows.find(key)?.filter(|&row| !self.is_deleted(row)))
    }

    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(crate) fn attachments(&self) -> &Blobs {
        &self.attachments
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    pub(crate) fn shared_rows(&self) -> &Arc<Rows> {
        &self.rows
    }

    pub(crate) fn shared_deleted(&self) -> &Arc<RoaringBitmap> {
        &self.deleted
    }

    /// Marks a row as deleted in this copy; others that share the bitmap keep theirs. False if it was already.
    pub(crate) fn delete(&mut self, row: u32) -> bool {
        Arc::make_mut(&mut self.deleted).insert(row)
    }

    fn check_row(&self, row: u32) -> Result<()> {
        if row < self.num_rows() { Ok(()) } else { Err(self.out_of_range("row", u64::from(row))) }
    }

    fn check_rows(&self, rows: Range<u32>) -> Result<()> {
        if rows.start <= rows.end && rows.end <= self.num_rows() {
            return Ok(());
        }
        Err(self.out_of_range("row", u64::from(rows.end.max(rows.start))))
    }

    fn check_column(&self, column: usize) -> Result<()> {
        if column < self.layout.columns().len() {
            Ok(())
        } else {
            Err(self.out_of_range("column", column as u64))
        }
    }

    fn out_of_range(&self, what: &'static str, found: u64) -> StoreError {
        let limit = match what {
            "row" => u64::from(self.num_rows()),
            _ => self.layout.columns().len() as u64,
        };
        StoreError::OutOfRange { what, found, limit, file: self.name() }
    }
}
