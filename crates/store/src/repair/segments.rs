use super::{LostSegment, Repair, bit};
use crate::backend::AlignedBytes;
use crate::header::Kind;
use crate::manifest::{Manifest, SegmentRecord};
use crate::rows::Rows;
use crate::sealed::{BLOCK_BYTES, Blocks, Sealed, SealedFile, covered_bytes};
use crate::verify::check_part;
use crate::view::{PartId, PartView};
use crate::{Result, RoaringBitmap, StoreError, segment};
use std::sync::Arc;

impl Repair<'_> {
    /// The segments of which at least some rows can be read.
    pub(super) fn segments(&mut self, manifest: &Manifest) -> Result<Vec<PartView>> {
        let widths = manifest.layout.widths();
        let mut parts = Vec::new();
        for record in &manifest.segments {
            let part = |rows: Rows| {
                let id = PartId::Segment(record.file.number);
                let deleted = Arc::clone(&record.deleted);
                PartView::new(id, Arc::new(rows), deleted, &manifest.layout, record.file.file_bytes)
            };
            let sound = segment::open(self.backend, record, &widths)
                .map(part)
                .and_then(|part| check_part(&part).map(|()| part));
            match sound {
                Ok(part) => parts.push(part),
                Err(error) => parts.extend(self.salvaged(record, &widths, &error)?.map(part)),
            }
        }
        parts.sort_by_key(PartView::part_id);
        Ok(parts)
    }

    /// The rows of a damaged segment, or nothing when no row can be found.
    fn salvaged(
        &mut self,
        record: &SegmentRecord,
        widths: &[Option<u32>],
        error: &StoreError,
    ) -> Result<Option<Rows>> {
        let file = segment::file_name(record.file.number);
        self.damaged.insert(file.clone());
        let rows = self
            .put_back_blocks(&record.file, &file, Kind::Segment)
            .and_then(|sealed| segment::read(sealed, record, widths).ok());
        if rows.is_none() {
            self.lost.push(LostSegment {
                number: record.file.number,
                num_rows: record.num_rows,
                deleted: RoaringBitmap::clone(&record.deleted),
                why: error.to_string(),
            });
        }
        Ok(rows)
    }

    /// The file with its footer put right, if it can be, and with single bits of its blocks put back.
    pub(super) fn put_back_blocks(&mut self, record: &SealedFile, file: &str, kind: Kind) -> Option<Sealed> {
        let Ok(found) = self.backend.map(file) else { return None };
        let length = usize::try_from(record.file_bytes).ok()?;
        let covered = covered_bytes(length)?;
        let mut bytes = AlignedBytes::with_capacity(length);
        bytes.append(found.get(..length)?);
        if found.len() > length {
            self.restored(file, format!("{} bytes stood behind its end", found.len() - length));
        }
        let sums = self.footer(&bytes, covered, record.footer_crc, file)?;
        let blocks = bytes.as_mut_slice()[..covered].chunks_mut(BLOCK_BYTES);
        for ((number, block), sum) in blocks.enumerate().zip(sums.as_chunks().0) {
            let sum = u32::from_le_bytes(*sum);
            if crc32fast::hash(block) != sum
                && let Some(at) = bit::put_back(block, sum)
            {
                self.restored(file, format!("one bit of byte {} had changed", number * BLOCK_BYTES + at));
            }
        }
        Sealed::of(bytes.into(), covered, Blocks::new(&sums), (file, kind), record.number).ok()
    }

    /// The checksums of the blocks: as they stand, or made anew where that gives what the manifest knows.
    fn footer(&mut self, bytes: &[u8], covered: usize, footer_crc: u32, file: &str) -> Option<Vec<u8>> {
        let mut sums = bytes.get(covered..bytes.len().checked_sub(4)?)?.to_vec();
        if crc32fast::hash(&sums) == footer_crc {
            if bytes[bytes.len() - 4..] != footer_crc.to_le_bytes() {
                self.restored(file, "the checksum of its footer was wrong, the footer was not");
            }
            return Some(sums);
        }
        let blocks = bytes[..covered].chunks(BLOCK_BYTES);
        let anew: Vec<u8> = blocks.flat_map(|block| crc32fast::hash(block).to_le_bytes()).collect();
        if crc32fast::hash(&anew) == footer_crc {
            self.restored(file, "its footer was wrong, the rows were not");
            return Some(anew);
        }
        let at = bit::put_back(&mut sums, footer_crc)?;
        self.restored(file, format!("one bit of byte {} had changed", covered + at));
        Some(sums)
    }
}
