use super::{LostSegment, Repair, judge};
use crate::header::Kind;
use crate::manifest::{MAX_COUNTER, Manifest, SegmentRecord};
use crate::rows::Rows;
use crate::verify::{check_part, check_rows};
use crate::view::{PartId, PartView};
use crate::{Result, RoaringBitmap, StoreError, segment};
use std::sync::Arc;

impl Repair<'_> {
    /// The segments of which at least some rows can be read.
    pub(super) fn segments(&mut self, manifest: &Manifest, mut next_id: u64) -> Result<Vec<PartView>> {
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
            match judge(sound)? {
                Ok(part) => parts.push(part),
                Err(error) => {
                    let rows = self.salvaged_segment(record, &widths, &error, &mut next_id)?;
                    parts.extend(rows.map(part));
                }
            }
        }
        parts.sort_by_key(PartView::part_id);
        Ok(parts)
    }

    /// The rows of a damaged segment, or nothing when no row can be found.
    fn salvaged_segment(
        &mut self,
        record: &SegmentRecord,
        widths: &[Option<u32>],
        error: &StoreError,
        next_id: &mut u64,
    ) -> Result<Option<Rows>> {
        let file = segment::file_name(record.file.number);
        self.is_changed = true;
        if let Some((opened, is_whole)) = self.salvaged_file(&record.file, &file, Kind::Segment)?
            && let Ok(rows) = judge(segment::read(opened, &file, record, widths))?
        {
            if is_whole && check_rows(&rows).is_ok() {
                return Ok(Some(rows));
            }
            self.mends.remove(&file);
            self.is_damaged(&file);
            return Ok(Some(self.with_ids(rows, &file, next_id)));
        }
        self.mends.remove(&file);
        self.is_damaged(&file);
        self.lost.push(LostSegment {
            number: record.file.number,
            num_rows: record.num_rows,
            deleted: RoaringBitmap::clone(&record.deleted),
            why: error.to_string(),
        });
        Ok(None)
    }

    /// Gives rows whose ids cannot be read new ones: they are a column like the others, and nobody outside knows them.
    fn with_ids(&mut self, rows: Rows, file: &str, next_id: &mut u64) -> Rows {
        let mut num_lost = 0u64;
        let mut ids = Vec::with_capacity(rows.num_rows() as usize);
        for row in 0..rows.num_rows() {
            ids.push(match rows.id(row) {
                Ok(id) if id <= MAX_COUNTER => id.to_le_bytes(),
                _ => {
                    num_lost += 1;
                    *next_id += 1;
                    (*next_id - 1).to_le_bytes()
                }
            });
        }
        if num_lost == 0 {
            return rows;
        }
        self.restored(file, format!("the ids of {num_lost} rows are lost: these rows have new ones"));
        rows.with_ids(ids)
    }
}
