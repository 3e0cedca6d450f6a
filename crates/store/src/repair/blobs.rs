use super::{Mended, Repair};
use crate::blob::{self, Blob, BlobRecord, Owner};
use crate::manifest::Manifest;
use crate::{Result, StoreError};

impl Repair<'_> {
    /// Takes the assets and attachments that cannot be read out of the manifest, and writes those anew of which single
    /// bits could be put back.
    pub(super) fn blobs(&mut self, manifest: &mut Manifest) -> Result<()> {
        let mut assets = std::mem::take(&mut manifest.assets);
        self.keep_readable(manifest, Owner::Collection, &mut assets)?;
        manifest.assets = assets;
        for at in 0..manifest.segments.len() {
            let mut attachments = std::mem::take(&mut manifest.segments[at].attachments);
            self.keep_readable(manifest, Owner::Segment, &mut attachments)?;
            manifest.segments[at].attachments = attachments;
        }
        Ok(())
    }

    fn keep_readable(
        &mut self,
        manifest: &mut Manifest,
        owner: Owner,
        records: &mut Vec<BlobRecord>,
    ) -> Result<()> {
        for record in std::mem::take(records) {
            let (file, name) = (owner.file_name(record.file.number), record.name.clone());
            if blob::open(self.backend, owner, &record).and_then(|blob| blob.compare_all()).is_ok() {
                records.push(record);
            } else if let Some(blob) = self.put_back_blob(owner, &record, &file) {
                let content = blob.bytes()?;
                records.push(blob::write(self.backend, owner, manifest.take_number(), &name, content)?);
            } else {
                self.tell(match owner {
                    Owner::Collection => Mended::LostAsset { file, name },
                    Owner::Segment => Mended::LostAttachment { file, name },
                });
            }
        }
        Ok(())
    }

    /// The content, if all of it is as it was written once single bits are put back.
    fn put_back_blob(&mut self, owner: Owner, record: &BlobRecord, file: &str) -> Option<Blob> {
        let sealed = self.put_back_blocks(&record.file, file, owner.kind())?;
        let whole =
            |blob: Blob| -> std::result::Result<Blob, StoreError> { blob.compare_all().map(|()| blob) };
        blob::read(sealed, file).and_then(whole).ok()
    }
}
