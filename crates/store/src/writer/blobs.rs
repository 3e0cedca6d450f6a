use super::files;
use super::store_writer::StoreWriter;
use crate::blob::{self, BlobRecord, Blobs, Damage, Owner};
use crate::manifest::{self, Manifest};
use crate::view::{State, View};
use crate::{Layout, PartId, Result, StoreError};
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

    /// Sets or, where the content is `None`, removes assets of the collection: all of them in one new manifest.
    /// When this returns, that is durable. Views taken before keep the assets that they have.
    ///
    /// Cost: each content is written and synced once, and the manifest.
    ///
    /// # Errors
    /// [`StoreError::Limit`] for a name that is empty or above 255 bytes: nothing is changed. [`StoreError::Io`] when
    /// a write fails and [`StoreError::Poisoned`] afterwards: all are as before or, after reopening, all are changed.
    pub fn set_assets(&mut self, changes: &[(&str, Option<Vec<u8>>)]) -> Result<()> {
        self.check_usable()?;
        changes.iter().try_for_each(|(name, _)| blob::check_name(name))?;
        self.durably(|writer| {
            let mut next = writer.next_manifest();
            let mut assets = std::mem::take(&mut next.assets);
            for (name, content) in changes {
                writer.change(&mut next, Owner::Collection, &mut assets, name, content.as_deref())?;
            }
            next.assets = assets;
            writer.rewrite_manifest(next)
        })
    }

    /// Gives a segment an attachment, in the place of one of the same name. It goes when the segment is merged.
    /// When this returns, it is durable.
    ///
    /// Cost: as [`StoreWriter::set_assets`].
    ///
    /// # Errors
    /// [`StoreError::NoSegment`] when there is no such segment (any more), otherwise as
    /// [`StoreWriter::set_assets`].
    pub fn attach(&mut self, part: PartId, name: &str, content: &[u8]) -> Result<()> {
        self.change_attachment(part, name, Some(content))
    }

    /// Takes an attachment away from a segment, if it has one of this name.
    ///
    /// # Errors
    /// As [`StoreWriter::attach`].
    pub fn detach(&mut self, part: PartId, name: &str) -> Result<()> {
        self.change_attachment(part, name, None)
    }

    fn change_attachment(&mut self, part: PartId, name: &str, content: Option<&[u8]>) -> Result<()> {
        self.check_usable()?;
        blob::check_name(name)?;
        let number = match part {
            PartId::Segment(number) => number,
            PartId::Batch(_) => return Err(StoreError::NoSegment { part }),
        };
        let segments = &self.manifest.segments;
        let at = segments.iter().position(|record| record.file.number == number);
        let at = at.ok_or(StoreError::NoSegment { part })?;
        self.durably(|writer| {
            let mut next = writer.next_manifest();
            let mut attachments = std::mem::take(&mut next.segments[at].attachments);
            writer.change(&mut next, Owner::Segment, &mut attachments, name, content)?;
            next.segments[at].attachments = attachments;
            writer.rewrite_manifest(next)
        })
    }

    /// Writes the new content, if there is one, and changes the records: an asset is kept twice, since documents may be
    /// unreadable without it.
    fn change(
        &self,
        next: &mut Manifest,
        owner: Owner,
        records: &mut Vec<BlobRecord>,
        name: &str,
        content: Option<&[u8]>,
    ) -> Result<()> {
        records.retain(|record| record.name != name);
        let Some(content) = content else { return Ok(()) };
        let record = match owner {
            Owner::Collection => blob::write_asset(&*self.backend, next, name, content)?,
            Owner::Segment => blob::write(&*self.backend, owner, next.take_number(), name, content)?,
        };
        blob::insert(records, record);
        Ok(())
    }

    /// Moves to a manifest that differs in assets, attachments and the schema alone. Files are written and synced.
    pub(super) fn rewrite_manifest(&mut self, next: Manifest) -> Result<()> {
        let backend = &*self.backend;
        backend
            .sync_folder()
            .map_err(|error| StoreError::io("sync the folder", &backend.describe())(error))?;
        let header = manifest::write(backend, &next, Some(&self.header))?;
        let layout = Arc::clone(&next.layout);
        let mut state = State { manifest_bytes: header.file_bytes(), layout, ..State::clone(&self.view.0) };
        state.assets =
            Blobs::open(backend, Owner::Collection, &next.assets, &state.assets, Damage::LossIsError)?;
        for record in &next.segments {
            let id = PartId::Segment(record.file.number);
            let Some(part) = state.parts.iter_mut().find(|part| part.part_id() == id) else { continue };
            let known = part.attachments();
            let attachments =
                Blobs::open(backend, Owner::Segment, &record.attachments, known, Damage::LossIsError)?;
            *part = part.clone().with_attachments(attachments);
        }
        (self.header, self.manifest, self.view) = (header, next, View(Arc::new(state)));
        files::remove_orphans(backend, &self.manifest, &self.claims)
    }
}
