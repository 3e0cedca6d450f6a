use super::{Repair, RepairEvent, judge};
use crate::Result;
use crate::blob::{self, BlobRecord, Owner};
use crate::manifest::Manifest;

impl Repair<'_> {
    /// Takes the assets and attachments that cannot be read out of the manifest. Those of which every byte is known again
    /// stay.
    pub(super) fn blobs(&mut self, manifest: &mut Manifest) -> Result<()> {
        self.keep_readable(Owner::Collection, &mut manifest.assets)?;
        for segment in &mut manifest.segments {
            self.keep_readable(Owner::Segment, &mut segment.attachments)?;
        }
        Ok(())
    }

    fn keep_readable(&mut self, owner: Owner, records: &mut Vec<BlobRecord>) -> Result<()> {
        for record in std::mem::take(records) {
            let (file, name) = (owner.file_name(record.file.number), record.name.clone());
            if self.is_readable(owner, &record)? {
                records.push(record);
                continue;
            }
            self.is_damaged(&file);
            self.report(match owner {
                Owner::Collection => RepairEvent::LostAsset { file, name },
                Owner::Segment => RepairEvent::LostAttachment { file, name },
            });
        }
        Ok(())
    }

    /// Whether named bytes are sound, or will be once files are put right.
    pub(super) fn is_readable(&mut self, owner: Owner, record: &BlobRecord) -> Result<bool> {
        let file = owner.file_name(record.file.number);
        if judge(blob::open(self.backend, owner, record).and_then(|blob| blob.compare_all()))?.is_ok() {
            return Ok(true);
        }
        let Some((sealed, true)) = self.salvaged_file(&record.file, &file, owner.kind())? else {
            return Ok(false);
        };
        let is_sound = blob::read(sealed, &file).and_then(|blob| blob.compare_all()).is_ok();
        if is_sound {
            self.is_changed |= self.is_of_collection;
        } else {
            self.mends.remove(&file);
        }
        Ok(is_sound)
    }
}
