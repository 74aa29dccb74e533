//! Primary keys, unique and exclusion constraints: a constraint and its index under one name.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Constraint, ConstraintRule, Object, ObjectId, QualifiedName, Verb};

use super::{
    Fold, ProblemKind,
    constraint::{Named, NewConstraint, NewKey, NewRule},
    index::NewIndex,
    options::options,
    relation::{index_id, table_id},
    resolve::identifier,
    state::Strength,
};

impl Fold {
    /// Adds the keys among the constraints: the primary key first, and none twice.
    pub(crate) fn add_keys(&mut self, table: &QualifiedName, constraints: &[NewConstraint], only: bool) {
        let mut keys: Vec<NewConstraint> = Vec::new();
        let is_key = |new: &&NewConstraint| matches!(new.rule, NewRule::Key(_) | NewRule::Exclude(_));
        let is_primary = |new: &&NewConstraint| matches!(&new.rule, NewRule::Key(key) if key.primary);
        let primary = constraints.iter().filter(is_primary);
        let others = constraints.iter().filter(is_key).filter(|new| !is_primary(new));
        for new in primary.chain(others) {
            // `UNIQUE PRIMARY KEY` is one index, not two; it has the first name that is given.
            match keys.iter_mut().find(|prior| is_same_key(prior, new)) {
                Some(prior) if prior.name.is_none() => {
                    prior.name.clone_from(&new.name);
                    prior.node = new.node.clone();
                }
                Some(_) => {}
                None => keys.push(new.clone()),
            }
        }
        for new in &keys {
            match &new.rule {
                NewRule::Key(key) => match &key.index {
                    Some(index) => self.adopt_index(table, new, key, index),
                    None => self.add_key(table, new, key, only),
                },
                NewRule::Exclude(exclude) => self.add_exclusion(table, new, exclude, only),
                NewRule::Check(_) | NewRule::Foreign(_) => {}
            }
        }
    }

    fn add_key(&mut self, table: &QualifiedName, new: &NewConstraint, key: &NewKey, only: bool) {
        if !self.has_columns(table, &key.columns) || !self.has_columns(table, &key.include) {
            return;
        }
        for (place, (column, node)) in key.columns.iter().enumerate() {
            if key.columns.iter().take(place).any(|(other, _)| other == column) {
                self.invalid(format!("the column {column} stands twice in the constraint"), node);
                return;
            }
        }
        if key.primary && !self.may_have_primary_key(table, &new.node) {
            return;
        }
        let method = if key.without_overlaps { "gist" } else { "btree" };
        let mut index = NewIndex::new(table, method.to_owned());
        index.index.unique = true;
        index.index.nulls_not_distinct = key.nulls_not_distinct;
        index.index.options = options(key.options.clone());
        key.columns.iter().for_each(|(column, _)| index.push_column(column));
        key.include.iter().for_each(|(column, _)| index.push_included(column));
        let columns: Vec<String> = key.columns.iter().map(|(column, _)| column.clone()).collect();
        let include = key.include.iter().map(|(column, _)| column.clone()).collect();
        let rule = if key.primary {
            ConstraintRule::PrimaryKey { columns: columns.clone(), include }
        } else {
            ConstraintRule::Unique {
                columns: columns.clone(),
                include,
                nulls_not_distinct: key.nulls_not_distinct,
            }
        };
        if !self.put_key(table, new, index, rule, if key.primary { "pkey" } else { "key" }, only) {
            return;
        }
        if key.primary {
            for column in &columns {
                self.set_not_null(table, column, only);
            }
        }
    }

