use super::file::{KeyFile, StoredKey, now};
use super::secret::{Secret, is_same_hash};
use crate::access::Access;
use crate::failure::Result;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use pleiad_wire::{Kind, Problem};
use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Time between two looks at the file.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The keys that a server knows. A file that changes is read again; one that cannot be read leaves the keys as they were.
pub(crate) struct Keyring {
    file: Option<KeyFile>,
    known: Mutex<Known>,
}

struct Known {
    keys: HashMap<String, Key>,
    /// Length and time of the file that they are from; nothing where there never was one, so that none are asked for.
    version: Option<(u64, SystemTime)>,
    looked_at: Option<Instant>,
}

struct Key {
    stored: StoredKey,
    access: Access,
    bucket: Bucket,
}

/// Requests that a key may ask at once: as many as in one second, and as many more with each second.
struct Bucket {
    num_left: f64,
    filled_at: Instant,
}

impl Keyring {
    /// The keys of a file; none are asked for where it has none, or where there is no file.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(crate) fn open(file: Option<KeyFile>) -> Result<Self> {
        let known = Known { keys: HashMap::new(), version: None, looked_at: None };
        let ring = Self { file, known: Mutex::new(known) };
        ring.read_again(&mut ring.known(), true)?;
        Ok(ring)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether requests need a key.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.known().version.is_some()
    }

    /// Reads the file at once, as after a signal.
    pub(crate) fn look_again(&self) {
        self.refresh(&mut self.known(), true);
    }

    /// Everything that the sender of a request may see and do. An unknown key and one that has ended look alike.
    ///
    /// # Errors
    /// `Unauthenticated` for a key that is none, `Overloaded` for one that asks too often.
    pub(crate) fn access(&self, headers: &HeaderMap) -> Result<Access> {
        let given = given(headers)?;
        let mut known = self.known();
        if known.looked_at.is_none_or(|at| at.elapsed() >= LOOK_AGAIN) {
            self.refresh(&mut known, false);
        }
        if known.version.is_none() {
            return Ok(Access::everything());
        }
        let Some(given) = given else { return Ok(Access::public()) };
        let secret = Secret::parse(given);
        let (id, hash) = secret.as_ref().map_or(("", String::new()), |secret| (secret.id(), secret.hash()));
        let is_valid = |key: &Key| {
            is_same_hash(&key.stored.sha256, &hash)
                && key.stored.expires.is_none_or(|expires| now() < expires)
        };
        match known.keys.get_mut(id).filter(|key| is_valid(key)) {
            None => Err(Problem::new(Kind::Unauthenticated, "the key is not known, or has ended")),
            Some(key) => key.take().map(|()| key.access.clone()),
        }
    }

    fn refresh(&self, known: &mut Known, is_forced: bool) {
        known.looked_at = Some(Instant::now());
        // Half of a file that somebody edits locks nobody out: what was known counts until it is whole.
        drop(self.read_again(known, is_forced));
    }

    fn read_again(&self, known: &mut Known, is_forced: bool) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let version = fs::metadata(file.path()).and_then(|meta| Ok((meta.len(), meta.modified()?))).ok();
        // A file that goes away opens nothing.
        if version.is_none() || version == known.version && !is_forced {
            return Ok(());
        }
        let mut keys = HashMap::new();
        for stored in file.read()? {
            let access = stored.access()?;
            let bucket = known.keys.remove(&stored.id).map(|key| key.bucket);
            let bucket = bucket.unwrap_or_else(|| Bucket {
                num_left: f64::from(stored.per_second.unwrap_or(0)),
                filled_at: Instant::now(),
            });
            keys.insert(stored.id.clone(), Key { stored, access, bucket });
        }
        (known.keys, known.version) = (keys, version);
        Ok(())
    }
}

impl Key {
    fn take(&mut self) -> Result<()> {
        let Some(per_second) = self.stored.per_second.map(f64::from) else { return Ok(()) };
        let elapsed = self.bucket.filled_at.elapsed().as_secs_f64();
        self.bucket.filled_at = Instant::now();
        self.bucket.num_left = (self.bucket.num_left + elapsed * per_second).min(per_second);
        if self.bucket.num_left < 1.0 {
            return Err(Problem::new(
                Kind::Overloaded,
                format!("this key may ask {per_second} times a second"),
            ));
        }
        self.bucket.num_left -= 1.0;
        Ok(())
    }
}

