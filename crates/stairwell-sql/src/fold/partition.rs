//! What partitions have from their partitioned table: indexes, row triggers and foreign keys of their own, each
//! tied to the table's.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Constraint, ConstraintRule, Expression, Index, Kind, Object, ObjectId, QualifiedName, TableKind, Verb,
};

use super::{
    Fold,
    index::NewIndex,
    relation::{column_id, constraint_id, index_id, table_id, transfer},
    resolve::text,
    state::Strength,
};

impl Fold {
    /// Gives every partition of the index's table an index that is part of it.
    pub(crate) fn propagate_index(&mut self, index: &QualifiedName, node: &SyntaxNode) {
        let Some(table) = self.index(index).map(|index| index.table) else { return };
        if self.is_partitioned(&table) {
            let partitions = self.children(&table);
            for partition in &partitions {
                self.ensure_index(index, partition, false, node);
            }
            // It is as valid as its parts.
            let broken =
                |(_, part): &(QualifiedName, Index)| part.parent.as_ref() == Some(index) && !part.valid;
            if partitions.iter().any(|partition| self.indexes(partition).iter().any(broken)) {
                self.change_index(index, |index| index.valid = false);
            }
        }
    }

    /// Gives the partition an index that is part of the partitioned table's: one that it has, or a new one.
    /// With `valid`, one that it has must be valid.
    fn ensure_index(
        &mut self,
        parent: &QualifiedName,
        partition: &QualifiedName,
        valid: bool,
        node: &SyntaxNode,
    ) {
        let Some(wanted) = self.index(parent).cloned() else { return };
        if matches!(self.table(partition).map(|table| &table.kind), Some(TableKind::Foreign { .. })) {
            return;
        }
        let fits = |(_, index): &(QualifiedName, Index)| {
            index.parent.is_none()
                && (index.valid || !valid)
                && (index.constraint || !wanted.constraint)
                && is_same(index, &wanted)
        };
        // Of an expression only the name is kept that PostgreSQL infers for it.
        let names = self.state.inner_names(&index_id(parent)).to_vec();
        let found = self
            .indexes(partition)
            .into_iter()
            .filter(fits)
            .find(|(name, _)| self.state.inner_names(&index_id(name)) == names);
        match found {
            Some((child, _)) => self.tie_index(parent, &child),
            None => {
                if let Some(child) = self.clone_index(parent, partition, node) {
                    self.tie_index(parent, &child);
                    self.propagate_index(&child, node);
                }
            }
        }
    }

    /// Copies an index to another table under a name of its own; with its constraint, if it has one.
    pub(crate) fn clone_index(
        &mut self,
        source: &QualifiedName,
        table: &QualifiedName,
        node: &SyntaxNode,
    ) -> Option<QualifiedName> {
        let index = self.index(source)?.clone();
        let constraint = self.constraint_of_index(source).map(|(_, constraint)| constraint);
        let references = self
            .state
            .uses(&index_id(source))
            .into_iter()
            .filter(|(_, strength)| *strength == Strength::Normal)
            .map(|(on, _)| transfer(&on, &index.table, table))
            .collect();
        let new = NewIndex {
            names: self.state.inner_names(&index_id(source)).to_vec(),
            references,
            opaque: self.state.get(&index_id(source)).and_then(|entry| entry.opaque.clone()),
            index: Index { table: *table, parent: None, valid: true, clustered: false, ..index },
        };
        let (label, is_constraint) = match constraint.as_ref().map(|constraint| &constraint.rule) {
            None => ("idx", false),
            Some(ConstraintRule::PrimaryKey { .. }) => ("pkey", true),
            Some(ConstraintRule::Exclude { .. }) => ("excl", true),
            Some(_) => ("key", true),
        };
        let columns = new.joined_names();
        let addition = (label != "pkey").then_some(columns.as_str());
        let name = self.free_relation_name(&table.schema, &table.name, addition, label, is_constraint);
        let name = QualifiedName::new(table.schema, name);
        let primary = matches!(label, "pkey");
        let key: Vec<String> = new.index.keys.iter().filter_map(|key| key.column.clone()).collect();
        self.put_index(&name, new, constraint, node, true);
        if primary {
            for column in key {
                self.set_not_null(table, &column, false);
            }
        }
        Some(name)
    }

