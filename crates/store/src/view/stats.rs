use super::{PartId, State};
use crate::rows::{FIRST_COLUMN, Section};

/// Bytes of one column in all segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnStats {
    /// The column's name.
    pub name: String,
    /// Bytes of its values and, where rows vary, of their offsets; deleted rows included.
    pub segment_bytes: u64,
}

/// The bytes of a collection by their use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Live documents.
    pub num_documents: u64,
    /// Segments.
    pub num_segments: u64,
    /// Batches that are only in the log.
    pub num_batches: u64,
    /// Rows of segments and batches that are no longer live.
    pub num_deleted_rows: u64,
    /// All segment files.
    pub segment_bytes: u64,
    /// Bytes among these of values by column, in layout order.
    pub columns: Vec<ColumnStats>,
    /// Bytes among these of keys, their order, and ids.
    pub key_bytes: u64,
    /// The log.
    pub log_bytes: u64,
    /// The manifest.
    pub manifest_bytes: u64,
    /// All assets.
    pub asset_bytes: u64,
    /// All attachments of segments.
    pub attachment_bytes: u64,
}

fn section_bytes(section: &Section) -> u64 {
    (section.data_at - section.offsets_at + section.data_bytes) as u64
}

impl Stats {
    pub(crate) fn of(state: &State) -> Self {
        let columns = state.layout.columns().iter();
        let mut stats = Self {
            num_documents: state.num_documents,
            num_segments: 0,
            num_batches: state.num_batches,
            num_deleted_rows: 0,
            segment_bytes: 0,
            columns: columns
                .map(|column| ColumnStats { name: column.name.clone(), segment_bytes: 0 })
                .collect(),
            key_bytes: 0,
            log_bytes: state.log_bytes,
            manifest_bytes: state.manifest_bytes,
            asset_bytes: state.assets.file_bytes(),
            attachment_bytes: 0,
        };
        for part in &state.parts {
            stats.num_deleted_rows += part.deleted().len();
            stats.attachment_bytes += part.attachments().file_bytes();
            if matches!(part.part_id(), PartId::Segment(_)) {
                stats.num_segments += 1;
                stats.segment_bytes += part.file_bytes();
                stats.add_sections(part.rows().sections());
            }
        }
        stats
    }

    /// Bytes of all files.
    pub fn total_bytes(&self) -> u64 {
        let blobs = self.asset_bytes + self.attachment_bytes;
        self.segment_bytes + blobs + self.log_bytes + self.manifest_bytes
    }

    fn add_sections(&mut self, sections: &[Section]) {
        let (own, columns) = sections.split_at(FIRST_COLUMN);
        self.key_bytes += own.iter().map(section_bytes).sum::<u64>();
        for (column, section) in self.columns.iter_mut().zip(columns) {
            column.segment_bytes += section_bytes(section);
        }
    }
}
