//! ALTER TABLE and ALTER FOREIGN TABLE: which action is done when, and by whom.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Enabled, Kind, Name, Object, ObjectId, QualifiedName, ReplicaIdentity, TableKind, Verb,
};

use super::{
    Fold,
    constraint::{NewConstraint, Traits},
    foreign_options,
    options::{options, reset_options},
    query::Scope,
    relation::{index_id, table_id},
    resolve::{identifier, parts, text},
    state::Strength,
};

/// When PostgreSQL does an action: what drops comes before what adds, whatever the order in the text.
fn pass(action: &ast::AlterTableAction) -> u8 {
    match action {
        ast::AlterTableAction::DropColumn(_) | ast::AlterTableAction::DropConstraint(_) => 0,
        ast::AlterTableAction::AlterColumn(it) => match it.option() {
            Some(
                ast::AlterColumnOption::DropDefault(_)
                | ast::AlterColumnOption::DropNotNull(_)
                | ast::AlterColumnOption::DropExpression(_)
                | ast::AlterColumnOption::DropIdentity(_),
            ) => 0,
            Some(ast::AlterColumnOption::SetType(_)) => 1,
            Some(ast::AlterColumnOption::SetExpression(_)) => 3,
            Some(ast::AlterColumnOption::SetNotNull(_)) => 5,
            Some(ast::AlterColumnOption::SetDefault(_) | ast::AlterColumnOption::AddGenerated(_)) => 7,
            _ => 8,
        },
        ast::AlterTableAction::AddColumn(_) => 2,
        ast::AlterTableAction::AddConstraint(it) => match it.constraint() {
            Some(
                ast::Constraint::PrimaryKeyConstraint(_)
                | ast::Constraint::UniqueConstraint(_)
                | ast::Constraint::ExcludeConstraint(_),
            ) => 6,
            Some(ast::Constraint::ForeignKeyConstraint(_)) => 7,
            _ => 4,
        },
        _ => 8,
    }
}

impl Fold {
    pub(crate) fn alter_table(&mut self, it: &ast::AlterTable) {
        // ALL IN TABLESPACE names no table, and changes nothing that a catalog holds.
        let Some(name) = it.table_relation_name() else { return };
        self.alter(&name, it.if_exists().is_some(), it.actions().collect());
    }

    pub(crate) fn alter_foreign_table(&mut self, it: &ast::AlterForeignTable) {
        let Some(name) = it.table_relation_name() else { return };
        self.alter(&name, it.if_exists().is_some(), it.actions().collect());
    }

    fn alter(
        &mut self,
        name: &ast::TableRelationName,
        if_exists: bool,
        mut actions: Vec<ast::AlterTableAction>,
    ) {
        let Some(node) = name.table_name_ref() else { return };
        let Some(id) = self.relation_to_alter(node.syntax(), if_exists) else { return };
        let only = name.only_token().is_some();
        // Conversions see the table as it is before all actions.
        for action in &actions {
            if let ast::AlterTableAction::AlterColumn(it) = action
                && let Some(ast::AlterColumnOption::SetType(it)) = it.option()
                && let Some(using) = it.using_expr().and_then(|using| using.expr())
            {
                let scope = Scope::of_relation(self, &id.owner());
                self.expression(&using, &scope);
            }
        }
        actions.sort_by_key(pass);
        for action in &actions {
            self.alter_relation(&id, action, only);
        }
    }

