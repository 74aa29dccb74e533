//! Tables and views as their chains leave them: what is emitted about them, and nothing else.

mod names;
mod rust_type;

pub(crate) use names::Names;
pub use rust_type::{RUST_TYPES, rust_type};

use stairwell_catalog::{Catalog, Column, Generated, Kind, Name, Object, ObjectId, SqlType};

use crate::prove::Proof;

/// A table or view.
#[derive(Clone, Debug)]
pub(crate) struct TableModel {
    /// Unquoted.
    pub(crate) schema: String,
    /// Unquoted.
    pub(crate) name: String,
    pub(crate) kind: TableKind,
    /// In the order of the table.
    pub(crate) columns: Vec<ColumnModel>,
    /// Whether there may be columns that nobody could see.
    pub(crate) has_unknown_columns: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableKind {
    Table,
    Partitioned,
    Foreign,
    View,
    MaterializedView,
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnModel {
    /// Unquoted.
    pub(crate) name: String,
    /// In the words of PostgreSQL's `format_type`: `character varying(40)`, `integer[]`; `None` if nobody
    /// could see it.
    pub(crate) sql_type: Option<String>,
    /// The type below a domain, or below a domain over a domain; `None` if the type is no domain.
    pub(crate) base_type: Option<String>,
    /// `NotNull` also where a domain says so; `Unknown` for every column of a view.
    pub(crate) nullability: Nullability,
    pub(crate) default: ColumnDefault,
    /// Whether it may be otherwise, or not be there.
    pub(crate) is_uncertain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nullability {
    NotNull,
    Nullable,
    Unknown,
}

/// What fills a column when an INSERT does not. Expressions are as the migrations have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnDefault {
    None,
    Expression(String),
    IdentityAlways,
    IdentityByDefault,
    GeneratedStored(String),
    GeneratedVirtual(String),
}

/// The tables and views of each plugin, by its index in the draft, as the whole chain set leaves them, sorted by
/// schema and name.
pub(crate) fn tables(plugins: usize, proof: &Proof<'_>) -> Vec<Vec<TableModel>> {
    let mut tables = vec![Vec::new(); plugins];
    for (id, _) in proof.catalog.iter() {
        let Some(model) = table(id, &proof.catalog) else { continue };
        let owner = proof.relation_owner(&id.owner());
        if let Some(tables) = owner.and_then(|plugin| tables.get_mut(plugin)) {
            tables.push(model);
        }
    }
    tables
}

fn table(id: &ObjectId, catalog: &Catalog) -> Option<TableModel> {
    let entry = catalog.get(id)?;
    let kind = match (&entry.object, id.kind) {
        (Object::Table(table), _) => match table.kind {
            stairwell_catalog::TableKind::Ordinary => TableKind::Table,
            stairwell_catalog::TableKind::Partitioned { .. } => TableKind::Partitioned,
            stairwell_catalog::TableKind::Foreign { .. } => TableKind::Foreign,
        },
        (Object::View(_), Kind::View) => TableKind::View,
        (Object::View(_), _) => TableKind::MaterializedView,
        _ => return None,
    };
    let is_table = matches!(kind, TableKind::Table | TableKind::Partitioned | TableKind::Foreign);
    let columns = catalog.columns(&id.owner());
    // A view always has columns; one without is one that could not be read.
    let has_unknown_columns = entry.opaque.is_some() || (columns.is_empty() && !is_table);
    let is_uncertain = |name: Name| {
        let entry = catalog.get(&ObjectId::part(Kind::Column, &id.owner(), name));
        is_table && entry.is_some_and(|entry| entry.opaque.is_some())
    };
    let model = |(name, written): (Name, &Column)| ColumnModel {
        is_uncertain: is_uncertain(name),
        ..column(&name, written, is_table, catalog)
    };
    let columns = columns.into_iter().map(model).collect();
    Some(TableModel {
        schema: id.schema.to_string(),
        name: id.name.to_string(),
        kind,
        columns,
        has_unknown_columns,
    })
}

fn column(name: &str, column: &Column, is_table: bool, catalog: &Catalog) -> ColumnModel {
    let domain = Domains { catalog }.of(&column.ty);
    let nullability = match domain {
        _ if !is_table => Nullability::Unknown,
        Some((_, true)) => Nullability::NotNull,
        _ if column.not_null => Nullability::NotNull,
        _ => Nullability::Nullable,
    };
    let text = || column.default.as_ref().map_or_else(String::new, |expression| expression.0.clone());
    let default = match (column.generated, &column.default) {
        (Generated::IdentityAlways, _) => ColumnDefault::IdentityAlways,
        (Generated::IdentityByDefault, _) => ColumnDefault::IdentityByDefault,
        (Generated::Stored, _) => ColumnDefault::GeneratedStored(text()),
        (Generated::Virtual, _) => ColumnDefault::GeneratedVirtual(text()),
        (Generated::No, Some(_)) => ColumnDefault::Expression(text()),
        (Generated::No, None) => ColumnDefault::None,
    };
    ColumnModel {
        name: name.to_owned(),
        sql_type: (!column.ty.is_opaque()).then(|| column.ty.to_string()),
        base_type: domain.map(|(base, _)| base),
        nullability,
        default,
        is_uncertain: false,
    }
}

/// The types below domains.
struct Domains<'a> {
    catalog: &'a Catalog,
}

impl Domains<'_> {
    /// The type below a domain, and whether any domain on the way refuses NULL; none for any other type.
    fn of(&self, ty: &SqlType) -> Option<(String, bool)> {
        let SqlType::Named { name, .. } = ty else { return None };
        let id = ObjectId::new(Kind::Type, name.schema, name.name);
        let Object::Domain(domain) = &self.catalog.get(&id)?.object else { return None };
        match self.of(&domain.base) {
            Some((base, not_null)) => Some((base, not_null || domain.not_null)),
            None => Some((domain.base.to_string(), domain.not_null)),
        }
    }
}

#[cfg(test)]
mod tests {
    use stairwell_sql::{
        fold::{Fold, Outside},
        parse,
    };

    use super::*;

    /// The server does not run the branch, and the suite said that the constant was wrong.
    #[test]
    fn a_column_is_uncertain_where_only_the_server_knows_a_condition() {
        let sql = "CREATE TABLE hooks (id int NOT NULL, title text);\n\
             DO $$ BEGIN\n\
             IF (SELECT column_default::int FROM information_schema.columns WHERE column_name = 'title') = 0 THEN\n\
             ALTER TABLE hooks ALTER COLUMN title SET DEFAULT 'none';\n\
             END IF;\n\
             END $$;";
        let mut fold = Fold::new(Outside::default());
        drop(fold.step(0, &parse(sql)));
        let catalog = fold.catalog();
        let tables: Vec<TableModel> = catalog.iter().filter_map(|(id, _)| table(id, catalog)).collect();
        let columns: Vec<(&str, bool)> =
            tables[0].columns.iter().map(|column| (column.name.as_str(), column.is_uncertain)).collect();
        assert_eq!(columns, [("id", false), ("title", true)]);
    }
}
