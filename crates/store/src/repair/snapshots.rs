use super::{Mended, Repair};
use crate::blob::Owner;
use crate::manifest::Manifest;
use crate::named::{self, name_of};
use crate::verify::check_part;
use crate::view::open_files;
use crate::{Result, StoreError, segment};

impl Repair<'_> {
    /// Tells which named snapshots are damaged.
    pub(super) fn snapshots(&mut self) -> Result<()> {
        let backend = self.backend;
        let files = backend.list().map_err(StoreError::io("list", &backend.describe()))?;
        for name in files.iter().filter_map(|file| name_of(file)) {
            let checked = named::read(backend, name).and_then(|manifest| self.check_snapshot(&manifest));
            if let Err(error) = checked {
                self.tell(Mended::DamagedSnapshot { name: name.to_owned(), why: error.to_string() });
            }
        }
        Ok(())
    }

    fn check_snapshot(&self, manifest: &Manifest) -> Result<()> {
        let state = open_files(self.backend, manifest, 0, None)?;
        state.parts.iter().try_for_each(check_part)?;
        let blobs = manifest.segments.iter().flat_map(|segment| &segment.attachments);
        let blobs = blobs.map(|blob| (Owner::Segment, blob));
        for (owner, blob) in blobs.chain(manifest.assets.iter().map(|blob| (Owner::Collection, blob))) {
            crate::blob::open(self.backend, owner, blob)?.compare_all()?;
        }
        let mut names = manifest.segments.iter().map(|part| segment::file_name(part.file.number));
        match names.find(|name| self.damaged.contains(name)) {
            Some(file) => Err(StoreError::corrupt(&file, 0, "it was damaged")),
            None => Ok(()),
        }
    }
}
