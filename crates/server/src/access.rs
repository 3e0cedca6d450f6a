use crate::catalog::CollectionName;
use crate::failure::{Result, invalid_field, problem};
use pleiad::{AttributePath, Predicate, Snapshot, Tenant};
use pleiad_wire::{Kind, Problem};
use std::sync::Arc;

/// Roles of a key, each with the rights of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Asks what everybody may.
    Public,
    /// Reads documents.
    Read,
    /// Writes documents.
    Write,
    /// Makes and removes collections.
    Admin,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The role of a name, if a key can have it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Admin].into_iter().find(|role| role.name() == name)
    }
}

/// Everything that the sender of a request may see and do.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// The key that it comes with; nothing where none is asked for.
    pub(crate) key_id: Option<Arc<str>>,
    pub(crate) role: Role,
    /// Names of collections, or beginnings of some before a `*`; all where there is nothing.
    pub(crate) collections: Option<Arc<[String]>>,
    /// The only tenants; all where there is nothing.
    pub(crate) tenants: Option<Arc<[Tenant]>>,
    /// The condition that every document has to pass.
    pub(crate) filter: Option<Arc<Predicate>>,
}

/// The tenants that a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tenants {
    /// None is named.
    Unnamed,
    /// One.
    One(Tenant),
    /// All of them, together.
    All,
}

impl Tenants {
    /// The documents of these tenants.
    ///
    /// # Errors
    /// `InvalidArgument` where the collection has no tenants and some are named.
    pub(crate) fn narrow(&self, snapshot: Snapshot) -> Result<Snapshot> {
        match self {
            Self::Unnamed => Ok(snapshot),
            Self::One(tenant) => snapshot.of_tenant(tenant).map_err(problem),
            Self::All => snapshot.of_all_tenants().map_err(problem),
        }
    }

    /// The tenant of documents that are written.
    ///
    /// # Errors
    /// `InvalidArgument` where all are named.
    pub(crate) fn written(self) -> Result<Option<Tenant>> {
        match self {
            Self::Unnamed => Ok(None),
            Self::One(tenant) => Ok(Some(tenant)),
            Self::All => {
                Err(invalid_field("tenant", "\"*\" stands for all tenants, and a write is for one: name it"))
            }
        }
    }
}

impl Access {
    /// The access of everybody, where no keys are asked for.
    pub(crate) fn everything() -> Self {
        Self { key_id: None, role: Role::Admin, collections: None, tenants: None, filter: None }
    }

    /// The access of somebody without a key, where some are asked for.
    pub(crate) fn public() -> Self {
        Self { role: Role::Public, ..Self::everything() }
    }

    /// # Errors
    /// `Forbidden` for a role that has not this right.
    pub(crate) fn check_role(&self, needed: Role) -> Result<()> {
        if self.role >= needed {
            return Ok(());
        }
        let (own, needed) = (self.role.name(), needed.name());
        Err(Problem::new(
            Kind::Forbidden,
            format!("this takes a key with the role {needed}, and this one has {own}"),
        ))
    }

    /// Returns whether a collection is there for it. One that is not is missing, and not forbidden.
    pub(crate) fn sees(&self, name: &CollectionName) -> bool {
        self.collections.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| name.fits(pattern)))
    }

    /// Returns whether it sees every document of a collection.
    pub(crate) fn sees_all_documents(&self) -> bool {
        self.tenants.is_none() && self.filter.is_none()
    }

    /// The tenants of a request that names one, all with `*`, or none. A key with one tenant need not name it.
    ///
    /// # Errors
    /// `Forbidden` for a tenant that the key may not see, `InvalidArgument` for what is no name and where several could be meant.
    pub(crate) fn tenants(&self, asked: Option<&str>) -> Result<Tenants> {
        match (asked, self.tenants.as_deref()) {
            (None, None) => Ok(Tenants::Unnamed),
            (None, Some([only])) => Ok(Tenants::One(only.clone())),
            (None, Some(_)) => Err(invalid_field("tenant", "this key is for several tenants: name one")),
            (Some("*"), None) => Ok(Tenants::All),
            (Some("*"), Some(_)) => Err(forbidden_tenant("*")),
            (Some(name), own) => {
                let tenant =
                    Tenant::new(name).map_err(problem).map_err(|problem| problem.of_field("tenant"))?;
                match own {
                    Some(own) if !own.contains(&tenant) => Err(forbidden_tenant(name)),
                    _ => Ok(Tenants::One(tenant)),
                }
            }
        }
    }

    /// A condition of a request together with that of the key.
    pub(crate) fn and(&self, asked: Option<Predicate>) -> Option<Predicate> {
        match (asked, self.filter.as_deref()) {
            (Some(asked), Some(own)) => Some(Predicate::And(vec![own.clone(), asked])),
            (asked, own) => asked.or_else(|| own.cloned()),
        }
    }

    /// Returns whether a document of a snapshot may be seen; one that is not there may not.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn sees_document(&self, snapshot: &Snapshot, key: &str) -> Result<bool> {
        match self.filter.as_deref() {
            None => snapshot.contains(key).map_err(problem),
            Some(filter) => {
                let outcomes = snapshot.outcomes(key, filter).map_err(problem)?;
                Ok(outcomes.is_some_and(|outcomes| outcomes.iter().all(|outcome| outcome.holds)))
            }
        }
    }

    /// Checks that a change of attributes cannot move a document in or out of what the key sees.
    ///
    /// # Errors
    /// `Forbidden` for an attribute that its condition asks about.
    pub(crate) fn check_patch<'a>(&self, mut names: impl Iterator<Item = &'a String>) -> Result<()> {
        let paths = self.filter.as_ref().map(|filter| filter.paths()).unwrap_or_default();
        let is_asked = |name: &&String| {
            let first = |path: &AttributePath| path.names().next().map(str::to_owned);
            paths.iter().any(|path| first(path).as_deref() == Some(name.as_str()))
        };
        match names.find(is_asked) {
            None => Ok(()),
            Some(name) => Err(Problem::new(
                Kind::Forbidden,
                format!(
                    "this key may not change the attribute {name:?}: which documents it sees depends on that"
                ),
            )),
        }
    }
}

