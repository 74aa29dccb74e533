//! `CREATE TABLE … (LIKE …)`: what is copied from another relation.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Column, Composite, ConstraintRule, Generated, Kind, Object, ObjectId, QualifiedName, SqlType, Verb,
};

use super::{
    Fold,
    plain::{items, set_fact},
    relation::{column_id, constraint_id, index_id, transfer},
    resolve::{Found, parts},
    state::Strength,
};

/// What INCLUDING and EXCLUDING leave to be copied.
#[derive(Debug, Clone, Copy, Default)]
struct Including {
    comments: bool,
    compression: bool,
    constraints: bool,
    defaults: bool,
    generated: bool,
    identity: bool,
    indexes: bool,
    statistics: bool,
    storage: bool,
}

impl Including {
    fn read(options: impl Iterator<Item = ast::LikeOption>) -> Self {
        let mut including = Self::default();
        for option in options {
            let (property, set) = match &option {
                ast::LikeOption::IncludingProperty(it) => (it.table_property(), true),
                ast::LikeOption::ExcludingProperty(it) => (it.table_property(), false),
            };
            match property {
                Some(ast::TableProperty::PropertyAll(_)) => {
                    including = Self {
                        comments: set,
                        compression: set,
                        constraints: set,
                        defaults: set,
                        generated: set,
                        identity: set,
                        indexes: set,
                        statistics: set,
                        storage: set,
                    };
                }
                Some(ast::TableProperty::PropertyComments(_)) => including.comments = set,
                Some(ast::TableProperty::PropertyConstraints(_)) => including.constraints = set,
                Some(ast::TableProperty::PropertyDefaults(_)) => including.defaults = set,
                Some(ast::TableProperty::PropertyGenerated(_)) => including.generated = set,
                Some(ast::TableProperty::PropertyIdentity(_)) => including.identity = set,
                Some(ast::TableProperty::PropertyIndexes(_)) => including.indexes = set,
                Some(ast::TableProperty::PropertyStatistics(_)) => including.statistics = set,
                Some(ast::TableProperty::PropertyCompression(_)) => including.compression = set,
                Some(ast::TableProperty::PropertyStorage(_)) => including.storage = set,
                None => {}
            }
        }
        including
    }
}

/// A LIKE clause whose source has been found.
#[derive(Debug, Clone)]
pub(crate) struct Like {
    source: ObjectId,
    including: Including,
    node: SyntaxNode,
    /// The columns that it brings.
    pub(crate) columns: Vec<(String, Column)>,
}

impl Fold {
    /// Looks the source up. `Err` says why the columns cannot be known.
    pub(crate) fn like(&mut self, clause: &ast::LikeClause) -> Result<Option<Like>, String> {
        let Some(node) = clause.relation_name_ref() else { return Ok(None) };
        let node = node.syntax();
        let source = match self.find_relation(&parts(node)) {
            Found::Object(id) => id,
            found => {
                let name = found.name();
                self.relation(node, Verb::Reference);
                return Err(format!("the columns of {name} cannot be seen"));
            }
        };
        self.effect(Verb::Reference, &source, node);
        let including = Including::read(clause.like_options());
        let columns = match self.state.get(&source).map(|entry| &entry.object) {
            Some(Object::Composite(Composite { attributes })) => attributes
                .iter()
                .map(|attribute| {
                    let mut column = Column::new(0, attribute.ty.clone());
                    column.collation.clone_from(&attribute.collation);
                    (attribute.name.clone(), column)
                })
                .collect(),
            Some(Object::Table(_) | Object::View(_)) => self
                .state
                .catalog()
                .columns(&source.owner())
                .into_iter()
                .map(|(name, column)| {
                    let mut copy = Column::new(0, column.ty.clone());
                    copy.not_null = column.not_null;
                    copy.collation.clone_from(&column.collation);
                    if including.storage {
                        copy.settings.storage.clone_from(&column.settings.storage);
                    }
                    if including.compression {
                        copy.settings.compression.clone_from(&column.settings.compression);
                    }
                    (name.to_string(), copy)
                })
                .collect(),
            _ => {
                self.invalid(format!("LIKE cannot copy the {source}"), node);
                return Ok(None);
            }
        };
        if !self.is_sure(&source) {
            return Err(format!("it is unknown whether the {source} is as it seems"));
        }
        Ok(Some(Like { source, including, node: node.clone(), columns }))
    }

    /// The sequences of identity columns, which come first.
    pub(crate) fn like_identities(&mut self, like: &Like, table: &QualifiedName) {
        if !like.including.identity {
            return;
        }
        let source = like.source.owner();
        for (name, _) in &like.columns {
            let Some(generated) = self.own_column(&source, name).map(|column| column.generated) else {
                continue;
            };
            if !matches!(generated, Generated::IdentityAlways | Generated::IdentityByDefault) {
                continue;
            }
            let sequence = self.identity_sequence(&source, name).and_then(|id| self.state.get(&id));
            if let Some(Object::Sequence(mut sequence)) = sequence.map(|entry| entry.object.clone()) {
                // PostgreSQL copies every option of the sequence, but not its type.
                sequence.ty = SqlType::built_in("bigint");
                let free = self.free_relation_name(&table.schema, &table.name, Some(name), "seq", false);
                let free = QualifiedName::new(table.schema, free);
                self.put_column_sequence(&free, table, name, sequence, &like.node);
            }
            self.change_column(table, name, |column| column.generated = generated);
        }
    }