/// The key of a request, as `Authorization: Bearer` or as `api-key`.
fn given(headers: &HeaderMap) -> Result<Option<&str>> {
    let wrong = || Problem::new(Kind::Unauthenticated, "send the key as Authorization: Bearer KEY");
    if let Some(value) = headers.get(AUTHORIZATION) {
        let value = value.to_str().map_err(|_| wrong())?;
        let (scheme, key) = value.split_once(' ').ok_or_else(wrong)?;
        return if scheme.eq_ignore_ascii_case("bearer") { Ok(Some(key.trim())) } else { Err(wrong()) };
    }
    headers.get("api-key").map(|value| value.to_str().map_err(|_| wrong())).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::keys::NewKey;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    fn new(role: &str) -> NewKey {
        NewKey { role: role.to_owned(), ..NewKey::default() }
    }

    #[test]
    fn keys_are_known_by_either_header_and_by_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let open = Keyring::open(Some(KeyFile::at(&path))).unwrap();
        assert!(!open.is_asked_for());
        assert_eq!(open.access(&HeaderMap::new()).unwrap().role, Role::Admin);
        let secret = KeyFile::at(&path).create(new("read")).unwrap();
        open.look_again();
        assert!(open.is_asked_for());
        assert_eq!(open.access(&HeaderMap::new()).unwrap().role, Role::Public);
        for headers in [headers("authorization", &format!("bearer {secret}")), headers("api-key", &secret)] {
            assert_eq!(open.access(&headers).unwrap().role, Role::Read);
        }
        let mut changed = secret.clone().into_bytes();
        changed[20] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        let other = KeyFile::at(folder.path().join("other.json")).create(new("admin")).unwrap();
        for wrong in [
            format!("Bearer {changed}"),
            format!("Bearer {other}"),
            secret.clone(),
            "Basic x".into(),
            "Bearer x".into(),
        ] {
            let problem = open.access(&headers("authorization", &wrong)).unwrap_err();
            assert_eq!(problem.kind, Kind::Unauthenticated, "{wrong}");
            assert!(!problem.detail.contains("plk_"));
        }
    }

    #[test]
    fn a_key_that_ended_looks_like_one_that_never_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = || KeyFile::at(folder.path().join("keys.json"));
        let ended = file().create(NewKey { valid_seconds: Some(0), ..new("admin") }).unwrap();
        let ring = Keyring::open(Some(file())).unwrap();
        let of_ended = ring.access(&headers("api-key", &ended)).unwrap_err();
        let of_none = ring.access(&headers("api-key", "plk_nothing")).unwrap_err();
        assert_eq!(of_ended, of_none);
    }

    #[test]
    fn a_file_that_goes_away_or_breaks_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let secret = KeyFile::at(&path).create(new("read")).unwrap();
        let ring = Keyring::open(Some(KeyFile::at(&path))).unwrap();
        for broken in [Some("[{"), Some(""), None] {
            match broken {
                Some(text) => fs::write(&path, text).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            ring.look_again();
            assert_eq!(ring.access(&HeaderMap::new()).unwrap().role, Role::Public, "{broken:?}");
            assert_eq!(ring.access(&headers("api-key", &secret)).unwrap().role, Role::Read);
        }
        assert!(Keyring::open(Some(KeyFile::at(folder.path()))).is_err());
    }

    #[test]
    fn a_key_asks_no_more_often_than_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let file = || KeyFile::at(folder.path().join("keys.json"));
        let secret = file().create(NewKey { per_second: Some(3), ..new("read") }).unwrap();
        let ring = Keyring::open(Some(file())).unwrap();
        let outcomes: Vec<bool> = (0..6).map(|_| ring.access(&headers("api-key", &secret)).is_ok()).collect();
        assert_eq!(outcomes[..3], [true, true, true]);
        assert!(outcomes[3..].contains(&false), "{outcomes:?}");
    }
}
