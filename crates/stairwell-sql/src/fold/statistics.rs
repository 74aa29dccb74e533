//! `CREATE STATISTICS` and `ALTER STATISTICS`.

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{Kind, ObjectId, Plain, QualifiedName, Verb};

use super::{
    Fold,
    column_settings::target,
    implicit_name::{joined, object_name},
    index::plain_column,
    lookup::Wanted,
    plain::{items, set_fact, set_items},
    query::Scope,
    relation::column_id,
    resolve::{identifier, parts, text},
    state::Strength,
};

/// How many kinds of statistics there are; without a word it is all of them.
const KINDS: usize = 3;

impl Fold {
    /// Corrects the names in the statistics of a table that is called `new` now, or that has a column of this
    /// name now.
    pub(crate) fn follow_statistics(&mut self, old: &ObjectId, new: &ObjectId) {
        if !matches!(new.kind, Kind::Table | Kind::MaterializedView | Kind::Column) {
            return;
        }
        let dependents = self.state.dependents(new).into_iter();
        for id in dependents.filter(|id| id.kind == Kind::Statistics).collect::<Vec<_>>() {
            self.change_plain(&id, |it| {
                if new.kind != Kind::Column {
                    set_fact(it, "on", new.owner().to_string(), false);
                } else if old.part != new.part {
                    let mut columns = items(it, "columns");
                    columns
                        .iter_mut()
                        .filter(|it| **it == old.part)
                        .for_each(|it| *it = new.part.to_string());
                    columns.sort();
                    set_items(it, "columns", &columns);
                }
            });
        }
    }

    pub(crate) fn create_statistics(&mut self, it: &ast::CreateStatistics) {
        let Some(table_node) = it.from_table().and_then(|from| from.table_name_ref()) else { return };
        let given = it.statistics().map(|name| (self.new_name(&parts(name.syntax())), name.syntax().clone()));
        if let (Some((name, _)), Some(_)) = (&given, it.if_not_exists())
            && self.state.contains(&ObjectId::new(Kind::Statistics, &*name.schema, &*name.name))
        {
            return;
        }
        let Some(relation) = self.relation_to_alter(table_node.syntax(), false) else { return };
        let table = relation.owner();
        let mut columns = Vec::new();
        let mut references = Vec::new();
        let mut names = Vec::new();
        let mut expressions = Vec::new();
        let exprs = it.statistics_on_clause();
        for expr in exprs.iter().flat_map(ast::StatisticsOnClause::exprs) {
            match plain_column(&expr) {
                Some((column, node)) => {
                    if !self.has_columns(&table, &[(column.clone(), node)]) {
                        return;
                    }
                    names.push(column.clone());
                    columns.push(column);
                }
                None => {
                    names.push("expr".to_owned());
                    expressions.push(text(&expr));
                    references.extend(self.expression(&expr, &Scope::of_relation(self, &table)).references);
                }
            }
        }
        let (name, node) = given.unwrap_or_else(|| {
            let joined = joined(names.iter().map(String::as_str));
            let name = self.free_statistics_name(&table.schema, &table.name, &joined);
            (QualifiedName::new(table.schema, name), it.syntax().clone())
        });
        let id = ObjectId::new(Kind::Statistics, name.schema, name.name);
        if !self.is_free(&id, &node) {
            return;
        }
        let mut kinds: Vec<String> = it
            .stat_types()
            .iter()
            .flat_map(ast::StatTypes::statistics_kinds)
            .map(|kind| identifier(kind.syntax()))
            .collect();
        kinds.sort();
        kinds.dedup();
        if kinds.len() == KINDS {
            kinds.clear();
        }
        let mut sorted = columns.clone();
        sorted.sort();
        let statistics = Plain::new()
            .with("on", table.to_string())
            .with_list("columns", sorted)
            .with_text("expressions", expressions.join(", "))
            .with_list("kinds", kinds);
        self.create(&id, statistics, &node);
        self.state.set_inner_names(&id, names);
        self.state.depend(&id, &relation, Strength::Auto);
        for column in columns {
            self.state.depend(&id, &column_id(&table, &column), Strength::Auto);
        }
        for reference in references {
            let own = reference.owner() == table;
            self.state.depend(&id, &reference, if own { Strength::Auto } else { Strength::Normal });
        }
    }

    /// `t_a_b_stat`, or the first of its kind that is free.
    pub(crate) fn free_statistics_name(&self, schema: &str, table: &str, columns: &str) -> String {
        let mut label = "stat".to_owned();
        let mut pass = 0_u32;
        loop {
            let name = object_name(table, Some(columns), &label);
            if !self.state.contains(&ObjectId::new(Kind::Statistics, schema, &*name)) {
                return name;
            }
            pass += 1;
            label = format!("stat{pass}");
        }
    }

    pub(crate) fn alter_statistics(&mut self, it: &ast::AlterStatistics) {
        let Some(name) = it.statistics_ref() else { return };
        let Some(id) = self.named(Wanted::Statistics, name.syntax()) else { return };
        self.effect(Verb::Alter, &id, name.syntax());
        match it.action() {
            Some(ast::AlterStatisticsAction::StatisticsRenameTo(rename)) => {
                if let Some(name) = rename.statistics() {
                    self.rename_to(&id, name.syntax());
                }
            }
            Some(ast::AlterStatisticsAction::SetSchema(set)) => self.move_to(&id, &set),
            Some(ast::AlterStatisticsAction::OwnerTo(owner)) => self.change_owner(&id, &owner),
            Some(ast::AlterStatisticsAction::SetStatistics(set)) => {
                let target = target(&set).map(|target| target.to_string()).unwrap_or_default();
                self.change_plain(&id, |it| set_fact(it, "target", target, false));
            }
            None => {}
        }
    }
}
