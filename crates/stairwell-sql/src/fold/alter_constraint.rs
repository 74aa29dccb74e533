//! Dropping, renaming and validating the constraints of a table.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{ConstraintRule, Kind, ObjectId, QualifiedName, Verb};

use super::{
    Fold,
    relation::{column_id, constraint_id, index_id},
    resolve::{identifier, parts},
};

impl Fold {
    pub(crate) fn drop_constraint(&mut self, table: &QualifiedName, it: &ast::DropConstraint, only: bool) {
        let Some(node) = it.constraint_name_ref() else { return };
        let Some(name) = parts(node.syntax()).pop() else { return };
        let id = constraint_id(table, &name);
        if !self.state.contains(&id) {
            if let Some(column) = self.not_null_constraint(table, &name) {
                self.effect(Verb::Alter, &column_id(table, &column), node.syntax());
                self.drop_not_null(table, &column, only, node.syntax());
                return;
            }
            if it.if_exists().is_none() {
                self.constraint_named(table, node.syntax(), Verb::Drop);
            }
            return;
        }
        if self.is_sure(&id) && !self.origins(&id).is_empty() {
            self.effect(Verb::Drop, &id, node.syntax());
            self.invalid(format!("the {id} is inherited and dropped in the parent only"), node.syntax());
            return;
        }
        if only {
            self.leave_to_heirs(&id);
        }
        let cascade = matches!(it.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
        self.drop_object(&id, cascade, node.syntax());
    }

    /// Makes what others have inherited from this part their own, even where another parent has it too.
    pub(crate) fn leave_to_heirs(&mut self, id: &ObjectId) {
        for heir in self.state.dependents(id) {
            let origins = self.origins(&heir);
            if origins.contains(id) {
                origins.iter().for_each(|origin| self.state.release(&heir, origin));
            }
        }
    }

    pub(crate) fn rename_constraint(
        &mut self,
        table: &QualifiedName,
        it: &ast::RenameConstraint,
        only: bool,
    ) {
        let (Some(from), Some(to)) = (it.constraint_name_ref(), it.constraint_name()) else { return };
        let new = identifier(to.syntax());
        let Some(old) = parts(from.syntax()).pop() else { return };
        let id = constraint_id(table, &old);
        if !self.state.contains(&id)
            && let Some(column) = self.not_null_constraint(table, &old)
        {
            self.effect(Verb::Alter, &column_id(table, &column), from.syntax());
            self.state.set_inner_names(&column_id(table, &column), vec![new]);
            return;
        }
        let Some(id) = self.constraint_named(table, from.syntax(), Verb::Alter) else { return };
        let is_check = matches!(
            self.constraint(table, &old).map(|constraint| &constraint.rule),
            Some(ConstraintRule::Check { .. })
        );
        if is_check && self.is_sure(&id) && !self.origins(&id).is_empty() {
            self.invalid(format!("the {id} is inherited and renamed in the parent only"), from.syntax());
            return;
        }
        if !self.rename_one_constraint(&id, &new, to.syntax()) {
            return;
        }
        if is_check && !only {
            for child in self.descendants(table) {
                let id = constraint_id(&child, &old);
                if self.state.contains(&id) {
                    self.rename_one_constraint(&id, &new, to.syntax());
                }
            }
        }
    }

    /// Renames a constraint together with its index.
    fn rename_one_constraint(&mut self, id: &ObjectId, new: &str, node: &SyntaxNode) -> bool {
        let table = id.owner();
        if !self.is_free_constraint(&table, new, node) {
            return false;
        }
        let old_index = QualifiedName::new(table.schema, id.part);
        let has_index = self.constraint_of_index(&old_index).is_some_and(|(of_index, _)| of_index == *id);
        let new_index = index_id(&QualifiedName::new(table.schema, new));
        if has_index && !self.is_free(&new_index, node) {
            return false;
        }
        self.rename(id, &constraint_id(&table, new), node);
        true
    }

    pub(crate) fn validate_constraint(
        &mut self,
        table: &QualifiedName,
        it: &ast::ValidateConstraint,
        only: bool,
    ) {
        let Some(node) = it.constraint_name_ref() else { return };
        let Some(id) = self.constraint_named(table, node.syntax(), Verb::Alter) else { return };
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            self.change_constraint(&id.owner(), &id.part, |constraint| {
                constraint.validated = constraint.enforced;
            });
            if !only {
                let clones = self.state.dependents(&id);
                let same =
                    |clone: &ObjectId| clone.kind == Kind::Constraint && self.origins(clone).contains(&id);
                open.extend(clones.into_iter().filter(same));
            }
        }
    }
}
