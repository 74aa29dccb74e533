//! The names that stand in a query at one place: relations by alias, columns, `WITH` queries; level upon level.

use stairwell_catalog::{Kind, ObjectId, QualifiedName, SqlType};

use super::{Scope, value::Value};
use crate::fold::Fold;

/// A column that a FROM clause or a query gives.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) value: Value,
    /// The columns of the catalog that it is, if it is nothing but a column.
    pub(super) sources: Vec<ObjectId>,
}

/// The columns of a relation, a join or a query, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub(super) list: Vec<Column>,
    /// Whether there may be more, or others.
    pub(super) opaque: bool,
}

impl Columns {
    /// Columns of which nothing is known.
    pub(super) fn opaque() -> Self {
        Self { list: Vec::new(), opaque: true }
    }

    /// Columns that are computed, or of a function.
    pub(super) fn computed(columns: impl IntoIterator<Item = (String, Value)>) -> Self {
        let list =
            columns.into_iter().map(|(name, value)| Column { name, value, sources: Vec::new() }).collect();
        Self { list, opaque: false }
    }

    pub(super) fn find(&self, name: &str) -> Option<&Column> {
        self.list.iter().find(|column| column.name == name)
    }

    /// Gives the first columns other names, as `AS alias (a, b)` does.
    pub(super) fn rename(&mut self, names: &[String]) {
        for (column, name) in self.list.iter_mut().zip(names) {
            column.name.clone_from(name);
        }
    }

    /// What a query around this one sees: the columns are no longer the catalog's.
    pub(super) fn derived(mut self) -> Self {
        for column in &mut self.list {
            column.sources.clear();
            column.value.settle();
        }
        self
    }
}

/// Something in a FROM clause by which columns can be qualified.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) alias: String,
    /// The relation of the catalog behind it.
    pub(super) relation: Option<QualifiedName>,
    /// Whether it can be named with its schema: it has no alias.
    pub(super) bare: bool,
    pub(super) columns: Columns,
}

/// A query of a WITH clause.
#[derive(Debug, Clone)]
pub(super) struct Cte {
    pub(super) name: String,
    pub(super) columns: Columns,
}

/// One level of names, and the levels around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Env<'a> {
    pub(super) outer: Option<&'a Env<'a>>,
    /// What can qualify.
    pub(super) items: Vec<Item>,
    /// What needs no qualification, which is also what `*` stands for.
    pub(super) columns: Columns,
    /// The queries of the WITH clause.
    pub(super) ctes: Vec<Cte>,
    /// Whether a name that nothing explains may be a variable.
    pub(super) variables: bool,
}

/// What a plain name leads to.
pub(super) enum Named<'e> {
    Column(&'e Column),
    /// The row of a relation.
    Row(&'e Item),
    /// It cannot be told.
    Unsure,
    Nothing,
}

impl<'a> Env<'a> {
    /// A level without names of its own.
    pub(super) fn inside(outer: &'a Env<'a>) -> Self {
        Self { outer: Some(outer), ..Self::default() }
    }

    /// The outermost level.
    pub(super) fn of_scope(fold: &Fold, scope: &Scope) -> Self {
        let mut env = Self { variables: scope.variables, ..Self::default() };
        for relation in &scope.relations {
            let columns = relation.columns.iter().map(|(name, ty)| {
                let id =
                    relation.relation.as_ref().map(|owner| ObjectId::part(Kind::Column, owner, name.clone()));
                let id = id.filter(|id| fold.state.contains(id));
                let collation = id
                    .as_ref()
                    .and_then(|id| fold.state.catalog().column(&id.owner(), name))
                    .and_then(|column| column.collation.clone());
                Column {
                    name: name.clone(),
                    value: Value { ty: ty.clone(), collation, fields: None },
                    sources: id.into_iter().collect(),
                }
            });
            let opaque = relation.opaque
                || relation.relation.as_ref().is_some_and(|relation| is_unsure(fold, relation));
            let columns = Columns { list: columns.collect(), opaque };
            env.push(Item {
                alias: relation.alias.clone(),
                relation: relation.relation,
                bare: relation.relation.as_ref().is_some_and(|it| it.name == relation.alias),
                columns,
            });
        }
        env
    }

    /// Adds an item with its columns.
    pub(super) fn push(&mut self, item: Item) {
        self.columns.list.extend(item.columns.list.iter().cloned());
        self.columns.opaque |= item.columns.opaque;
        self.items.push(item);
    }

    /// This level and those around it, the innermost first.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Env<'a>> {
        let mut next = Some(self);
        std::iter::from_fn(move || {
            let level = next?;
            // The lifetimes of the levels only shrink on the way outwards.
            next = level.outer;
            Some(level)
        })
    }

    /// Whether any name may be a variable.
    pub(super) fn has_variables(&self) -> bool {
        self.levels().any(|level| level.variables)
    }

    /// The column or row of a plain name.
    pub(super) fn name(&self, name: &str) -> Named<'_> {
        for level in self.levels() {
            if let Some(column) = level.columns.find(name) {
                return Named::Column(column);
            }
            if level.columns.opaque {
                return Named::Unsure;
            }
            if let Some(item) = level.items.iter().find(|item| item.alias == name) {
                return Named::Row(item);
            }
        }
        if self.has_variables() { Named::Unsure } else { Named::Nothing }
    }

    /// The item of an alias, or of a relation's name with its schema.
    pub(super) fn item(&self, schema: Option<&str>, alias: &str) -> Option<&Item> {
        self.levels().find_map(|level| {
            level.items.iter().find(|item| {
                item.alias == alias
                    && schema.is_none_or(|schema| {
                        item.bare && item.relation.as_ref().is_none_or(|relation| relation.schema == schema)
                    })
            })
        })
    }

    /// The query of a WITH clause.
    pub(super) fn cte(&self, name: &str) -> Option<&Cte> {
        self.levels().find_map(|level| level.ctes.iter().rev().find(|cte| cte.name == name))
    }
}

/// The columns of a relation of the catalog.
pub(super) fn relation_columns(fold: &Fold, relation: &QualifiedName) -> Columns {
    let list = fold
        .state
        .catalog()
        .columns(relation)
        .into_iter()
        .map(|(name, column)| Column {
            name: name.to_string(),
            value: Value { ty: column.ty.clone(), collation: column.collation.clone(), fields: None },
            sources: vec![ObjectId::part(Kind::Column, relation, name)],
        })
        .collect();
    Columns { list, opaque: is_unsure(fold, relation) }
}

/// Whether the relation may have other columns than the catalog says.
fn is_unsure(fold: &Fold, relation: &QualifiedName) -> bool {
    let catalog = fold.state.catalog();
    catalog.relation(relation).and_then(|id| catalog.get(id)).is_none_or(|entry| entry.opaque.is_some())
        || catalog.parts(relation).any(|(id, entry)| id.kind == Kind::Column && entry.opaque.is_some())
}

/// The type of a column that every table has.
pub(super) fn system_column(name: &str) -> Option<SqlType> {
    Some(SqlType::built_in(match name {
        "tableoid" => "oid",
        "ctid" => "tid",
        "xmin" | "xmax" => "xid",
        "cmin" | "cmax" => "cid",
        _ => return None,
    }))
}
