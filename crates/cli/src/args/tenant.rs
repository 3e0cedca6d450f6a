use crate::exit::{Failure, Result};
use clap::Args;
use pleiad::{Batch, Snapshot, Tenant};

/// All tenants, which can be read together.
const ALL: &str = "*";

/// Tenant that a command is about.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TenantArgs {
    /// The tenant whose documents these are, in a collection that keeps tenants apart; `*` reads those of all.
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
}

impl TenantArgs {
    /// The documents that the command may see.
    ///
    /// # Errors
    /// When the collection has no tenants and one is named, or the name is none.
    pub(crate) fn narrow(&self, snapshot: Snapshot) -> Result<Snapshot> {
        match self.tenant.as_deref() {
            None => Ok(snapshot),
            Some(ALL) => Ok(snapshot.of_all_tenants()?),
            Some(name) => Ok(snapshot.of_tenant(&Tenant::new(name)?)?),
        }
    }

    /// The tenant that a command writes for, if one is named.
    ///
    /// # Errors
    /// When the name is none, or stands for all.
    pub(crate) fn written(&self) -> Result<Option<Tenant>> {
        match self.tenant.as_deref() {
            Some(ALL) => {
                Err(Failure::invalid("\"*\" stands for all tenants, and a write is for one: name it"))
            }
            Some(name) => Ok(Some(Tenant::new(name)?)),
            None => Ok(None),
        }
    }

    /// An empty batch of changes to these documents.
    ///
    /// # Errors
    /// As [`TenantArgs::written`].
    pub(crate) fn batch(&self) -> Result<Batch> {
        Ok(self.written()?.map_or_else(Batch::new, Batch::of_tenant))
    }
}
