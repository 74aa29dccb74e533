//! ADD COLUMN, DROP COLUMN and ALTER COLUMN.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Column, Generated, Kind, ObjectId, QualifiedName, Verb};

use super::{
    Fold, ProblemKind,
    column::{ColumnText, identity_of},
    constraint::NewConstraint,
    relation::{column_id, table_id},
    resolve::identifier,
    state::Strength,
};

impl Fold {
    pub(crate) fn add_column(&mut self, table: &QualifiedName, it: &ast::AddColumn, only: bool) {
        let Some(mut text) = ColumnText::of_addition(it) else { return };
        let id = column_id(table, &text.name);
        if it.if_not_exists().is_some() && self.state.contains(&id) {
            return;
        }
        if self.is_sure_table(table) && self.is_partition(table) {
            self.invalid(format!("a column cannot be added to the partition {table} alone"), &text.node);
            return;
        }
        if only && self.is_sure_table(table) && !self.children(table).is_empty() {
            self.invalid("the column must be added to the tables that inherit as well", &text.node);
            return;
        }
        let column = self.column_of(&mut text, 0);
        if !self.is_free(&id, &text.node) {
            return;
        }
        self.put_added_column(table, &text, column.clone(), true);
        self.complete_column(table, &text);
        let named = Some((text.name.clone(), text.node.clone()));
        let constraints: Vec<NewConstraint> =
            text.constraints.iter().filter_map(|it| NewConstraint::read(it, named.clone())).collect();
        self.add_to_children(table, &text, &column);
        self.add_constraints(table, constraints, true, only);
        if let Some(reason) = self.state.get(&table_id(table)).and_then(|it| it.opaque.clone()) {
            // Nobody knows how many columns there are before it.
            self.state.change(&id, |entry| entry.opaque = Some(reason));
        }
    }

    fn put_added_column(&mut self, table: &QualifiedName, text: &ColumnText, mut column: Column, own: bool) {
        let id = column_id(table, &text.name);
        let count = self.state.catalog().columns(table).len();
        column.position = u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
        let ty = column.ty.clone();
        if own {
            self.create(&id, column, &text.node);
        } else {
            self.create_along(&id, column, &text.node);
        }
        self.depend_on_type(&id, &ty);
    }

    /// Adds a column to the tables that inherit from `table`; one that they have of that name becomes the same.
    fn add_to_children(&mut self, table: &QualifiedName, text: &ColumnText, column: &Column) {
        for child in self.children(table) {
            let id = column_id(&child, &text.name);
            if self.state.contains(&id) {
                // What it has from another parent only it now has from both; what is its own stays its own.
                if !self.origins(&id).is_empty() {
                    self.state.depend(&id, &column_id(table, &text.name), Strength::Auto);
                }
                continue;
            }
            let mut copy = column.clone();
            // A partition shares an identity: where it does not, before PostgreSQL 17, this is refused.
            if self.is_partition(&child)
                && let Some(added) = self.own_column(table, &text.name)
                && matches!(added.generated, Generated::IdentityAlways | Generated::IdentityByDefault)
            {
                copy.generated = added.generated;
            }
            self.put_added_column(&child, text, copy, false);
            self.state.depend(&id, &column_id(table, &text.name), Strength::Auto);
            self.copy_default(table, &text.name, &child, &text.name);
            self.add_to_children(&child, text, column);
        }
    }