    /// One action of ALTER TABLE, on whatever relation.
    pub(crate) fn alter_relation(&mut self, id: &ObjectId, action: &ast::AlterTableAction, only: bool) {
        match action {
            ast::AlterTableAction::TableRenameTo(it) => {
                if let Some(to) = it.table_name() {
                    self.rename_relation(id, to.syntax());
                }
            }
            ast::AlterTableAction::SetSchema(it) => {
                if let Some(to) = it.schema_ref() {
                    self.move_relation(id, to.syntax());
                }
            }
            ast::AlterTableAction::RenameColumn(it) => {
                if let (Some(from), Some(to)) = (it.column_name_ref(), it.column_name()) {
                    self.rename_column(id, from.syntax(), to.syntax(), only);
                }
            }
            ast::AlterTableAction::AlterColumn(it) => self.alter_column(id, it, only),
            ast::AlterTableAction::SetOptions(it) => {
                let set = options(it.attribute_list());
                self.change_options(id, |options| options.extend(set));
            }
            ast::AlterTableAction::ResetOptions(it) => {
                self.change_options(id, |options| reset_options(options, it.attribute_list()));
            }
            ast::AlterTableAction::SetLogged(it) => self.set_unlogged(id, false, it.syntax()),
            ast::AlterTableAction::SetUnlogged(it) => self.set_unlogged(id, true, it.syntax()),
            ast::AlterTableAction::OwnerTo(it) => self.change_owner(id, it),
            ast::AlterTableAction::AlterOptionList(it) => self.change_foreign_options(id, it),
            ast::AlterTableAction::ClusterOn(it) => {
                if let Some(index) = it.index_ref() {
                    self.cluster_on(id, &index);
                }
            }
            ast::AlterTableAction::SetWithoutCluster(_) => self.without_cluster(&id.owner()),
            ast::AlterTableAction::OptionItemList(_)
            | ast::AlterTableAction::SetAccessMethod(_)
            | ast::AlterTableAction::SetTablespace(_)
            | ast::AlterTableAction::SetWithoutOids(_) => {}
            _ if id.kind == Kind::Table => self.alter_table_only(&id.owner(), action, only),
            _ => {
                if self.is_sure(id) {
                    self.invalid(format!("the {id} is no table"), action.syntax());
                }
            }
        }
    }

    /// The actions that only a table knows.
    fn alter_table_only(&mut self, table: &QualifiedName, action: &ast::AlterTableAction, only: bool) {
        match action {
            ast::AlterTableAction::AddColumn(it) => self.add_column(table, it, only),
            ast::AlterTableAction::DropColumn(it) => self.drop_column(table, it, only),
            ast::AlterTableAction::AddConstraint(it) => self.add_constraint(table, it, only),
            ast::AlterTableAction::DropConstraint(it) => self.drop_constraint(table, it, only),
            ast::AlterTableAction::RenameConstraint(it) => self.rename_constraint(table, it, only),
            ast::AlterTableAction::ValidateConstraint(it) => self.validate_constraint(table, it, only),
            ast::AlterTableAction::AlterConstraint(it) => self.alter_constraint(table, it),
            ast::AlterTableAction::AttachPartition(it) => self.attach_partition(table, it),
            ast::AlterTableAction::DetachPartition(it) => self.detach_partition(table, it),
            ast::AlterTableAction::MergePartitions(it) => {
                self.opaque("MERGE PARTITIONS is not followed", it.syntax());
            }
            ast::AlterTableAction::SplitPartition(it) => {
                self.opaque("SPLIT PARTITION is not followed", it.syntax());
            }
            ast::AlterTableAction::InheritTable(it) => self.inherit_table(table, it),
            ast::AlterTableAction::NoInheritTable(it) => self.no_inherit_table(table, it),
            ast::AlterTableAction::OfType(it) => {
                let Some(ty) = it.ty().map(|ty| self.sql_type(&ty)) else { return };
                if let Some(of_type) = self.type_object(&ty) {
                    self.state.depend(&table_id(table), &of_type, Strength::Normal);
                }
                self.change_table(table, |it| it.of_type = ty.name().cloned());
            }
            ast::AlterTableAction::NotOf(_) => {
                let Some(of_type) = self.table(table).and_then(|it| it.of_type) else { return };
                let of_type = ObjectId::new(Kind::Type, of_type.schema, of_type.name);
                self.state.release(&table_id(table), &of_type);
                self.change_table(table, |it| it.of_type = None);
            }
            ast::AlterTableAction::EnableRls(_) => self.change_table(table, |it| it.row_security = true),
            ast::AlterTableAction::DisableRls(_) => self.change_table(table, |it| it.row_security = false),
            ast::AlterTableAction::ForceRls(_) => self.change_table(table, |it| it.force_row_security = true),
            ast::AlterTableAction::NoForceRls(_) => {
                self.change_table(table, |it| it.force_row_security = false);
            }
            ast::AlterTableAction::ReplicaIdentity(it) => self.replica_identity(table, it),
            ast::AlterTableAction::EnableTrigger(it) => {
                self.enable_triggers(table, it.trigger_target(), Enabled::Origin, only);
            }
            ast::AlterTableAction::DisableTrigger(it) => {
                self.enable_triggers(table, it.trigger_target(), Enabled::Disabled, only);
            }
            ast::AlterTableAction::EnableReplicaTrigger(it) => {
                let target = it.trigger_ref().map(ast::TriggerTarget::TriggerRef);
                self.enable_triggers(table, target, Enabled::Replica, only);
            }
            ast::AlterTableAction::EnableAlwaysTrigger(it) => {
                let target = it.trigger_ref().map(ast::TriggerTarget::TriggerRef);
                self.enable_triggers(table, target, Enabled::Always, only);
            }
            ast::AlterTableAction::EnableRule(it) => self.enable_rule(table, it.rule_ref(), Enabled::Origin),
            ast::AlterTableAction::DisableRule(it) => {
                self.enable_rule(table, it.rule_ref(), Enabled::Disabled);
            }
            ast::AlterTableAction::EnableReplicaRule(it) => {
                self.enable_rule(table, it.rule_ref(), Enabled::Replica);
            }
            ast::AlterTableAction::EnableAlwaysRule(it) => {
                self.enable_rule(table, it.rule_ref(), Enabled::Always);
            }
            _ => {}
        }
    }