    /// `ALTER INDEX … ATTACH PARTITION`.
    pub(crate) fn attach_index(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        if self.index(child).is_some_and(|child| child.parent.is_none()) {
            self.tie_index(parent, child);
        }
        self.validate_partitioned_index(parent);
    }

    fn tie_index(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        self.change_index(child, |index| index.parent = Some(*parent));
        self.state.depend(&index_id(child), &index_id(parent), Strength::Auto);
        if let (Some((of_child, _)), Some((of_parent, _))) =
            (self.constraint_of_index(child), self.constraint_of_index(parent))
        {
            self.state.depend(&of_child, &of_parent, Strength::Auto);
        }
    }

    /// A partitioned index that was made with ONLY becomes valid once every partition has its part.
    fn validate_partitioned_index(&mut self, index: &QualifiedName) {
        let mut open = Some(*index);
        while let Some(name) = open.take() {
            let Some(index) = self.index(&name).cloned() else { return };
            let complete = self.children(&index.table).iter().all(|partition| {
                self.indexes(partition)
                    .iter()
                    .any(|(_, part)| part.parent.as_ref() == Some(&name) && part.valid)
            });
            if complete && !index.valid {
                self.change_index(&name, |index| index.valid = true);
                open = index.parent;
            }
        }
    }

    /// What a partition gets when it is created or attached.
    pub(crate) fn equip_partition(
        &mut self,
        parent: &QualifiedName,
        partition: &QualifiedName,
        node: &SyntaxNode,
    ) {
        for (index, _) in self.indexes(parent) {
            self.ensure_index(&index, partition, true, node);
        }
        self.clone_triggers(parent, partition, node);
        for (name, constraint) in self.constraints(parent) {
            if matches!(constraint.rule, ConstraintRule::ForeignKey(_)) {
                self.clone_foreign_key(parent, &name, partition, node);
            }
        }
    }

    /// Row triggers of a partitioned table are on each partition as well.
    fn clone_triggers(&mut self, parent: &QualifiedName, partition: &QualifiedName, node: &SyntaxNode) {
        let triggers: Vec<(ObjectId, stairwell_catalog::Trigger)> = self
            .state
            .catalog()
            .parts(parent)
            .filter_map(|(id, entry)| match &entry.object {
                Object::Trigger(trigger) if trigger.for_each_row => Some((*id, trigger.clone())),
                _ => None,
            })
            .collect();
        for (id, mut trigger) in triggers {
            trigger.inherited = true;
            let clone = transfer(&id, parent, partition);
            if self.state.contains(&clone) {
                continue;
            }
            self.create_along(&clone, trigger, node);
            for (on, strength) in self.state.uses(&id) {
                if on.kind != Kind::Trigger {
                    self.state.depend(&clone, &transfer(&on, parent, partition), strength);
                }
            }
            self.state.depend(&clone, &id, Strength::Auto);
            for child in self.children(partition) {
                self.clone_triggers(partition, &child, node);
            }
        }
    }

    pub(crate) fn attach_partition(&mut self, table: &QualifiedName, it: &ast::AttachPartition) {
        let Some(node) = it.table_name_ref() else { return };
        let Some(child) = self.relation(node.syntax(), Verb::Alter) else { return };
        let partition = child.owner();
        let sure = self.is_sure(&child) && self.is_sure_table(table);
        if !self.is_partitioned(table) {
            if sure {
                self.invalid(format!("the table {table} is not partitioned"), node.syntax());
            }
            return;
        }
        let Some(parents) = self.table(&partition).map(|child| child.parents.clone()) else { return };
        if !parents.is_empty() {
            if sure {
                self.invalid(format!("the {child} inherits from another table already"), node.syntax());
            }
            return;
        }
        if !self.can_inherit(table, &partition, node.syntax()) {
            return;
        }
        let bound = Expression(it.partition_type().map(|bound| text(&bound)).unwrap_or_default());
        self.change_table(&partition, |it| {
            it.parents = vec![*table];
            it.bound = Some(bound);
        });
        self.state.depend(&child, &table_id(table), Strength::Auto);
        self.adopt_parts(table, &partition);
        self.equip_partition(table, &partition, node.syntax());
    }

