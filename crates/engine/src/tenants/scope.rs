use super::name::{SEPARATOR, Tenant, tenant_of};
use crate::error::{Error, ErrorKind, Result};
use crate::{Hit, Schema, Snapshot};
use pleiad_store::PartView;
use roaring::RoaringBitmap;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// The documents that a snapshot speaks of.
#[derive(Clone)]
pub(crate) enum Scope {
    /// All of a collection without tenants.
    Whole,
    /// None yet, in a collection with tenants.
    Unnamed,
    /// Those of all tenants.
    All,
    /// Those of one tenant.
    One(Arc<OneTenant>),
}

/// The documents of one tenant.
pub(crate) struct OneTenant {
    prefix: String,
    /// Rows of each part, deleted ones among them.
    rows: Vec<Arc<RoaringBitmap>>,
    /// Documents that are not deleted.
    num_documents: u64,
    /// The lengths of their fields, added up by the first search for words.
    word_totals: OnceLock<Box<[u64]>>,
}

impl Scope {
    /// The scope of a snapshot that names no tenant.
    pub(crate) fn of(schema: &Schema) -> Self {
        if schema.tenants { Self::Unnamed } else { Self::Whole }
    }

    /// The scope of a snapshot of all documents.
    pub(crate) fn of_all(schema: &Schema) -> Self {
        if schema.tenants { Self::All } else { Self::Whole }
    }

    /// The rows of each part that it is narrowed to, and the number of documents; nothing where it is all of them.
    pub(crate) fn own_rows(&self) -> Option<(&[Arc<RoaringBitmap>], u64)> {
        match self {
            Self::One(own) => Some((&own.rows, own.num_documents)),
            Self::Whole | Self::Unnamed | Self::All => None,
        }
    }
}

/// Checks that a write names a tenant exactly where the collection has some.
///
/// # Errors
/// `InvalidArgument` otherwise.
pub(crate) fn check_write(schema: &Schema, tenant: Option<&Tenant>) -> Result<()> {
    match (schema.tenants, tenant) {
        (true, None) => Err(unnamed()),
        (false, Some(_)) => Err(without_tenants()),
        (true, Some(_)) | (false, None) => Ok(()),
    }
}

fn unnamed() -> Error {
    Error::invalid("this collection keeps tenants apart: name one (tenant: \"acme\"), or \"*\" to read all")
}

fn without_tenants() -> Error {
    Error::invalid("this collection has no tenants: leave the tenant out")
}

impl Snapshot {
    /// The documents of one tenant alone: searches, filters, counts, values, listings and statistics of words know no
    /// others, and keys are those that the tenant gave. A tenant without documents is an empty one.
    ///
    /// Cost: O(log rows) reads in each part, and 4 bytes of each row of the tenant.
    ///
    /// # Errors
    /// `InvalidArgument` where the collection has no tenants, `Corrupt` when a key that had to be read cannot be.
    pub fn of_tenant(&self, tenant: &Tenant) -> Result<Self> {
        check_write(self.schema(), Some(tenant))?;
        let prefix = tenant.prefix();
        let (mut rows, mut num_documents) = (Vec::with_capacity(self.view.parts().len()), 0);
        for part in self.view.parts() {
            let own = part.rows_with_prefix(&prefix)?;
            num_documents += own.difference_len(part.deleted());
            rows.push(Arc::new(own));
        }
        let scope =
            Scope::One(Arc::new(OneTenant { prefix, rows, num_documents, word_totals: OnceLock::new() }));
        Ok(self.clone().with_scope(scope))
    }

    /// The documents of all, as what is told of the collection is about these.
    pub(crate) fn of_everybody(&self) -> Self {
        self.clone().with_scope(Scope::of_all(self.schema()))
    }

    /// The documents that a batch of a tenant, or of none, is about.
    ///
    /// # Errors
    /// As [`Snapshot::of_tenant`].
    pub(crate) fn narrowed(self, tenant: Option<&Tenant>) -> Result<Self> {
        match tenant {
            Some(tenant) => self.of_tenant(tenant),
            None => Ok(self),
        }
    }

    /// The documents of all tenants: each hit says whose it is. One document is asked for through its tenant.
    ///
    /// # Errors
    /// `InvalidArgument` where the collection has no tenants.
    pub fn of_all_tenants(&self) -> Result<Self> {
        if !self.schema().tenants {
            return Err(without_tenants());
        }
        Ok(self.clone().with_scope(Scope::All))
    }

    /// The snapshot that knows the document of a hit by its key: that of its tenant where all were searched.
    ///
    /// # Errors
    /// As [`Snapshot::of_tenant`].
    pub fn of_hit(&self, hit: &Hit) -> Result<Self> {
        hit.tenant.as_ref().map_or_else(|| Ok(self.clone()), |tenant| self.of_tenant(tenant))
    }

    /// Checks that documents may be read.
    ///
    /// # Errors
    /// `InvalidArgument` where the collection has tenants and none is named.
    pub(crate) fn check_scope(&self) -> Result<()> {
        match self.scope {
            Scope::Unnamed => Err(unnamed()),
            Scope::Whole | Scope::All | Scope::One(_) => Ok(()),
        }
    }

    /// The stored key of a document of the user's key.
    ///
    /// # Errors
    /// `InvalidArgument` where no tenant is named, or all are.
    pub(crate) fn stored_key<'k>(&self, key: &'k str) -> Result<Cow<'k, str>> {
        match &self.scope {
            Scope::Whole => Ok(Cow::Borrowed(key)),
            Scope::Unnamed => Err(unnamed()),
            // What holds the separator would be the key of another tenant.
            Scope::One(_) if key.contains(SEPARATOR) => Ok(Cow::Borrowed("")),
            Scope::One(own) => Ok(Cow::Owned(own.prefix.clone() + key)),
            Scope::All => {
                let message = format!("several tenants may have a document {key:?}: name its tenant");
                Err(Error::new(ErrorKind::InvalidArgument, message))
            }
        }
    }

    /// The tenant of a stored key, where hits of several are among each other.
    pub(crate) fn tenant_of(&self, part: &PartView, row: u32) -> Result<Option<Tenant>> {
        match self.scope {
            Scope::All => Ok(tenant_of(part.key(row)?)),
            Scope::Whole | Scope::Unnamed | Scope::One(_) => Ok(None),
        }
    }

    /// The sum of the lengths of each field of the tenant's documents, once it is known; nothing where it is narrowed to none.
    pub(crate) fn own_word_totals(&self) -> Option<&OnceLock<Box<[u64]>>> {
        match &self.scope {
            Scope::One(own) => Some(&own.word_totals),
            Scope::Whole | Scope::Unnamed | Scope::All => None,
        }
    }

    /// The rows of a part that it is narrowed to; nothing where it is all of them.
    pub(crate) fn own_rows_of(&self, part: u32) -> Option<&Arc<RoaringBitmap>> {
        self.scope.own_rows().and_then(|(rows, _)| rows.get(part as usize))
    }
}
