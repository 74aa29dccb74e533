//! What rows of `pg_catalog` and `information_schema` say about the objects of the fold's catalog.

use stairwell_catalog::{Kind, Name, Object, ObjectId, QualifiedName};

use super::{Fold, condition::Truth, extension, resolve, types};

/// What a column of a system catalog says about the object that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Its own name.
    Name,
    /// Its schema's name.
    Schema,
    /// Its schema, by number.
    SchemaId,
    /// The name of the relation that it is a part of or on.
    Relation,
    /// That relation, or the index, by number.
    RelationId,
    /// The enum, by number.
    TypeId,
    /// A value of the enum.
    EnumValue,
    /// Something that is so for everything that is followed: it is not dropped, it is of this database.
    Given,
    /// A number that only joins catalogs.
    Join,
}

/// A table of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SystemTable {
    name: &'static str,
    /// What its rows are; none where it only says more about the rows of another one.
    kinds: &'static [Kind],
    columns: &'static [(&'static str, Role)],
}

const RELATIONS: &[Kind] = &[Kind::Table, Kind::View, Kind::MaterializedView, Kind::Sequence, Kind::Index];

macro_rules! tables {
    ($($name:literal: [$($kind:expr),*] { $($column:literal: $role:ident),* $(,)? })*) => {
        &[$(SystemTable {
            name: $name,
            kinds: &[$($kind),*],
            columns: &[$(($column, Role::$role)),*],
        }),*]
    };
}

/// Those that say the most about what is asked for come first.
const TABLES: &[SystemTable] = tables! {
    "pg_enum": [Kind::Type] { "enumlabel": EnumValue, "enumtypid": TypeId }
    "pg_attribute": [Kind::Column] {
        "attname": Name, "attrelid": RelationId, "attisdropped": Given, "attnum": Given,
    }
    "pg_constraint": [Kind::Constraint] {
        "conname": Name, "conrelid": RelationId, "connamespace": SchemaId, "oid": Join,
    }
    "pg_trigger": [Kind::Trigger] { "tgname": Name, "tgrelid": RelationId, "tgisinternal": Given }
    "pg_policy": [Kind::Policy] { "polname": Name, "polrelid": RelationId }
    "pg_policies": [Kind::Policy] { "policyname": Name, "tablename": Relation, "schemaname": Schema }
    "pg_rules": [Kind::Rule] { "rulename": Name, "tablename": Relation, "schemaname": Schema }
    "pg_index": [Kind::Index] { "indrelid": Join, "indexrelid": RelationId }
    "pg_indexes": [Kind::Index] { "indexname": Name, "tablename": Relation, "schemaname": Schema }
    "pg_proc": [Kind::Function] { "proname": Name, "pronamespace": SchemaId }
    "pg_type": [Kind::Type] { "typname": Name, "typnamespace": SchemaId, "oid": Join }
    "pg_class": [
        Kind::Table, Kind::View, Kind::MaterializedView, Kind::Sequence, Kind::Index
    ] { "relname": Name, "relnamespace": SchemaId, "oid": Join, "relkind": Given }
    "pg_tables": [Kind::Table] { "tablename": Name, "schemaname": Schema }
    "pg_views": [Kind::View] { "viewname": Name, "schemaname": Schema }
    "pg_matviews": [Kind::MaterializedView] { "matviewname": Name, "schemaname": Schema }
    "pg_sequences": [Kind::Sequence] { "sequencename": Name, "schemaname": Schema }
    "pg_extension": [Kind::Extension] { "extname": Name }
    "pg_event_trigger": [Kind::EventTrigger] { "evtname": Name }
    "pg_publication": [Kind::Publication] { "pubname": Name }
    "pg_collation": [Kind::Collation] { "collname": Name, "collnamespace": SchemaId }
    "pg_statistic_ext": [Kind::Statistics] { "stxname": Name, "stxnamespace": SchemaId }
    "pg_namespace": [Kind::Schema] { "nspname": Schema, "oid": Join }
    "columns": [Kind::Column] {
        "column_name": Name, "table_name": Relation, "table_schema": Schema, "table_catalog": Given,
    }
    "table_constraints": [Kind::Constraint] {
        "constraint_name": Name, "table_name": Relation, "table_schema": Schema, "constraint_schema": Schema,
        "constraint_catalog": Given, "table_catalog": Given,
    }
    "key_column_usage": [Kind::Constraint] {
        "constraint_name": Name, "table_name": Relation, "table_schema": Schema, "constraint_schema": Schema,
    }
    "constraint_column_usage": [Kind::Constraint] { "constraint_name": Name, "constraint_schema": Schema }
    "referential_constraints": [Kind::Constraint] { "constraint_name": Name, "constraint_schema": Schema }
    "check_constraints": [Kind::Constraint] { "constraint_name": Name, "constraint_schema": Schema }
    "triggers": [Kind::Trigger] {
        "trigger_name": Name, "event_object_table": Relation, "event_object_schema": Schema,
        "trigger_schema": Schema,
    }
    "tables": [Kind::Table, Kind::View] {
        "table_name": Name, "table_schema": Schema, "table_catalog": Given,
    }
    "views": [Kind::View] { "table_name": Name, "table_schema": Schema, "table_catalog": Given }
    "sequences": [Kind::Sequence] { "sequence_name": Name, "sequence_schema": Schema }
    "routines": [Kind::Function] {
        "routine_name": Name, "routine_schema": Schema, "specific_schema": Schema, "routine_catalog": Given,
    }
    "domains": [Kind::Type] { "domain_name": Name, "domain_schema": Schema }
    "user_defined_types": [Kind::Type] {
        "user_defined_type_name": Name, "user_defined_type_schema": Schema,
    }
    "schemata": [Kind::Schema] { "schema_name": Schema, "catalog_name": Given }
};

