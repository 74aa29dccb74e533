//! Operator classes: which of them is the one that an index has without a word.

use std::collections::{HashMap, HashSet};

use tokio_postgres::GenericClient;

use super::{ReadError, reader::Reader};

#[derive(Default)]
pub(super) struct OperatorClasses {
    classes: HashMap<u32, Class>,
    /// The access methods and types for which there is a default made for just this type.
    exact: HashSet<(u32, u32)>,
}

struct Class {
    name: String,
    method: u32,
    input: u32,
    default: bool,
}

impl OperatorClasses {
    pub(super) async fn read<C: GenericClient>(reader: &Reader<'_, C>) -> Result<Self, ReadError> {
        let sql = "SELECT oid, opcname::text AS name, opcmethod, opcintype, opcdefault FROM pg_opclass";
        let mut this = Self::default();
        for row in reader.ask_all("operator classes", sql).await? {
            let class = Class {
                name: row.get("name")?,
                method: row.get("opcmethod")?,
                input: row.get("opcintype")?,
                default: row.get("opcdefault")?,
            };
            if class.default {
                this.exact.insert((class.method, class.input));
            }
            this.classes.insert(row.get("oid")?, class);
        }
        Ok(this)
    }

    /// The class's name if it is not the default for `key_type`, the type below all domains.
    ///
    /// A default for the very type takes precedence over one for a type that it can stand for.
    pub(super) fn unusual(&self, class: u32, key_type: u32) -> Option<String> {
        let class = self.classes.get(&class)?;
        let exact = class.input == key_type || !self.exact.contains(&(class.method, key_type));
        (!(class.default && exact)).then(|| class.name.clone())
    }
}