    /// Defaults, checks and indexes, which come once the table is there.
    pub(crate) fn complete_like(&mut self, like: &Like, table: &QualifiedName) {
        let source = like.source.owner();
        for (name, _) in &like.columns {
            let Some(column) = self.own_column(&source, name) else { continue };
            let wanted = match column.generated {
                Generated::Stored | Generated::Virtual => like.including.generated,
                _ => like.including.defaults && column.default.is_some(),
            };
            if wanted {
                self.copy_default(&source, name, table, name);
            }
            if like.including.comments {
                self.copy_comment(&column_id(&source, name), &column_id(table, name));
            }
        }
        if like.including.constraints {
            self.like_checks(&source, table, like);
        }
        if like.including.indexes {
            for (index, _) in self.indexes(&source) {
                self.like_index(&index, table, like);
            }
        }
        if like.including.statistics {
            self.like_statistics(&source, table, like);
        }
    }

    fn like_checks(&mut self, source: &QualifiedName, table: &QualifiedName, like: &Like) {
        for (name, constraint) in self.constraints(source) {
            if !matches!(constraint.rule, ConstraintRule::Check { .. }) {
                continue;
            }
            let (from, to) = (constraint_id(source, &name), constraint_id(table, &name));
            if !self.state.contains(&to) {
                // The table is empty: the check is valid whatever it was.
                let mut constraint = constraint;
                constraint.validated = constraint.enforced;
                self.create_along(&to, constraint, &like.node);
                for (on, strength) in self.state.uses(&from) {
                    if on.kind != Kind::Constraint {
                        self.state.depend(&to, &transfer(&on, source, table), strength);
                    }
                }
            }
            if like.including.comments {
                self.copy_comment(&from, &to);
            }
        }
    }

    fn like_index(&mut self, index: &QualifiedName, table: &QualifiedName, like: &Like) {
        let key = self.constraint_of_index(index);
        let is_primary =
            key.as_ref().is_some_and(|(_, it)| matches!(it.rule, ConstraintRule::PrimaryKey { .. }));
        if is_primary && self.primary_key(table).is_some() {
            self.invalid(format!("the table {table} would have two primary keys"), &like.node);
            return;
        }
        let Some(copy) = self.clone_index(index, table, &like.node) else { return };
        if like.including.comments {
            // The comment of the constraint that an index belongs to is not copied.
            self.copy_comment(&index_id(index), &index_id(&copy));
        }
    }

    fn like_statistics(&mut self, source: &QualifiedName, table: &QualifiedName, like: &Like) {
        let Some(relation) = self.state.catalog().relation(source).cloned() else { return };
        let statistics: Vec<ObjectId> =
            self.state.dependents(&relation).into_iter().filter(|id| id.kind == Kind::Statistics).collect();
        for id in statistics {
            let columns: Vec<String> = self
                .state
                .uses(&id)
                .into_iter()
                .filter(|(on, strength)| on.kind == Kind::Column && *strength == Strength::Auto)
                .map(|(on, _)| on.part.to_string())
                .collect();
            // A copy is named after its columns, in the order of the table, and then its expressions.
            let mut names = self.plain(&id).map(|plain| items(plain, "columns")).unwrap_or_default();
            names.sort_by_key(|name| self.own_column(source, name).map(|column| column.position));
            let expressions = self.state.inner_names(&id).len().saturating_sub(names.len());
            names.extend(std::iter::repeat_n("expr".to_owned(), expressions));
            let joined = super::implicit_name::joined(names.iter().map(String::as_str));
            let name = self.free_statistics_name(&table.schema, &table.name, &joined);
            let copy = ObjectId::new(Kind::Statistics, table.schema, name);
            let mut facts = self.plain(&id).cloned().unwrap_or_default();
            set_fact(&mut facts, "on", table.to_string(), false);
            // How much is collected is said anew.
            set_fact(&mut facts, "target", String::new(), false);
            self.create_along(&copy, facts, &like.node);
            if like.including.comments {
                self.copy_comment(&id, &copy);
            }
            self.state.set_inner_names(&copy, names);
            self.state.depend(&copy, &super::relation::table_id(table), Strength::Auto);
            for column in columns {
                self.state.depend(&copy, &column_id(table, &column), Strength::Auto);
            }
        }
    }

    fn copy_comment(&mut self, from: &ObjectId, to: &ObjectId) {
        if let Some(comment) = self.state.get(from).and_then(|entry| entry.comment.clone()) {
            self.change(to, |entry| entry.comment = Some(comment));
        }
    }
}