/// The system's table of that name, if its rows are objects that are followed.
pub(crate) fn table_of(parts: &[String]) -> Option<&'static SystemTable> {
    let (name, of_information_schema) = match parts {
        [name] => (name, false),
        [schema, name] if schema == "pg_catalog" => (name, false),
        [schema, name] if schema == "information_schema" => (name, true),
        _ => return None,
    };
    TABLES.iter().find(|table| table.name == name && table.name.starts_with("pg_") != of_information_schema)
}

/// What a column says.
fn role_of(table: &'static SystemTable, column: &str) -> Option<Role> {
    table.columns.iter().find(|(name, _)| *name == column).map(|(_, role)| *role)
}

/// What a query demands of the object that it asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    table: Option<&'static SystemTable>,
    names: Option<Vec<String>>,
    schemas: Option<Vec<String>>,
    relations: Option<Vec<String>>,
    values: Option<Vec<String>>,
    /// Whether it demands something else as well, so that an object that fits may not be meant.
    pub(crate) unclear: bool,
}

impl Question {
    /// Notes tables that are asked; the one that says most decides what is asked for.
    pub(crate) fn ask_of(&mut self, tables: impl Iterator<Item = &'static SystemTable>) {
        let rank = |table: &SystemTable| TABLES.iter().position(|it| it.name == table.name);
        for table in tables {
            if self.table.is_none_or(|present| rank(table) < rank(present)) {
                self.table = Some(table);
            }
        }
    }

    /// What a column of one of the tables says about what is asked for.
    pub(crate) fn role(&self, table: &'static SystemTable, column: &str) -> Option<Role> {
        let role = role_of(table, column)?;
        let asked = self.table?;
        // A joined `pg_class` is about the relation that a part belongs to.
        if role == Role::Name && table.name == "pg_class" && asked.name != "pg_class" {
            return Some(if asked.name == "pg_index" { Role::Join } else { Role::Relation });
        }
        Some(role)
    }

    /// Notes that one of these values is demanded; `schema` qualifies them.
    pub(crate) fn demand(&mut self, role: Role, values: Vec<String>, schema: Vec<String>) {
        let narrow = |present: &mut Option<Vec<String>>, values: Vec<String>| match present {
            Some(present) => present.retain(|value| values.contains(value)),
            None => *present = Some(values),
        };
        let kinds = self.table.map_or(&[] as &[Kind], |table| table.kinds);
        let is_part = kinds.first().is_some_and(|kind| kind.is_part());
        let is_enum = self.table.is_some_and(|table| table.name == "pg_enum");
        match role {
            Role::Name => narrow(&mut self.names, values),
            Role::Schema | Role::SchemaId => narrow(&mut self.schemas, values),
            Role::Relation => narrow(&mut self.relations, values),
            Role::RelationId if is_part => narrow(&mut self.relations, values),
            Role::RelationId => narrow(&mut self.names, values),
            Role::TypeId if is_enum => narrow(&mut self.names, values),
            Role::TypeId => self.unclear = true,
            Role::EnumValue => narrow(&mut self.values, values),
            Role::Given => {}
            Role::Join => self.unclear = true,
        }
        if !schema.is_empty() {
            narrow(&mut self.schemas, schema);
        }
    }
}

