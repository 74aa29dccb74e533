//! From a name as written to the object that PostgreSQL finds under it: `search_path`, temporary objects,
//! the system's own schemas, extensions, and what the settings say exists outside of the chains.

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{AstNode, normalize_name_node},
};
use stairwell_catalog::{Kind, Name, Object, ObjectId, QualifiedName, Verb};

use super::{Fold, extension};

/// PostgreSQL cuts a longer identifier off (`NAMEDATALEN` - 1), without a word but a notice.
pub(crate) const IDENTIFIER_BYTES: usize = 63;

/// The schema that stands for the session's own temporary objects.
pub(crate) const TEMP: &str = "pg_temp";

/// What a name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// An object of the catalog.
    Object(ObjectId),
    /// Something that is not followed: a system relation, an extension's, or one that exists outside.
    Elsewhere(QualifiedName),
    /// Nothing; the name is the one it would have.
    Nothing(QualifiedName),
}

impl Found {
    /// The name, found or not.
    pub(crate) fn name(&self) -> QualifiedName {
        match self {
            Self::Object(id) => id.owner(),
            Self::Elsewhere(name) | Self::Nothing(name) => *name,
        }
    }
}

/// The parts of a possibly qualified name, as PostgreSQL stores them: `public.Printers` gives
/// `["public", "printers"]`.
pub(crate) fn parts(node: &SyntaxNode) -> Vec<String> {
    let segments: Vec<String> = node
        .descendants()
        .filter(|node| matches!(node.kind(), SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF))
        .map(|segment| identifier(&segment))
        .collect();
    if !segments.is_empty() {
        return segments;
    }
    let names: Vec<String> = node
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::NAME_REF)
        .map(|name| identifier(&name))
        .collect();
    if names.is_empty() { vec![identifier(node)] } else { names }
}

/// One identifier, folded to lower case unless it is quoted, and cut off where PostgreSQL cuts it off.
pub(crate) fn identifier(node: &SyntaxNode) -> String {
    truncate(normalize_name_node(node))
}

/// The last identifier of a path that names one thing only, as behind `RENAME TO`.
pub(crate) fn identifier_of(node: &SyntaxNode) -> String {
    parts(node).pop().unwrap_or_default()
}

/// Cuts an identifier off at 63 bytes, never within a character.
pub(crate) fn truncate(mut name: String) -> String {
    if name.len() > IDENTIFIER_BYTES {
        let end = (0..=IDENTIFIER_BYTES).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        name.truncate(end);
    }
    name
}

impl Fold {
    /// The schema that an unqualified name would be created in.
    pub(crate) fn creation_schema(&self) -> Name {
        for schema in &self.session.search_path {
            if self.schema_exists(schema) {
                return *schema;
            }
        }
        "public".into()
    }

    /// The schemas in which a name without one is looked for, by name.
    pub(crate) fn schemas_looked_into(&self) -> Vec<String> {
        self.session.search_path.iter().map(Name::to_string).collect()
    }

    /// Whether the schema exists, as far as is known.
    pub(crate) fn schema_exists(&self, schema: &str) -> bool {
        schema == TEMP
            || is_system(schema)
            || self.state.contains(&ObjectId::global(Kind::Schema, schema))
            || self.outside.schemas.contains(schema)
            || extension::may_bring_schemas(self)
    }

    /// The name under which something new is created, from the parts of its name.
    pub(crate) fn new_name(&self, parts: &[String]) -> QualifiedName {
        match parts {
            [] => QualifiedName::new(self.creation_schema(), ""),
            [name] => QualifiedName::new(self.creation_schema(), name.clone()),
            [.., schema, name] => QualifiedName::new(self.own_schema(schema), name.clone()),
        }
    }

    /// `pg_temp` under any of its names.
    fn own_schema(&self, schema: &str) -> String {
        if schema.starts_with("pg_temp") { TEMP.to_owned() } else { schema.to_owned() }
    }

    /// The candidates for a name, in the order in which PostgreSQL looks.
    pub(crate) fn candidates(&self, parts: &[String]) -> Vec<QualifiedName> {
        match parts {
            [] => Vec::new(),
            [name] => {
                let name = Name::from(name);
                let mut candidates = Vec::with_capacity(self.session.search_path.len() + 1);
                candidates.push(QualifiedName::new(TEMP, name));
                for schema in &self.session.search_path {
                    candidates.push(QualifiedName { schema: *schema, name });
                }
                candidates
            }
            [.., schema, name] => vec![QualifiedName::new(self.own_schema(schema), name.clone())],
        }
    }