    fn add_exclusion(
        &mut self,
        table: &QualifiedName,
        new: &NewConstraint,
        exclude: &ast::ExcludeConstraint,
        only: bool,
    ) {
        let method = exclude.constraint_index_method().and_then(|method| method.access_method_ref());
        let method = method.map_or_else(|| "btree".to_owned(), |method| identifier(method.syntax()));
        let mut index = NewIndex::new(table, method);
        let items = exclude.constraint_exclusion_list();
        for item in items.iter().flat_map(ast::ConstraintExclusionList::constraint_exclusions) {
            let Some(expr) = item.expr() else { continue };
            if !self.push_expression(&mut index, &expr) {
                return;
            }
        }
        let included = exclude.constraint_include_clause().and_then(|include| include.column_ref_list());
        for column in included.iter().flat_map(ast::ColumnRefList::column_name_refs) {
            let named: Named = (identifier(column.syntax()), column.syntax().clone());
            if !self.has_columns(table, std::slice::from_ref(&named)) {
                return;
            }
            index.push_included(&named.0);
        }
        index.index.options = options(exclude.with_params().and_then(|with| with.attribute_list()));
        if let Some(condition) = exclude.where_condition_clause().and_then(|clause| clause.expr()) {
            self.set_predicate(&mut index, &condition);
        }
        let columns = index.index.keys.iter().map(|key| key.column.clone()).collect();
        self.put_key(table, new, index, ConstraintRule::Exclude { columns }, "excl", only);
    }

    /// Gives the constraint a name if it has none, and puts it into the catalog together with its index.
    fn put_key(
        &mut self,
        table: &QualifiedName,
        new: &NewConstraint,
        mut index: NewIndex,
        rule: ConstraintRule,
        label: &str,
        only: bool,
    ) -> bool {
        let name = match &new.name {
            Some(name) => name.clone(),
            None => {
                let columns = index.joined_names();
                let addition = (label != "pkey").then_some(columns.as_str());
                self.free_relation_name(&table.schema, &table.name, addition, label, true)
            }
        };
        let name = QualifiedName::new(table.schema, name);
        if !self.is_free(&index_id(&name), &new.node)
            || !self.is_free_constraint(table, &name.name, &new.node)
        {
            return false;
        }
        if self.is_partitioned(table) {
            let exclusion = matches!(rule, ConstraintRule::Exclude { .. });
            if !exclusion && !self.covers_partition_key(&index, &table_id(table), &new.node) {
                return false;
            }
            index.index.valid = !only || self.children(table).is_empty();
        }
        // A NOT VALID key is a syntax error; it is always checked.
        let constraint = new.traits.apply(rule, true);
        self.put_index(&name, index, Some(constraint), &new.node, false);
        if !only {
            self.propagate_index(&name, &new.node);
        }
        true
    }

    /// `ADD CONSTRAINT … UNIQUE USING INDEX …`: the index becomes the constraint's, under the constraint's name.
    fn adopt_index(
        &mut self,
        table: &QualifiedName,
        new: &NewConstraint,
        key: &NewKey,
        using: &ast::UsingIndexName,
    ) {
        let Some(index_node) = using.index_ref() else { return };
        let Some(name) = super::resolve::parts(index_node.syntax()).pop() else { return };
        let old = QualifiedName::new(table.schema, name);
        let Some(index) = self.index(&old).cloned() else {
            if self.is_sure_table(table) && self.state.catalog().relation(&old).is_none() {
                self.missing(&index_id(&old), index_node.syntax());
            }
            return;
        };
        let node = index_node.syntax();
        self.effect(Verb::Alter, &index_id(&old), node);
        let sure = self.is_sure(&index_id(&old));
        let complaint = if index.table != *table {
            Some("is an index of another table")
        } else if index.constraint {
            Some("belongs to a constraint already")
        } else if !index.unique {
            Some("is not unique")
        } else if index.predicate.is_some() {
            Some("is a partial index")
        } else if index.keys.iter().any(|key| key.column.is_none()) {
            Some("contains an expression")
        } else {
            None
        };
        if let Some(complaint) = complaint {
            if sure {
                self.invalid(format!("{} {complaint}", index_id(&old)), node);
            }
            return;
        }
        if key.primary && !self.may_have_primary_key(table, &new.node) {
            return;
        }
        let name = new.name.clone().unwrap_or_else(|| old.name.to_string());
        if !self.is_free_constraint(table, &name, &new.node) {
            return;
        }
        let renamed = QualifiedName::new(table.schema, name.clone());
        if renamed != old {
            if !self.is_free(&index_id(&renamed), &new.node) {
                return;
            }
            self.rename(&index_id(&old), &index_id(&renamed), &new.node);
        }
        self.change_index(&renamed, |index| index.constraint = true);
        let columns: Vec<String> = index.keys.iter().filter_map(|key| key.column.clone()).collect();
        let include = index.include.clone();
        let rule = if key.primary {
            ConstraintRule::PrimaryKey { columns: columns.clone(), include }
        } else {
            let nulls_not_distinct = index.nulls_not_distinct;
            ConstraintRule::Unique { columns: columns.clone(), include, nulls_not_distinct }
        };
        let id = super::relation::constraint_id(table, &name);
        self.create(&id, new.traits.apply(rule, true), &new.node);
        for column in &index.columns {
            self.state.depend(&id, &super::relation::column_id(table, column), Strength::Auto);
        }
        if key.primary {
            for column in &columns {
                self.set_not_null(table, column, false);
            }
        }
    }

