//! NOT NULL: a property of the column and, from PostgreSQL 18 on, a constraint with a name.

use squawk_syntax::SyntaxNode;
use stairwell_catalog::{Generated, QualifiedName};

use super::{
    Fold,
    implicit_name::object_name,
    relation::{column_id, table_id},
};

impl Fold {
    /// Makes the column refuse NULL, here and in the tables that inherit it.
    pub(crate) fn set_not_null(&mut self, table: &QualifiedName, column: &str, only: bool) {
        self.change_column(table, column, |column| column.not_null = true);
        if !only || self.is_partitioned(table) {
            for child in self.descendants(table) {
                self.change_column(&child, column, |column| column.not_null = true);
            }
        }
    }

    /// Lets the column accept NULL again, here and in the tables that inherit it.
    pub(crate) fn drop_not_null(
        &mut self,
        table: &QualifiedName,
        column: &str,
        only: bool,
        node: &SyntaxNode,
    ) {
        let sure = self.is_sure(&column_id(table, column)) && self.is_sure(&table_id(table));
        let in_key =
            self.primary_key(table).is_some_and(|(_, columns)| columns.iter().any(|it| it == column));
        let Some(before) = self.own_column(table, column) else { return };
        let identity = matches!(before.generated, Generated::IdentityAlways | Generated::IdentityByDefault);
        if sure && in_key {
            self.invalid(format!("the column {column} is in the primary key"), node);
            return;
        }
        if sure && identity {
            self.invalid(format!("the column {column} is an identity column"), node);
            return;
        }
        self.state.set_inner_names(&column_id(table, column), Vec::new());
        self.change_column(table, column, |column| column.not_null = false);
        if !only {
            for child in self.descendants(table) {
                self.change_column(&child, column, |column| column.not_null = false);
            }
        }
    }

    /// The column whose NOT NULL constraint has this name on PostgreSQL 18.
    pub(crate) fn not_null_constraint(&self, table: &QualifiedName, name: &str) -> Option<String> {
        self.state.catalog().columns(table).into_iter().find_map(|(column, it)| {
            let given = self.state.inner_names(&column_id(table, &column)).iter().any(|given| given == name);
            let usual = object_name(&table.name, Some(&column), "not_null") == name;
            (it.not_null && (given || usual)).then(|| column.to_string())
        })
    }

    /// Whether a constraint of this name may be a NOT NULL constraint, which the catalog does not have.
    pub(crate) fn may_be_not_null(&self, table: &QualifiedName, name: &str) -> bool {
        name.contains("not_null") || self.not_null_constraint(table, name).is_some()
    }
}