    pub(crate) fn change_options(
        &mut self,
        id: &ObjectId,
        change: impl FnOnce(&mut std::collections::BTreeMap<String, String>),
    ) {
        self.change(id, |entry| match &mut entry.object {
            Object::Table(it) => change(&mut it.options),
            Object::View(it) => change(&mut it.options),
            Object::Index(it) => change(&mut it.options),
            _ => {}
        });
    }

    /// `ALTER FOREIGN TABLE … OPTIONS (…)`.
    fn change_foreign_options(&mut self, id: &ObjectId, it: &ast::AlterOptionList) {
        let Some(TableKind::Foreign { options, .. }) = self.table(&id.owner()).map(|table| &table.kind)
        else {
            return;
        };
        let mut changed = options.clone();
        if let Err((reason, node)) = foreign_options::apply(&mut changed, it.alter_options())
            && self.is_sure(id)
        {
            self.invalid(reason, &node);
        }
        self.change_table(&id.owner(), |table| {
            if let TableKind::Foreign { options, .. } = &mut table.kind {
                *options = changed;
            }
        });
    }

    /// `SET UNLOGGED`: the sequences that the table owns follow it.
    fn set_unlogged(&mut self, id: &ObjectId, unlogged: bool, node: &SyntaxNode) {
        if id.kind == Kind::Sequence {
            self.change_sequence(id, |it| it.unlogged = unlogged);
            return;
        }
        let Some(table) = self.table(&id.owner()) else {
            if self.is_sure(id) {
                self.invalid(format!("the {id} is no table"), node);
            }
            return;
        };
        if matches!(table.kind, TableKind::Partitioned { .. }) {
            // Some versions accept it without any effect.
            return;
        }
        self.change_table(&id.owner(), |table| table.unlogged = unlogged);
        let columns: Vec<Name> =
            self.state.catalog().columns(&id.owner()).into_iter().map(|(name, _)| name).collect();
        for column in columns {
            for sequence in self.owned_sequences(&id.owner(), &column) {
                self.change_sequence(&sequence, |it| it.unlogged = unlogged);
            }
        }
    }

    fn replica_identity(&mut self, table: &QualifiedName, it: &ast::ReplicaIdentity) {
        let identity = match it.replica_identity_option() {
            Some(ast::ReplicaIdentityOption::ReplicaIdentityDefault(_)) => ReplicaIdentity::Default,
            Some(ast::ReplicaIdentityOption::ReplicaIdentityFull(_)) => ReplicaIdentity::Full,
            Some(ast::ReplicaIdentityOption::ReplicaIdentityNothing(_)) => ReplicaIdentity::Nothing,
            Some(ast::ReplicaIdentityOption::UsingIndexName(using)) => {
                let Some(node) = using.index_ref() else { return };
                let Some(name) = parts(node.syntax()).pop() else { return };
                let index = index_id(&QualifiedName::new(table.schema, name.clone()));
                if !self.state.contains(&index) {
                    if self.is_sure_table(table) {
                        self.missing(&index, node.syntax());
                    }
                    return;
                }
                self.effect(Verb::Reference, &index, node.syntax());
                ReplicaIdentity::Index(name)
            }
            None => return,
        };
        self.change_table(table, |it| it.replica_identity = identity);
    }