fn forbidden_tenant(name: &str) -> Problem {
    Problem::new(Kind::Forbidden, format!("this key is not for the tenant {name:?}")).of_field("tenant")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(tenants: &[&str], filter: Option<&str>) -> Access {
        let named = tenants.iter().map(|name| Tenant::new(*name).unwrap()).collect::<Vec<_>>();
        let filter = filter.map(|filter| Arc::new(Predicate::parse(filter).unwrap()));
        Access {
            role: Role::Write,
            tenants: (!named.is_empty()).then(|| named.into()),
            filter,
            ..Access::everything()
        }
    }

    #[test]
    fn a_role_has_the_rights_of_those_before_it() {
        for (own, needed, is_allowed) in [
            (Role::Public, Role::Public, true),
            (Role::Public, Role::Read, false),
            (Role::Read, Role::Read, true),
            (Role::Read, Role::Write, false),
            (Role::Write, Role::Read, true),
            (Role::Write, Role::Admin, false),
            (Role::Admin, Role::Write, true),
        ] {
            let access = Access { role: own, ..Access::everything() };
            assert_eq!(access.check_role(needed).is_ok(), is_allowed, "{own:?} {needed:?}");
        }
    }

    #[test]
    fn tenants_of_others_are_forbidden_and_the_only_one_is_filled_in() {
        let acme = || Tenants::One(Tenant::new("acme").unwrap());
        let found =
            |access: &Access, asked: Option<&str>| access.tenants(asked).map_err(|problem| problem.kind);
        let all = access(&[], None);
        assert_eq!(found(&all, None), Ok(Tenants::Unnamed));
        assert_eq!(found(&all, Some("*")), Ok(Tenants::All));
        assert_eq!(found(&all, Some("acme")), Ok(acme()));
        assert_eq!(found(&all, Some("a\u{1f}")), Err(Kind::InvalidArgument));
        let one = access(&["acme"], None);
        assert_eq!(found(&one, None), Ok(acme()));
        assert_eq!(found(&one, Some("acme")), Ok(acme()));
        for other in ["*", "acme2", "ACME"] {
            assert_eq!(found(&one, Some(other)), Err(Kind::Forbidden), "{other}");
        }
        let two = access(&["acme", "b"], None);
        assert_eq!(found(&two, None), Err(Kind::InvalidArgument));
        assert!(Tenants::All.written().is_err());
    }

    #[test]
    fn the_condition_of_a_key_joins_every_other() {
        let own = access(&[], Some("public = true"));
        let asked = Predicate::parse("year >= 3").unwrap();
        assert_eq!(own.and(None).unwrap().to_string(), "public = true");
        assert_eq!(own.and(Some(asked.clone())).unwrap().to_string(), "public = true AND year >= 3");
        assert_eq!(access(&[], None).and(Some(asked)).unwrap().to_string(), "year >= 3");
        assert!(own.check_patch([&"year".to_owned()].into_iter()).is_ok());
        assert!(own.check_patch([&"public".to_owned()].into_iter()).is_err());
    }
}
