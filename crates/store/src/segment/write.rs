use super::file_name;
use crate::Result;
use crate::backend::Backend;
use crate::checksummed::ChecksummedWriter;
use crate::header::Kind;
use crate::manifest::SegmentRecord;
use crate::rows::{Encoder, RowSource, Rows};
use crate::view::PartView;

/// The live rows of some parts: one part after another, or all in the order of their keys.
pub(crate) struct Copied<'a> {
    parts: Vec<&'a PartView>,
    /// Position in `parts`, and row.
    rows: Vec<(u32, u32)>,
}

impl<'a> Copied<'a> {
    /// Takes the live rows of some parts, in the order of their keys if that is asked for.
    ///
    /// # Errors
    /// `Corrupt` when a key that had to be read cannot be.
    pub(crate) fn new(parts: Vec<&'a PartView>, has_key_order: bool) -> Result<Self> {
        let mut rows = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let live = (0..part.num_rows()).filter(|&row| !part.is_deleted(row));
            rows.extend(live.map(|row| (at as u32, row)));
        }
        let copied = Self { parts, rows };
        if has_key_order { copied.in_key_order() } else { Ok(copied) }
    }

    /// The same in the order of their keys. Cost: every key is read; memory for 32 bytes a row.
    fn in_key_order(self) -> Result<Self> {
        let Self { parts, rows } = self;
        let with_key = |(part, row): (u32, u32)| Ok((parts[part as usize].rows().key(row)?, (part, row)));
        let mut keyed = rows.into_iter().map(with_key).collect::<Result<Vec<_>>>()?;
        // Each part is in order already, or nearly.
        keyed.sort();
        let rows = keyed.into_iter().map(|(_, row)| row).collect();
        Ok(Self { parts, rows })
    }
}

impl RowSource for Copied<'_> {
    fn num_rows(&self) -> usize {
        self.rows.len()
    }

    fn cell(&self, section: usize, row: usize) -> Result<&[u8]> {
        let (part, row) = self.rows[row];
        self.parts[part as usize].rows().cell(section, row)
    }
}

/// Opens a segment that was just written and compares every block with its checksum: what does not come back as it was
/// written must not take the place of anything. Searches then find its blocks compared and its pages mapped, so that
/// none is slow because it is the first.
///
/// Cost: one pass over its bytes, which the system still holds.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) when something else came back, or `Io`.
pub(crate) fn read_back(
    backend: &dyn Backend,
    record: &SegmentRecord,
    widths: &[Option<u32>],
) -> Result<Rows> {
    let rows = super::open(backend, record, widths)?;
    rows.compare_all()?;
    Ok(rows)
}

/// Writes a segment and makes its bytes durable; its name becomes so with the folder's next sync.
///
/// Cost: every live row is read and written once; memory for one block and about 40 bytes per row.
pub(crate) fn write(
    backend: &dyn Backend,
    number: u64,
    source: &dyn RowSource,
    widths: &[Option<u32>],
) -> Result<SegmentRecord> {
    let encoder = Encoder::new(source, widths)?;
    let rows_bytes = encoder.shape().total_bytes() as u64;
    let mut file = ChecksummedWriter::create(backend, file_name(number), Kind::Segment, number, rows_bytes)?;
    encoder.write(&mut |bytes| file.write(bytes))?;
    let deleted = roaring::RoaringBitmap::new().into();
    let num_rows = encoder.shape().num_rows();
    Ok(SegmentRecord { file: file.finish()?, num_rows, deleted, attachments: Vec::new() })
}
