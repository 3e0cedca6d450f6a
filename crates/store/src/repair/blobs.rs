use super::mend::Mend;
use super::{Repair, RepairEvent, judge};
use crate::Result;
use crate::blob::{self, BlobRecord, Owner};
use crate::checksummed::ChecksummedFile;
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
            if self.is_readable(owner, &record)? {
                records.push(record);
                continue;
            }
            let (file, name) = (owner.file_name(record.file.number), record.name.clone());
            record.files().for_each(|file| self.is_damaged(&owner.file_name(file.number)));
            self.report(match owner {
                Owner::Collection => RepairEvent::LostAsset { file, name },
                Owner::Segment => RepairEvent::LostAttachment { file, name },
            });
        }
        Ok(())
    }

    /// True if named bytes are sound, or will be once files are put right: by what their checksums say, or from the other
    /// file that holds the same.
    pub(super) fn is_readable(&mut self, owner: Owner, record: &BlobRecord) -> Result<bool> {
        let (mut content, mut damaged) = (None, Vec::new());
        for file in record.files() {
            match self.content(owner, file)? {
                Some(found) => content = Some(found),
                None => damaged.push(*file),
            }
        }
        let Some(content) = content else { return Ok(false) };
        for file in damaged {
            let name = owner.file_name(file.number);
            let Some(bytes) = blob::encode_as(owner, &file, &content)? else { return Ok(false) };
            self.restored(&name, "it was made again from the other file that holds the same");
            self.mends.insert(name, Mend::Bytes(bytes));
            self.is_changed |= self.is_of_collection;
        }
        Ok(true)
    }

    /// The content of one file of named bytes, if all of it is known.
    fn content(&mut self, owner: Owner, file: &ChecksummedFile) -> Result<Option<Vec<u8>>> {
        let name = owner.file_name(file.number);
        let sound = blob::open_file(self.backend, owner, file)
            .and_then(|blob| blob.compare_all().and_then(|()| blob.bytes().map(<[u8]>::to_vec)));
        if let Ok(content) = judge(sound)? {
            return Ok(Some(content));
        }
        let Some((opened, true)) = self.salvaged_file(file, &name, owner.kind())? else { return Ok(None) };
        let sound = blob::read(opened, &name).and_then(|blob| blob.bytes().map(<[u8]>::to_vec));
        match sound {
            Ok(content) => {
                self.is_changed |= self.is_of_collection;
                Ok(Some(content))
            }
            Err(_) => {
                self.mends.remove(&name);
                Ok(None)
            }
        }
    }
}
