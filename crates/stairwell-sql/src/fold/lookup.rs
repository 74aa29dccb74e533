//! Finding the object that a statement names together with its kind: `DROP VIEW v`, `COMMENT ON INDEX i`.

use squawk_syntax::SyntaxNode;
use stairwell_catalog::{Kind, Object, ObjectId, QualifiedName, TableKind};

use super::{
    Fold,
    resolve::{Found, is_system, parts},
    types::is_built_in,
};

/// What a statement says that the object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// `TABLE`: ordinary or partitioned.
    Table,
    /// `FOREIGN TABLE`.
    ForeignTable,
    /// `VIEW`.
    View,
    /// `MATERIALIZED VIEW`.
    MaterializedView,
    /// `INDEX`.
    Index,
    /// `SEQUENCE`.
    Sequence,
    /// `TYPE`, which domains are as well.
    Type,
    /// `TYPE` where row types are types as well.
    AnyType,
    /// `DOMAIN`.
    Domain,
    /// `STATISTICS`.
    Statistics,
    /// `COLLATION`.
    Collation,
    /// `SCHEMA`.
    Schema,
    /// `EXTENSION`.
    Extension,
    /// `EVENT TRIGGER`.
    EventTrigger,
    /// `PUBLICATION`.
    Publication,
}

/// What was found of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sought {
    /// The object.
    Object(ObjectId),
    /// Something that is not followed.
    Elsewhere,
    /// Nothing; the identity is the one it would have.
    Missing(ObjectId),
    /// An object of another kind.
    WrongKind(ObjectId),
}

impl Wanted {
    fn kind(self) -> Kind {
        match self {
            Self::Table | Self::ForeignTable => Kind::Table,
            Self::View => Kind::View,
            Self::MaterializedView => Kind::MaterializedView,
            Self::Index => Kind::Index,
            Self::Sequence => Kind::Sequence,
            Self::Type | Self::AnyType | Self::Domain => Kind::Type,
            Self::Statistics => Kind::Statistics,
            Self::Collation => Kind::Collation,
            Self::Schema => Kind::Schema,
            Self::Extension => Kind::Extension,
            Self::EventTrigger => Kind::EventTrigger,
            Self::Publication => Kind::Publication,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::ForeignTable => "foreign table",
            Self::Domain => "domain",
            other => other.kind().word(),
        }
    }

    fn is(self, id: &ObjectId, object: &Object) -> bool {
        match (self, object) {
            (Self::Table, Object::Table(it)) => !matches!(it.kind, TableKind::Foreign { .. }),
            (Self::ForeignTable, Object::Table(it)) => matches!(it.kind, TableKind::Foreign { .. }),
            (Self::Domain, Object::Domain(_)) => true,
            (Self::Domain | Self::Table | Self::ForeignTable, _) => false,
            _ => id.kind == self.kind(),
        }
    }
}

impl Fold {
    /// The object of that name and kind.
    pub(crate) fn seek(&self, wanted: Wanted, parts: &[String]) -> Sought {
        let found = match wanted {
            Wanted::Table
            | Wanted::ForeignTable
            | Wanted::View
            | Wanted::MaterializedView
            | Wanted::Index
            | Wanted::Sequence => self.find_relation(parts),
            Wanted::Type | Wanted::AnyType | Wanted::Domain => match (self.find_type(parts), parts) {
                (Found::Nothing(name), [_]) if is_built_in(&name.name) => Found::Elsewhere(name),
                (found, _) => found,
            },
            Wanted::Statistics | Wanted::Collation => self.find_plain(wanted.kind(), parts),
            Wanted::Schema | Wanted::Extension | Wanted::EventTrigger | Wanted::Publication => {
                self.find_global(wanted.kind(), parts)
            }
        };
        match found {
            Found::Object(id) => match self.state.get(&id) {
                Some(entry) if entry.opaque.is_some() && id.kind != wanted.kind() => Sought::Elsewhere,
                Some(entry) if wanted.is(&id, &entry.object) => Sought::Object(id),
                _ => Sought::WrongKind(id),
            },
            Found::Elsewhere(_) => Sought::Elsewhere,
            Found::Nothing(name) if matches!(wanted.kind(), Kind::Schema | Kind::Extension) => {
                Sought::Missing(ObjectId::global(wanted.kind(), name.name))
            }
            Found::Nothing(name) if name.schema.is_empty() => {
                Sought::Missing(ObjectId::global(wanted.kind(), name.name))
            }
            Found::Nothing(name) => Sought::Missing(ObjectId::new(wanted.kind(), name.schema, name.name)),
        }
    }

    /// The object that a node names, with a problem if there is none of this kind.
    pub(crate) fn named(&mut self, wanted: Wanted, node: &SyntaxNode) -> Option<ObjectId> {
        self.named_if(wanted, node, false)
    }

    /// The same, where a name without a schema may also be that of one of PostgreSQL's own objects.
    pub(crate) fn named_or_system(&mut self, wanted: Wanted, node: &SyntaxNode) -> Option<ObjectId> {
        let quiet = parts(node).len() == 1;
        self.named_if(wanted, node, quiet)
    }

    /// The same, where `quiet` says that it need not exist (`IF EXISTS`).
    pub(crate) fn named_if(&mut self, wanted: Wanted, node: &SyntaxNode, quiet: bool) -> Option<ObjectId> {
        match self.seek(wanted, &parts(node)) {
            Sought::Object(id) => return Some(id),
            Sought::Elsewhere => {}
            Sought::Missing(id) => {
                if !quiet {
                    self.missing(&id, node);
                }
            }
            Sought::WrongKind(_) if wanted == Wanted::AnyType => {}
            Sought::WrongKind(id) => self.invalid(format!("{id} is no {}", wanted.word()), node),
        }
        None
    }

    /// Statistics or a collation.
    fn find_plain(&self, kind: Kind, parts: &[String]) -> Found {
        for name in self.candidates(parts) {
            let id = ObjectId::new(kind, name.schema, name.name);
            if self.state.contains(&id) {
                return Found::Object(id);
            }
            if self.outside.covers(&name) {
                return Found::Elsewhere(name);
            }
        }
        let name = self.new_name(parts);
        if is_system(&name.schema) { Found::Elsewhere(name) } else { Found::Nothing(name) }
    }

    fn find_global(&self, kind: Kind, parts: &[String]) -> Found {
        let name = parts.last().cloned().unwrap_or_default();
        let id = ObjectId::global(kind, name.clone());
        if self.state.contains(&id) {
            return Found::Object(id);
        }
        let elsewhere = match kind {
            Kind::Schema => self.schema_exists(&name) || name.starts_with("pg_"),
            // PL/pgSQL is in every database and in no catalog.
            Kind::Extension => name == "plpgsql",
            _ => false,
        };
        let name = QualifiedName::new("", name);
        if elsewhere { Found::Elsewhere(name) } else { Found::Nothing(name) }
    }
}
