use super::secret::Secret;
use crate::access::{Access, Role};
use crate::catalog::CollectionName;
use crate::failure::{Result, filter_problem, invalid_field, problem};
use pleiad::{Predicate, Tenant};
use pleiad_wire::{Kind, Problem};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The keys of a server, in a file that only its owner reads. No key can be made of what it holds.
pub struct KeyFile {
    path: PathBuf,
}

/// Rights of a new key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewKey {
    /// `read`, `write` or `admin`.
    pub role: String,
    /// Names of collections, or beginnings of some before a `*`; all where there are none.
    pub collections: Vec<String>,
    /// The only tenants; all where there are none.
    pub tenants: Vec<String>,
    /// The condition that every document has to pass.
    pub filter: Option<String>,
    /// Seconds until it means nothing any more.
    pub valid_seconds: Option<u64>,
    /// Requests a second.
    pub per_second: Option<u32>,
    /// A word for whoever reads the list.
    pub note: Option<String>,
}

/// A key in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyInfo {
    /// The part of it that names it.
    pub id: String,
    /// Its role.
    pub role: String,
    /// Collections that it is for; all where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collections: Option<Vec<String>>,
    /// Tenants that it is for; all where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<Vec<String>>,
    /// The condition that documents have to pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Requests a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_second: Option<u32>,
    /// Seconds since 1970 at which it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// Seconds since 1970 at which it was made.
    pub created: u64,
    /// A word about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A key as the file has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredKey {
    pub(super) id: String,
    pub(super) sha256: String,
    role: String,
    collections: Option<Vec<String>>,
    tenants: Option<Vec<String>>,
    filter: Option<String>,
    pub(super) per_second: Option<u32>,
    pub(super) expires: Option<u64>,
    created: u64,
    note: Option<String>,
}

impl StoredKey {
    /// Everything that its owner may see and do.
    ///
    /// # Errors
    /// For a role, a tenant or a filter that is none.
    pub(super) fn access(&self) -> Result<Access> {
        let role = Role::parse(&self.role).ok_or_else(|| {
            invalid_field(
                "role",
                format!("the role of key {} is {:?}; it is read, write or admin", self.id, self.role),
            )
        })?;
        let tenant = |name: &String| Tenant::new(name.as_str()).map_err(problem);
        let tenants = self
            .tenants
            .as_ref()
            .map(|names| names.iter().map(tenant).collect::<Result<Vec<_>>>())
            .transpose()?;
        let filter = self
            .filter
            .as_deref()
            .map(Predicate::read)
            .transpose()
            .map_err(|error| filter_problem(&error))?;
        let filter = filter.map(|filter| filter.check().map(|()| filter)).transpose();
        let filter = filter.map_err(|error| filter_problem(&error))?;
        Ok(Access {
            key_id: Some(self.id.as_str().into()),
            role,
            collections: self.collections.clone().map(Into::into),
            tenants: tenants.map(Into::into),
            filter: filter.map(Into::into),
        })
    }
}