    /// `ENABLE TRIGGER` and its siblings; the clones on partitions follow.
    fn enable_triggers(
        &mut self,
        table: &QualifiedName,
        target: Option<ast::TriggerTarget>,
        enabled: Enabled,
        only: bool,
    ) {
        let mut open: Vec<ObjectId> = match target {
            Some(ast::TriggerTarget::TriggerRef(name)) => {
                let id = ObjectId::part(Kind::Trigger, table, identifier(name.syntax()));
                if !self.state.contains(&id) {
                    if self.is_sure_table(table) {
                        self.missing(&id, name.syntax());
                    }
                    return;
                }
                self.effect(Verb::Alter, &id, name.syntax());
                vec![id]
            }
            Some(ast::TriggerTarget::All(_) | ast::TriggerTarget::User(_)) => self
                .state
                .catalog()
                .parts(table)
                .map(|(id, _)| *id)
                .filter(|id| id.kind == Kind::Trigger)
                .collect(),
            None => return,
        };
        while let Some(id) = open.pop() {
            self.change(&id, |entry| {
                if let Object::Trigger(trigger) = &mut entry.object {
                    trigger.enabled = enabled;
                }
            });
            if !only {
                let clones = self.state.dependents(&id);
                open.extend(clones.into_iter().filter(|clone| clone.kind == Kind::Trigger));
            }
        }
    }

    fn enable_rule(&mut self, table: &QualifiedName, name: Option<ast::RuleRef>, enabled: Enabled) {
        let Some(name) = name else { return };
        let id = ObjectId::part(Kind::Rule, table, identifier(name.syntax()));
        if !self.state.contains(&id) {
            if self.is_sure_table(table) {
                self.missing(&id, name.syntax());
            }
            return;
        }
        self.effect(Verb::Alter, &id, name.syntax());
        self.change(&id, |entry| {
            if let Object::Rule(rule) = &mut entry.object {
                rule.enabled = enabled;
            }
        });
    }

    fn add_constraint(&mut self, table: &QualifiedName, it: &ast::AddConstraint, only: bool) {
        let Some(constraint) = it.constraint() else { return };
        if let ast::Constraint::NotNullConstraint(it) = &constraint {
            // `ADD CONSTRAINT … NOT NULL …` is PostgreSQL 18's.
            let Some(column) = it.column_name_ref() else { return };
            let name = identifier(column.syntax());
            if !self.has_columns(table, &[(name.clone(), column.syntax().clone())]) {
                return;
            }
            let id = super::relation::column_id(table, &name);
            self.effect(Verb::Alter, &id, column.syntax());
            if let Some(given) = constraint.constraint_name() {
                self.state.set_inner_names(&id, vec![identifier(given.syntax())]);
            }
            self.set_not_null(table, &name, only);
            return;
        }
        if let Some(new) = NewConstraint::read(&constraint, None) {
            self.add_constraints(table, vec![new], false, only);
        }
    }

    fn alter_constraint(&mut self, table: &QualifiedName, it: &ast::AlterConstraint) {
        let Some(node) = it.constraint_name_ref() else { return };
        let Some(id) = self.constraint_named(table, node.syntax(), Verb::Alter) else { return };
        let said: Vec<String> = it.constraint_options().map(|it| text(&it).to_ascii_lowercase()).collect();
        let says = |word: &str| said.iter().any(|said| said.split_whitespace().any(|it| it == word));
        let traits = Traits::read(it.constraint_options());
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            self.change_constraint(&id.owner(), &id.part, |it| {
                if says("deferrable") || says("initially") {
                    it.deferrable = traits.deferrable;
                    it.deferred = traits.deferred;
                }
                if says("enforced") {
                    it.enforced = !traits.not_enforced;
                    it.validated = it.enforced;
                }
                if says("inherit") {
                    it.no_inherit = traits.no_inherit;
                }
            });
            let clones = self.state.dependents(&id);
            let of_it = |clone: &ObjectId| self.origins(clone).contains(&id);
            open.extend(clones.into_iter().filter(|clone| clone.kind == Kind::Constraint).filter(of_it));
        }
    }
}
