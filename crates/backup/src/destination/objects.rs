use super::Destination;
use crate::{BackupError, Result};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use std::io;
use std::ops::Range;
use tokio::runtime::{Builder, Runtime};
use url::Url;

/// Bytes that are sent or fetched at once; parts of S3 have 5 MiB at least.
const PIECE_BYTES: u64 = 8 << 20;

/// A bucket of S3, Google Cloud Storage or Azure, or a folder in it.
///
/// The store's library is asynchronous: it runs on a runtime of its own, on the calling thread.
pub struct ObjectDestination {
    url: Url,
    prefix: Path,
    store: Box<dyn ObjectStore>,
    runtime: Runtime,
}

impl ObjectDestination {
    /// Opens `s3://bucket/folder`, `gs://bucket/folder` or `az://container/folder`. `options` are the names and values
    /// that the [`object_store`] crate documents, such as `aws_access_key_id`, `aws_region` or `aws_endpoint`, which the
    /// usual environment variables are named after; names of others are passed over.
    ///
    /// # Errors
    /// [`BackupError::Destination`] for another kind of address, or options that do not fit it.
    pub fn open(url: &str, options: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let bad = |why: String| BackupError::Destination { destination: url.to_owned(), why };
        let parsed = Url::parse(url).map_err(|error| bad(error.to_string()))?;
        if parsed.scheme() == "file" {
            return Err(bad("give a folder as its path".into()));
        }
        let options = options.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        let (store, prefix) =
            object_store::parse_url_opts(&parsed, options).map_err(|error| bad(error.to_string()))?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|e| bad(e.to_string()))?;
        Ok(Self { url: parsed, prefix, store, runtime })
    }

    fn at(&self, name: &str) -> Path {
        name.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }

    fn put_in_parts(&self, name: &str, bytes: &[u8]) -> object_store::Result<()> {
        self.runtime.block_on(async {
            let mut upload = self.store.put_multipart(&self.at(name)).await?;
            for part in bytes.chunks(PIECE_BYTES as usize) {
                if let Err(error) = upload.put_part(PutPayload::from(part.to_vec())).await {
                    upload.abort().await?;
                    return Err(error);
                }
            }
            upload.complete().await.map(drop)
        })
    }
}

fn io_error(error: object_store::Error) -> io::Error {
    let kind = match &error {
        object_store::Error::NotFound { .. } => io::ErrorKind::NotFound,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

impl Destination for ObjectDestination {
    fn describe(&self) -> String {
        self.url.to_string()
    }

    fn list(&self, folder: &str) -> io::Result<Vec<(String, u64)>> {
        let prefix = self.at(folder);
        let listed =
            self.runtime.block_on(self.store.list_with_delimiter(Some(&prefix))).map_err(io_error)?;
        let objects = listed.objects.into_iter();
        Ok(objects.filter_map(|object| Some((object.location.filename()?.to_owned(), object.size))).collect())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() as u64 > PIECE_BYTES {
            return self.put_in_parts(name, bytes).map_err(io_error);
        }
        let payload = PutPayload::from(bytes.to_vec());
        self.runtime.block_on(self.store.put(&self.at(name), payload)).map(drop).map_err(io_error)
    }

    fn get(&self, name: &str, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let path = self.at(name);
        let size = self.runtime.block_on(self.store.head(&path)).map_err(io_error)?.size;
        let mut at = 0;
        while at < size {
            let range: Range<u64> = at..size.min(at + PIECE_BYTES);
            let piece =
                self.runtime.block_on(self.store.get_range(&path, range.clone())).map_err(io_error)?;
            if piece.len() as u64 != range.end - range.start {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            sink(&piece)?;
            at = range.end;
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.runtime.block_on(self.store.delete(&self.at(name))).map_err(io_error)
    }
}