impl KeyFile {
    /// The file at a path, which need not be there.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The keys of the file; none where there is no file.
    ///
    /// # Errors
    /// When it cannot be read, is no JSON, or holds a key whose rights are none: nobody gets in by a file that says nothing.
    pub(super) fn read(&self) -> Result<Vec<StoredKey>> {
        let bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|error| self.failed("read", &error))?,
        };
        let keys: Vec<StoredKey> = serde_json::from_slice(&bytes).map_err(|error| {
            Problem::new(Kind::Corrupt, format!("{} is no list of keys: {error}", self.path.display()))
        })?;
        for key in &keys {
            key.access().map_err(|problem| problem.within(self.path.display()))?;
        }
        Ok(keys)
    }

    /// Makes a key and gives its secret, which nobody can see again.
    ///
    /// # Errors
    /// For rights that are none, and when the file cannot be written.
    pub fn create(&self, new: NewKey) -> Result<String> {
        for pattern in &new.collections {
            let beginning = pattern.strip_suffix('*').unwrap_or(pattern);
            if !(beginning.is_empty() && pattern == "*") {
                CollectionName::parse(beginning).map_err(|problem| problem.of_field("collection"))?;
            }
        }
        let some = |names: Vec<String>| (!names.is_empty()).then_some(names);
        let (secret, now) = (Secret::new()?, now());
        let key = StoredKey {
            id: secret.id().to_owned(),
            sha256: secret.hash(),
            role: new.role,
            collections: some(new.collections),
            tenants: some(new.tenants),
            filter: new.filter,
            per_second: new.per_second,
            expires: new.valid_seconds.map(|seconds| now.saturating_add(seconds)),
            created: now,
            note: new.note,
        };
        key.access()?;
        if key.per_second == Some(0) {
            return Err(invalid_field("per_second", "a key of 0 requests a second could ask nothing"));
        }
        let mut keys = self.read()?;
        keys.push(key);
        self.write(&keys)?;
        Ok(secret.reveal().to_owned())
    }

    /// Keys by the time at which they were made.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self) -> Result<Vec<KeyInfo>> {
        let info = |key: StoredKey| KeyInfo {
            id: key.id,
            role: key.role,
            collections: key.collections,
            tenants: key.tenants,
            filter: key.filter,
            per_second: key.per_second,
            expires: key.expires,
            created: key.created,
            note: key.note,
        };
        Ok(self.read()?.into_iter().map(info).collect())
    }

    /// Takes a key back by its id.
    ///
    /// # Errors
    /// `NotFound` where there is none; when the file cannot be written.
    pub fn revoke(&self, id: &str) -> Result<()> {
        let mut keys = self.read()?;
        let num_before = keys.len();
        keys.retain(|key| key.id != id);
        if keys.len() == num_before {
            return Err(Problem::new(
                Kind::NotFound,
                format!("there is no key {id:?}: the list has their ids"),
            ));
        }
        self.write(&keys)
    }

    /// Puts a new file in the place of the old one: whoever reads it meanwhile reads one of both.
    fn write(&self, keys: &[StoredKey]) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(keys)
            .map_err(|error| Problem::new(Kind::Internal, error.to_string()))?;
        let new = self.path.with_extension("json.new");
        let written = private(&new).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.write_all(b"\n")?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&new, &self.path)).map_err(|error| self.failed("write", &error))
    }

    fn failed(&self, what: &str, error: &io::Error) -> Problem {
        Problem::new(Kind::Unavailable, format!("cannot {what} {}: {error}", self.path.display()))
    }
}

/// A new file that only its owner reads.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_key() -> NewKey {
        NewKey { role: "read".to_owned(), ..NewKey::default() }
    }

    #[test]
    fn keys_are_made_listed_and_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::at(folder.path().join("keys.json"));
        assert!(file.list().unwrap().is_empty());
        let secret = file.create(NewKey { note: Some("for tests".to_owned()), ..read_key() }).unwrap();
        file.create(NewKey { role: "admin".to_owned(), ..read_key() }).unwrap();
        let listed = file.list().unwrap();
        assert_eq!((listed.len(), listed[0].note.as_deref()), (2, Some("for tests")));
        let stored = fs::read_to_string(folder.path().join("keys.json")).unwrap();
        assert!(!stored.contains(&secret[13..]), "the secret itself is nowhere");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join("keys.json")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        file.revoke(&listed[0].id).unwrap();
        assert_eq!(file.list().unwrap().len(), 1);
        assert_eq!(file.revoke(&listed[0].id).unwrap_err().kind, Kind::NotFound);
    }

    #[test]
    fn rights_that_are_none_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::at(folder.path().join("keys.json"));
        for (new, message) in [
            (NewKey { role: "root".to_owned(), ..NewKey::default() }, "read, write or admin"),
            (NewKey { collections: vec!["../x".to_owned()], ..read_key() }, "names no collection"),
            (NewKey { collections: vec!["a*b".to_owned()], ..read_key() }, "names no collection"),
            (NewKey { tenants: vec!["*".to_owned()], ..read_key() }, "names no tenant"),
            (NewKey { filter: Some("year >".to_owned()), ..read_key() }, "filter"),
            (NewKey { per_second: Some(0), ..read_key() }, "could ask nothing"),
        ] {
            let problem = file.create(new).unwrap_err();
            assert!(problem.detail.contains(message), "{problem}");
        }
        fs::write(folder.path().join("keys.json"), "[{\"id\":").unwrap();
        assert_eq!(file.list().unwrap_err().kind, Kind::Corrupt);
    }
}
