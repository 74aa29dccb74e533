//! One tenant: a schema or a database that holds all chains of an application for itself.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::books::{Books, PREFIX};
use crate::history::quoted;
use crate::selection::Selection;
use crate::{Chain, ChainSet, Error, HistoryTable, Lock, Migrator, SCHEMA};

/// The longest name that PostgreSQL has, in bytes.
const LONGEST: usize = 63;

/// One target of a [`Fleet`](crate::Fleet).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tenant {
    /// A schema; all of them are in one database.
    Schema(String),
    /// A database; all of them are on one server.
    Database(String),
}

impl Tenant {
    /// The name, unquoted, as the catalog has it.
    pub fn name(&self) -> &str {
        match self {
            Tenant::Schema(name) | Tenant::Database(name) => name,
        }
    }
}

/// The name, unquoted.
impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<'a> Migrator<'a> {
    /// Migrates one schema of a database that has a schema for each tenant.
    ///
    /// Names without a schema in the steps mean this schema, and then `public`: the run sets `search_path` for every
    /// step, whatever an earlier one has set, and gives the session back as it was. Names with a schema mean that one.
    ///
    /// The books are the tenant's own, in its schema: the history of a plugin is `stairwell_<plugin>`, beside
    /// `stairwell_state`, `stairwell_journal`, `stairwell_statements` and `stairwell_lease`; a chain that is recorded
    /// in another table is so in the table of that name in the tenant's schema. So is the lock: runs for different
    /// tenants do not wait for each other. The schema has to be there; it is never created.
    ///
    /// All commands know tenants but [`script`](Migrator::script) and those that compare with a shadow.
    ///
    /// The names of a tenant's tables are kept for as long as the process runs: about a kilobyte for each tenant.
    ///
    /// # Errors
    ///
    /// If it cannot be a tenant's schema, such as `pg_catalog`, or a plugin has too long a name ([`Error::is_usage`]).
    pub fn tenant_schema(mut self, schema: impl AsRef<str>) -> Result<Self, Error> {
        let set = chains_of(self.chains, schema.as_ref())?;
        self.enabled = self.enabled.of_other_chains(set);
        self.chains = set;
        Ok(self)
    }

    /// Where this migrator keeps its books.
    pub(crate) fn books(&self) -> Books {
        Books::of(self.chains.chains())
    }

    /// Refuses to run a migration that is `outside` a transaction where nothing but a session would know the tenant.
    pub(crate) fn require_search_path(&self, outside: Option<impl fmt::Display>) -> Result<(), Error> {
        let tenant = self.books().tenant().filter(|_| self.lock == Lock::Lease);
        let Some((tenant, outside)) = tenant.zip(outside) else { return Ok(()) };
        Err(Error::usage(format!(
            "`{outside}` runs outside a transaction, and with a lease there is no session that would know that names in it \
             are those of the schema {}; connect directly, with a session lock; nothing was run",
            quoted(tenant)
        )))
    }

    /// Refuses a command that knows no tenants.
    pub(crate) fn require_no_tenant(&self, command: &str) -> Result<(), Error> {
        match self.books().tenant() {
            None => Ok(()),
            Some(tenant) => {
                Err(Error::usage(format!("{command} is not possible for a tenant, here {}", quoted(tenant))))
            }
        }
    }
}

/// Refuses names that are no tenant's.
pub(crate) fn require_possible(schema: &str) -> Result<(), Error> {
    let why = if schema.is_empty() {
        "it has no name"
    } else if schema.starts_with("pg_") || schema == "information_schema" {
        "it belongs to the system"
    } else if schema == SCHEMA {
        "it holds Stairwell's own tables for the database"
    } else if schema.len() > LONGEST {
        "no name is longer than 63 bytes"
    } else if schema.contains('\0') {
        "no name contains NUL"
    } else if schema.contains("$stairwell$") {
        // It would end the body of the function that the triggers of a history call.
        "no tenant can have `$stairwell$` in its name"
    } else {
        return Ok(());
    };
    Err(Error::usage(format!("the schema {} cannot be a tenant: {why}", quoted(schema))))
}

/// The same chains, recorded in the books of this tenant.
///
/// The runtime holds chains by `'static` references, because they are constants everywhere else. So these are leaked,
/// once for each tenant and chain set, and found again: a memory of what was made, and nothing that a run depends on.
fn chains_of(set: &ChainSet, schema: &str) -> Result<&'static ChainSet, Error> {
    type Key = ([usize; 4], String);
    static MADE: OnceLock<Mutex<HashMap<Key, &'static ChainSet>>> = OnceLock::new();
    require_possible(schema)?;
    let (chains, order) = (set.chains(), set.order());
    // A set is where its constants are, which never end; and how long: others may begin in the same places.
    let place = [chains.as_ptr().addr(), chains.len(), order.as_ptr().addr(), order.len()];
    let key: Key = (place, schema.to_owned());
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = made.get(&key) {
        return Ok(found);
    }
    let names = chains.iter().map(recorded_as).collect::<Result<Vec<String>, Error>>()?;
    require_different(chains, &names)?;
    let schema: &'static str = String::from(schema).leak();
    let chains = chains.iter().zip(names).map(|(chain, name)| {
        let name: &'static str = name.leak();
        chain.recorded_in(HistoryTable::of_tenant(schema, name))
    });
    let chains: &'static [Chain] = chains.collect::<Vec<_>>().leak();
    let of_tenant: &'static ChainSet = Box::leak(Box::new(ChainSet::new(chains, set.order())));
    made.insert(key, of_tenant);
    Ok(of_tenant)
}

/// What the history of a chain is called in a tenant's schema.
fn recorded_as(chain: &Chain) -> Result<String, Error> {
    let history = chain.history();
    // Of a migrator that is for another tenant, or for the database.
    let own = history.schema() == SCHEMA || history.books().tenant().is_some();
    let name = match history.name().strip_prefix(history.books().prefix()) {
        Some(name) if own => format!("{PREFIX}{name}"),
        _ => history.name().to_owned(),
    };
    if name.len() > LONGEST {
        let plugin = chain.plugin();
        return Err(Error::usage(format!(
            "the plugin `{plugin}` cannot be recorded for a tenant: no name is longer than 63 bytes, and `{name}` would be; \
             give the chain another history table"
        )));
    }
    Ok(name)
}

fn require_different(chains: &[Chain], names: &[String]) -> Result<(), Error> {
    for (index, name) in names.iter().enumerate() {
        if let Some(first) = names[..index].iter().position(|other| other == name) {
            let [one, other] = [chains[first].plugin(), chains[index].plugin()];
            return Err(Error::usage(format!(
                "the plugins `{one}` and `{other}` would both be recorded as `{name}` in the schema of a tenant; give one \
                 of them another history table"
            )));
        }
    }
    Ok(())
}

impl Selection {
    /// The same part of a chain set that differs in its history tables only.
    fn of_other_chains(mut self, set: &'static ChainSet) -> Self {
        for (selected, chain) in self.chains.iter_mut().zip(set.chains()) {
            selected.chain = chain;
        }
        self
    }
}