    pub(crate) fn detach_partition(&mut self, table: &QualifiedName, it: &ast::DetachPartition) {
        let Some(node) = it.table_name_ref() else { return };
        let Some(child) = self.relation(node.syntax(), Verb::Alter) else { return };
        let partition = child.owner();
        if matches!(it.detach_partition_option(), Some(ast::DetachPartitionOption::DetachFinalize(_))) {
            return;
        }
        if !self.table(&partition).is_some_and(|it| it.bound.is_some() && it.parents.contains(table)) {
            if self.is_sure(&child) && self.is_sure_table(table) {
                self.invalid(format!("the {child} is not a partition of {table}"), node.syntax());
            }
            return;
        }
        let concurrently =
            matches!(it.detach_partition_option(), Some(ast::DetachPartitionOption::DetachConcurrently(_)));
        if concurrently {
            self.keep_bound_as_check(table, &partition, node.syntax());
        }
        self.part_from(table, &partition);
        self.change_table(&partition, |it| it.bound = None);
        for (name, index) in self.indexes(&partition) {
            if let Some(parent) = &index.parent {
                self.state.release(&index_id(&name), &index_id(parent));
                self.change_index(&name, |index| index.parent = None);
            }
        }
        let parts: Vec<ObjectId> = self.state.catalog().parts(&partition).map(|(id, _)| *id).collect();
        for part in parts {
            let from: Vec<ObjectId> =
                self.origins(&part).into_iter().filter(|origin| origin.owner() == *table).collect();
            if from.is_empty() {
                continue;
            }
            if part.kind == Kind::Trigger {
                self.drop_along(&part, node.syntax());
            } else {
                from.iter().for_each(|origin| self.state.release(&part, origin));
            }
        }
    }

    /// `DETACH … CONCURRENTLY` leaves a check behind that says what the bound said.
    fn keep_bound_as_check(&mut self, table: &QualifiedName, partition: &QualifiedName, node: &SyntaxNode) {
        let Some(it) = self.table(table) else { return };
        let TableKind::Partitioned { key, .. } = &it.kind else { return };
        let column = match key.as_slice() {
            [Some(column)] => Some(column.clone()),
            _ => None,
        };
        let columns: std::collections::BTreeSet<String> = key.iter().flatten().cloned().collect();
        let condition =
            self.table(partition).and_then(|it| it.bound.clone()).unwrap_or(Expression(String::new()));
        let name = self.free_constraint_name(&partition.schema, &partition.name, column.as_deref(), "check");
        let id = constraint_id(partition, &name);
        let rule = ConstraintRule::Check { condition, columns: columns.clone() };
        self.create_along(&id, Constraint::new(rule), node);
        for column in columns {
            self.state.depend(&id, &column_id(partition, &column), Strength::Auto);
        }
        // Which columns an expression in the key reads decides about the name.
        self.state.change(&id, |entry| {
            entry.opaque =
                Some("the check that DETACH CONCURRENTLY leaves is not followed exactly".to_owned());
        });
    }
}

/// Whether two indexes on different tables are the same but for their names.
fn is_same(a: &Index, b: &Index) -> bool {
    let squeeze = |expression: &Option<Expression>| {
        expression.as_ref().map(|Expression(text)| {
            text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')')).collect::<String>()
        })
    };
    let expressions = a.keys.iter().any(|key| key.column.is_none());
    a.method == b.method
        && a.unique == b.unique
        && a.nulls_not_distinct == b.nulls_not_distinct
        && a.keys.len() == b.keys.len()
        && a.keys
            .iter()
            .zip(&b.keys)
            .all(|(a, b)| a.column == b.column && a.operator_class == b.operator_class)
        && a.include == b.include
        && squeeze(&a.predicate) == squeeze(&b.predicate)
        && (!expressions || a.columns == b.columns)
}