    fn may_have_primary_key(&mut self, table: &QualifiedName, node: &SyntaxNode) -> bool {
        let Some((name, _)) = self.primary_key(table) else { return true };
        let id = super::relation::constraint_id(table, &name);
        if self.is_sure(&id) && self.is_certain() {
            let origin = self.state.created(&id).cloned();
            let reason = format!("the table {table} has a primary key already");
            self.problem(ProblemKind::Invalid(reason), node, origin);
        }
        false
    }

    /// The constraint or the unique index by which a foreign key can refer to these columns.
    pub(crate) fn key_of(&self, table: &QualifiedName, columns: &[String]) -> Option<ObjectId> {
        let same =
            |key: &[String]| key.len() == columns.len() && columns.iter().all(|column| key.contains(column));
        let constraint = self.constraints(table).into_iter().find(|(_, constraint)| {
            !constraint.deferrable
                && match &constraint.rule {
                    ConstraintRule::PrimaryKey { columns, .. } | ConstraintRule::Unique { columns, .. } => {
                        same(columns)
                    }
                    _ => false,
                }
        });
        if let Some((name, _)) = constraint {
            return Some(super::relation::constraint_id(table, &name));
        }
        self.indexes(table).into_iter().find_map(|(name, index)| {
            let plain: Option<Vec<String>> = index.keys.iter().map(|key| key.column.clone()).collect();
            let usable = index.unique && !index.constraint && index.predicate.is_none();
            (usable && plain.is_some_and(|columns| same(&columns))).then(|| index_id(&name))
        })
    }

    /// The constraint of the same name as the index, if it is a constraint's.
    pub(crate) fn constraint_of_index(&self, index: &QualifiedName) -> Option<(ObjectId, Constraint)> {
        let it = self.index(index).filter(|it| it.constraint)?;
        let id = super::relation::constraint_id(&it.table, &index.name);
        match &self.state.get(&id)?.object {
            Object::Constraint(constraint) => Some((id, constraint.clone())),
            _ => None,
        }
    }
}

fn is_same_key(a: &NewConstraint, b: &NewConstraint) -> bool {
    let names = |columns: &[Named]| columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    match (&a.rule, &b.rule) {
        (NewRule::Key(x), NewRule::Key(y)) => {
            !(x.primary && y.primary)
                && x.index.is_none()
                && y.index.is_none()
                && names(&x.columns) == names(&y.columns)
                && names(&x.include) == names(&y.include)
                && x.nulls_not_distinct == y.nulls_not_distinct
                && x.without_overlaps == y.without_overlaps
                && a.traits.deferrable == b.traits.deferrable
                && a.traits.deferred == b.traits.deferred
        }
        _ => false,
    }
}