    pub(crate) fn drop_column(&mut self, table: &QualifiedName, it: &ast::DropColumn, only: bool) {
        let Some(node) = it.column_name_ref() else { return };
        let name = identifier(node.syntax());
        let id = column_id(table, &name);
        if !self.state.contains(&id) {
            if it.if_exists().is_none() && self.is_sure_table(table) {
                self.missing(&id, node.syntax());
            }
            return;
        }
        let sure = self.is_sure(&id) && self.is_sure_table(table);
        if sure && self.is_inherited(table, &name) {
            self.effect(Verb::Drop, &id, node.syntax());
            self.invalid(format!("the {id} is inherited and dropped in the parent only"), node.syntax());
            return;
        }
        let in_key = self.state.strength(&table_id(table), &id).is_some();
        if sure && in_key {
            self.effect(Verb::Drop, &id, node.syntax());
            self.invalid(format!("the {id} is part of the partition key"), node.syntax());
            return;
        }
        if only {
            if sure && self.is_partitioned(table) && !self.children(table).is_empty() {
                self.invalid(format!("the {id} must be dropped in the partitions as well"), node.syntax());
                return;
            }
            self.leave_to_heirs(&id);
        }
        let cascade = matches!(it.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
        self.drop_object(&id, cascade, node.syntax());
    }

    pub(crate) fn alter_column(&mut self, relation: &ObjectId, it: &ast::AlterColumn, only: bool) {
        let Some(node) = it.column_name_ref() else { return };
        let name = identifier(node.syntax());
        let node = node.syntax();
        let table = relation.owner();
        let id = column_id(&table, &name);
        if !self.state.contains(&id) {
            // `ALTER INDEX … ALTER COLUMN 1 SET STATISTICS`
            let has_columns = matches!(relation.kind, Kind::Table | Kind::View | Kind::MaterializedView);
            if has_columns && self.is_sure(relation) {
                self.missing(&id, node);
            }
            return;
        }
        self.effect(Verb::Alter, &id, node);
        let heirs = if only { Vec::new() } else { self.descendants(&table) };
        match it.option() {
            Some(ast::AlterColumnOption::SetDefault(it)) => {
                let Some(expr) = it.expr() else { return };
                if self.is_generated(&id) {
                    self.invalid(format!("the {id} is generated and has no default"), node);
                    return;
                }
                self.set_default(&table, &name, &expr);
                for heir in heirs {
                    self.forget_default(&heir, &name);
                    self.copy_default(&table, &name, &heir, &name);
                }
            }
            Some(ast::AlterColumnOption::DropDefault(_)) => {
                if self.is_generated(&id) {
                    self.invalid(format!("the {id} is generated and has no default"), node);
                    return;
                }
                for table in std::iter::once(table).chain(heirs) {
                    self.forget_default(&table, &name);
                }
            }
            Some(ast::AlterColumnOption::SetNotNull(_)) => self.set_not_null(&table, &name, only),
            Some(ast::AlterColumnOption::DropNotNull(_)) => self.drop_not_null(&table, &name, only, node),
            Some(ast::AlterColumnOption::SetType(it)) => self.set_type(&id, &it, node, heirs),
            Some(ast::AlterColumnOption::AddGenerated(it)) => self.add_identity(&id, &it, node),
            Some(ast::AlterColumnOption::DropIdentity(it)) => {
                self.drop_identity(&id, it.if_exists().is_some(), node);
            }
            Some(ast::AlterColumnOption::SetGenerated(it)) => {
                let generated = identity_of(it.generated_when());
                self.change_identity(&id, Some(generated), Vec::new(), node);
            }
            Some(ast::AlterColumnOption::SetSequenceOption(it)) => {
                self.change_identity(&id, None, it.sequence_option().into_iter().collect(), node);
            }
            Some(ast::AlterColumnOption::SetGeneratedOptions(it)) => {
                let (mut generated, mut options) = (None, Vec::new());
                for option in it.set_generated_options() {
                    match option {
                        ast::SetGeneratedOption::SetGenerated(it) => {
                            generated = Some(identity_of(it.generated_when()));
                        }
                        ast::SetGeneratedOption::SetSequenceOption(it) => {
                            options.extend(it.sequence_option())
                        }
                        ast::SetGeneratedOption::Restart(_) => {}
                    }
                }
                self.change_identity(&id, generated, options, node);
            }
            Some(ast::AlterColumnOption::SetExpression(it)) => {
                let Some(expr) = it.expr() else { return };
                let Some(kind) = self.own_column(&table, &name).map(|column| column.generated) else {
                    return;
                };
                if !self.is_generated(&id) {
                    self.invalid(format!("the {id} is not generated"), node);
                    return;
                }
                self.set_generated(&table, &name, &expr, kind);
                for heir in heirs {
                    self.forget_default(&heir, &name);
                    self.copy_default(&table, &name, &heir, &name);
                }
            }
            Some(ast::AlterColumnOption::DropExpression(it)) => {
                if !self.is_generated(&id) {
                    if it.if_exists().is_none() && self.is_sure(&id) {
                        self.invalid(format!("the {id} is not generated"), node);
                    }
                    return;
                }
                for table in std::iter::once(table).chain(heirs) {
                    self.forget_default(&table, &name);
                }
            }
            Some(action) => {
                self.change_settings(&id, &action, &heirs);
            }
            None => {}
        }
    }

    fn is_generated(&self, id: &ObjectId) -> bool {
        self.is_sure(id)
            && self
                .own_column(&id.owner(), &id.part)
                .is_some_and(|column| matches!(column.generated, Generated::Stored | Generated::Virtual))
    }

    fn set_type(&mut self, id: &ObjectId, it: &ast::SetType, node: &SyntaxNode, heirs: Vec<QualifiedName>) {
        let Some(ty) = it.ty().map(|ty| self.sql_type(&ty)) else { return };
        let (table, name) = (id.owner(), id.part);
        if self.is_sure(id) && self.is_inherited(&table, &name) {
            self.invalid(format!("the {id} is inherited and changed in the parent only"), node);
            return;
        }
        if self.is_sure(id) && self.state.strength(&table_id(&table), id).is_some() {
            self.invalid(format!("the {id} is part of the partition key"), node);
            return;
        }
        let (collation, made) = it.collate().map_or((None, None), |collate| self.collation(&collate));
        for table in std::iter::once(table).chain(heirs) {
            let id = column_id(&table, &name);
            self.refuse_if_read(&id, node);
            let Some(before) = self.own_column(&table, &name).map(|column| column.ty.clone()) else {
                continue;
            };
            if let Some(old) = self.type_object(&before) {
                self.state.release(&id, &old);
            }
            self.change_column(&table, &name, |column| {
                column.ty = ty.clone();
                column.collation.clone_from(&collation);
                // They belong to the values of the old type.
                column.settings.storage = None;
                column.settings.compression = None;
            });
            self.depend_on_type(&id, &ty);
            self.reread_indexes(&id);
            if let Some(made) = &made {
                self.state.depend(&id, made, Strength::Normal);
            }
            if let Some(sequence) = self.identity_sequence(&table, &name) {
                self.change_sequence_type(&sequence, &ty);
            }
        }
    }

    /// The type of a column cannot change while something reads it that is kept as a parsed query.
    fn refuse_if_read(&mut self, id: &ObjectId, node: &SyntaxNode) {
        let by: Vec<ObjectId> = self
            .state
            .dependents(id)
            .into_iter()
            .filter(|dependent| match dependent.kind {
                Kind::View | Kind::MaterializedView | Kind::Rule | Kind::Policy | Kind::Trigger => true,
                // A generated column reads others of its own table; a column of a heir only follows.
                Kind::Column => dependent.owner() == id.owner() && self.is_generated(dependent),
                _ => false,
            })
            .filter(|dependent| self.is_sure(dependent))
            .collect();
        if !by.is_empty() && self.is_certain() {
            let origin = by.first().and_then(|by| self.state.created(by)).cloned();
            self.problem(ProblemKind::InUse { object: *id, by }, node, origin);
        }
    }

    fn add_identity(&mut self, id: &ObjectId, it: &ast::AddGenerated, node: &SyntaxNode) {
        let Some(column) = self.own_column(&id.owner(), &id.part) else { return };
        let complaint =
            if matches!(column.generated, Generated::IdentityAlways | Generated::IdentityByDefault) {
                Some(format!("the {id} is an identity column already"))
            } else if column.default.is_some() {
                Some(format!("the {id} has a default"))
            } else if !column.not_null {
                Some(format!("the {id} must be NOT NULL before it becomes an identity column"))
            } else {
                None
            };
        if let Some(complaint) = complaint {
            if self.is_sure(id) {
                self.invalid(complaint, node);
            }
            return;
        }
        let generated = identity_of(it.generated_when());
        let (table, name) = (id.owner(), id.part);
        self.make_identity(&table, &name, generated, it.sequence_option_list(), node);
        for heir in self.descendants(&table) {
            if self.is_partition(&heir) {
                self.doubt_identity(&table, &name, &heir);
            }
        }
    }

    fn drop_identity(&mut self, id: &ObjectId, if_exists: bool, node: &SyntaxNode) {
        let (table, name) = (id.owner(), id.part);
        let Some(sequence) = self.identity_sequence(&table, &name) else {
            if !if_exists && self.is_sure(id) {
                self.invalid(format!("the {id} is not an identity column"), node);
            }
            return;
        };
        self.change_column(&table, &name, |column| column.generated = Generated::No);
        self.drop_along(&sequence, node);
    }

    fn change_identity(
        &mut self,
        id: &ObjectId,
        generated: Option<Generated>,
        options: Vec<ast::SequenceOption>,
        node: &SyntaxNode,
    ) {
        let (table, name) = (id.owner(), id.part);
        let Some(sequence) = self.identity_sequence(&table, &name) else {
            if self.is_sure(id) {
                self.invalid(format!("the {id} is not an identity column"), node);
            }
            return;
        };
        if let Some(generated) = generated {
            self.change_column(&table, &name, |column| column.generated = generated);
        }
        if !options.is_empty() {
            self.change_sequence_options(&sequence, options);
        }
    }
}
