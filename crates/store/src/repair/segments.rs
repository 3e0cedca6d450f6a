use super::{LostSegment, Repair, judge};
use crate::header::Kind;
use crate::manifest::{Manifest, SegmentRecord};
use crate::rows::Rows;
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
            match judge(sound)? {
                Ok(part) => parts.push(part),
                Err(error) => parts.extend(self.salvaged_segment(record, &widths, &error, part)?),
            }
        }
        parts.sort_by_key(PartView::part_id);
        Ok(parts)
    }

    /// A damaged segment, or nothing when no row can be found.
    fn salvaged_segment(
        &mut self,
        record: &SegmentRecord,
        widths: &[Option<u32>],
        error: &StoreError,
        part: impl Fn(Rows) -> PartView,
    ) -> Result<Option<PartView>> {
        let file = segment::file_name(record.file.number);
        let salvaged = self.salvaged_file(&record.file, &file, Kind::Segment)?;
        let (sealed, is_whole) = match salvaged {
            Some((sealed, is_whole)) => (Some(sealed), is_whole),
            None => (None, false),
        };
        let part = match sealed {
            Some(sealed) => judge(segment::read(sealed, &file, record, widths))?.map(part).ok(),
            None => None,
        };
        self.is_changed = true;
        if is_whole && part.as_ref().is_some_and(|part| check_part(part).is_ok()) {
            return Ok(part);
        }
        self.mends.remove(&file);
        self.is_damaged(&file);
        if part.is_none() {
            self.lost.push(LostSegment {
                number: record.file.number,
                num_rows: record.num_rows,
                deleted: RoaringBitmap::clone(&record.deleted),
                why: error.to_string(),
            });
        }
        Ok(part)
    }
}