impl Fold {
    /// Whether there is such an object.
    pub(crate) fn answer(&self, question: &Question) -> Truth {
        let unknown = Truth::Unknown { asks_catalog: true };
        let Some(table) = question.table else { return Truth::default() };
        if self.blind.is_some() {
            return unknown;
        }
        let mut question = question.clone();
        let is_schema = table.kinds == [Kind::Schema];
        if is_schema {
            question.names = question.schemas.take();
        }
        let Some(names) = &question.names else { return unknown };
        let (mut sure, mut doubtful) = (false, false);
        for (id, entry) in self.state.catalog() {
            if !asks_for(table, id) || id.schema == resolve::TEMP {
                continue;
            }
            let own = match id.kind {
                Kind::Function => &id.name,
                kind if kind.is_part() => &id.part,
                _ => &id.name,
            };
            let is_one_of = |wanted: &Option<Vec<String>>, value: &Name| {
                wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|it| it == value))
            };
            let relation = match &entry.object {
                Object::Index(index) => &index.table.name,
                _ => &id.name,
            };
            let has_value = question.values.as_ref().is_none_or(|wanted| match &entry.object {
                Object::Enum(it) => it.values.iter().any(|value| wanted.contains(value)),
                _ => false,
            });
            let fits = names.iter().any(|it| it == own)
                && is_one_of(&question.schemas, &id.schema)
                && is_one_of(&question.relations, relation);
            if !fits {
                continue;
            }
            match (has_value, entry.opaque.is_some()) {
                (true, false) => sure = true,
                (_, true) => doubtful = true,
                (false, false) => {}
            }
        }
        if sure && !question.unclear {
            return Truth::Yes;
        }
        if sure || doubtful || self.may_be_elsewhere(table, &question, names) {
            return unknown;
        }
        Truth::No
    }

    /// Whether an object that is asked for may exist without being followed.
    fn may_be_elsewhere(&self, table: &SystemTable, question: &Question, names: &[String]) -> bool {
        let asks = |kind: Kind| table.kinds.contains(&kind);
        let in_schemas = question.schemas.as_deref();
        if in_schemas.is_some_and(|schemas| schemas.iter().any(|schema| resolve::is_system(schema))) {
            return true;
        }
        if self.outside.schemas.iter().any(|schema| {
            in_schemas.is_none_or(|schemas| schemas.contains(schema))
                || (asks(Kind::Schema) && names.contains(schema))
        }) {
            return true;
        }
        let owners = question.relations.as_deref().unwrap_or(names);
        if self.outside.names.iter().any(|name| owners.iter().any(|owner| *owner == name.name)) {
            return true;
        }
        // A relation that may be another one than the catalog says may have other parts.
        if question.relations.is_some() || table.kinds.first().is_some_and(|kind| kind.is_part()) {
            let doubtful = self.state.catalog().iter().any(|(id, entry)| {
                entry.opaque.is_some()
                    && question.relations.as_ref().is_none_or(|it| it.iter().any(|name| *name == id.name))
            });
            let elsewhere = owners.iter().any(|name| extension::relation(self, name).is_some());
            return doubtful || elsewhere;
        }
        names.iter().any(|name| {
            name.starts_with("pg_")
                || (asks(Kind::Function) && (in_schemas.is_none() || extension::any(self)))
                || (asks(Kind::Type)
                    && ((in_schemas.is_none() && types::is_built_in(name))
                        || name.starts_with('_')
                        || extension::type_schema(self, name).is_some()))
                || (RELATIONS.iter().any(|kind| asks(*kind)) && extension::relation(self, name).is_some())
                || (asks(Kind::Schema) && resolve::is_system(name))
                || asks(Kind::Collation)
                || (asks(Kind::Extension) && name == "plpgsql")
                || self.outside.covers(&QualifiedName::new("public", name.clone()))
        })
    }
}

fn asks_for(table: &SystemTable, id: &ObjectId) -> bool {
    // The row type of a relation is a type as well.
    let row_type =
        table.name == "pg_type" && matches!(id.kind, Kind::Table | Kind::View | Kind::MaterializedView);
    table.kinds.contains(&id.kind) || row_type
}