    /// The relation of that name: table, view, materialised view, sequence, index or composite type.
    pub(crate) fn find_relation(&self, parts: &[String]) -> Found {
        for name in self.candidates(parts) {
            if let Some(id) = self.state.catalog().relation(&name) {
                return Found::Object(*id);
            }
            if self.outside.covers(&name) {
                return Found::Elsewhere(name);
            }
        }
        let name = self.new_name(parts);
        let system = is_system(&name.schema) || (parts.len() == 1 && name.name.starts_with("pg_"));
        if system || extension::relation(self, &name.name).is_some() {
            return Found::Elsewhere(name);
        }
        Found::Nothing(name)
    }

    /// The type of that name: a type, or the row type of a relation.
    pub(crate) fn find_type(&self, parts: &[String]) -> Found {
        for name in self.candidates(parts) {
            let id = ObjectId::new(Kind::Type, name.schema, name.name);
            if self.state.contains(&id) {
                return Found::Object(id);
            }
            match self.state.catalog().relation(&name) {
                Some(id) if matches!(id.kind, Kind::Table | Kind::View | Kind::MaterializedView) => {
                    return Found::Object(*id);
                }
                _ => {}
            }
            if self.outside.covers(&name) {
                return Found::Elsewhere(name);
            }
        }
        if let Some(name) = self.find_multirange(parts) {
            return Found::Elsewhere(name);
        }
        let name = self.new_name(parts);
        if let Some(schema) = extension::type_schema(self, &name.name) {
            return Found::Elsewhere(QualifiedName::new(schema, name.name));
        }
        // Every system relation and view has a row type: `SETOF pg_class`.
        if parts.len() == 1 && name.name.starts_with("pg_") {
            let is_extensions = extension::relation(self, &name.name).is_some();
            let schema = if is_extensions { "" } else { "pg_catalog" };
            return Found::Elsewhere(QualifiedName::new(schema, name.name));
        }
        if is_system(&name.schema) { Found::Elsewhere(name) } else { Found::Nothing(name) }
    }

    /// The multirange type of that name, which comes with a range type and is no object itself.
    fn find_multirange(&self, parts: &[String]) -> Option<QualifiedName> {
        self.candidates(parts).into_iter().find(|name| self.range_of(name).is_some())
    }

    /// Every function, procedure and aggregate of that name, in the first schema that has one.
    pub(crate) fn find_functions(&self, parts: &[String]) -> Vec<ObjectId> {
        self.candidates(parts)
            .iter()
            .map(|name| {
                self.state
                    .catalog()
                    .named(name)
                    .filter(|(_, entry)| matches!(entry.object, Object::Function(_)))
                    .map(|(id, _)| *id)
                    .collect::<Vec<_>>()
            })
            .find(|functions| !functions.is_empty())
            .unwrap_or_default()
    }

    /// The relation that a statement names, with the effect on it; `None` (and a problem, where that is certain)
    /// if there is none.
    pub(crate) fn relation(&mut self, node: &SyntaxNode, verb: Verb) -> Option<ObjectId> {
        let parts = parts(node);
        match self.find_relation(&parts) {
            Found::Object(id) => {
                self.effect(verb, &id, node);
                Some(id)
            }
            Found::Elsewhere(name) => {
                // Their rows are the objects.
                let is_named_so = parts.len() == 1 && name.name.starts_with("pg_");
                let is_catalog = name.schema == "pg_catalog" || (is_named_so && !self.outside.covers(&name));
                if verb == Verb::Write && is_catalog {
                    self.opaque(format!("it writes to the system catalog {}", name.name), node);
                }
                None
            }
            Found::Nothing(name) => {
                let id = ObjectId::new(Kind::Table, name.schema, name.name);
                self.missing(&id, node);
                None
            }
        }
    }
}

/// Whether the schema is PostgreSQL's own.
pub(crate) fn is_system(schema: &str) -> bool {
    matches!(schema, "pg_catalog" | "information_schema" | "pg_toast")
}

/// The text of a node, as it is written.
pub(crate) fn text(node: &impl AstNode) -> String {
    node.syntax().text().to_string()
}
