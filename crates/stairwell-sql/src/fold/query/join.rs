//! Joins: which columns they merge, and what their conditions see.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId};

use super::{
    Analysis,
    from::Source,
    scope::{Column, Columns, Env, Item},
    value::{Value, one_of},
};
use crate::fold::resolve::identifier;

impl Analysis<'_> {
    pub(super) fn join(&mut self, left: Source, join: &ast::Join, level: &Env<'_>) -> Source {
        let Some(right) = join.from_list_item() else { return left };
        let mut lateral = level.clone();
        left.clone().add_to(&mut lateral);
        // Joins associate to the left. Without a condition the tree has it the other way round.
        if join.join_condition().is_none()
            && let ast::FromListItem::JoinExpr(inner) = &right
            && let Some(first) = inner.from_list_item()
        {
            let joined = self.chain_of_joins(left, join, &first, level);
            return match inner.join() {
                Some(next) => self.join(joined, &next, level),
                None => joined,
            };
        }
        let right = self.list_item(&right, &lateral);
        self.joined(left, right, join, level)
    }

    /// The left-most part of what stands to the right of a join without a condition.
    fn chain_of_joins(
        &mut self,
        left: Source,
        join: &ast::Join,
        right: &ast::FromListItem,
        level: &Env<'_>,
    ) -> Source {
        if let ast::FromListItem::JoinExpr(inner) = right
            && let Some(first) = inner.from_list_item()
        {
            let joined = self.chain_of_joins(left, join, &first, level);
            return match inner.join() {
                Some(next) => self.join(joined, &next, level),
                None => joined,
            };
        }
        let mut lateral = level.clone();
        left.clone().add_to(&mut lateral);
        let right = self.list_item(right, &lateral);
        self.joined(left, right, join, level)
    }

    fn joined(&mut self, left: Source, right: Source, join: &ast::Join, level: &Env<'_>) -> Source {
        let mut items = left.items.clone();
        items.extend(right.items.iter().cloned());
        let using = match join.join_condition() {
            Some(ast::JoinCondition::JoinUsingClause(using)) => Some(using),
            Some(ast::JoinCondition::OnClause(on)) => {
                let mut env = Env { outer: level.outer, variables: level.variables, ..Env::default() };
                left.clone().add_to(&mut env);
                right.clone().add_to(&mut env);
                self.walk(on.syntax(), &env);
                None
            }
            None => None,
        };
        let natural = join.natural_token().is_some();
        if natural && (left.columns.opaque || right.columns.opaque) {
            let mut columns = left.columns;
            columns.list.extend(right.columns.list);
            columns.opaque = true;
            return Source { items, columns };
        }
        let mut names: Vec<(String, SyntaxNode)> = Vec::new();
        if natural {
            let common = left.columns.list.iter().filter(|column| right.columns.find(&column.name).is_some());
            names.extend(common.map(|column| (column.name.clone(), join.syntax().clone())));
        }
        if let Some(list) = using.as_ref().and_then(|using| using.column_ref_list()) {
            names.extend(
                list.column_name_refs().map(|name| (identifier(name.syntax()), name.syntax().clone())),
            );
        }
        let opaque = left.columns.opaque || right.columns.opaque;
        let mut merged: Vec<Column> = Vec::new();
        for (name, node) in names {
            merged.push(self.merged(&left, &right, name, &node));
        }
        if let Some(alias) = using.as_ref().and_then(|using| using.alias()).and_then(|alias| alias.name()) {
            items.push(Item {
                alias: identifier(alias.syntax()),
                relation: None,
                bare: false,
                columns: Columns { list: merged.clone(), opaque: false },
            });
        }
        let rest = |columns: Columns| {
            let merged = &merged;
            let list = columns.list.into_iter();
            list.filter(move |column| merged.iter().all(|it| it.name != column.name)).collect::<Vec<_>>()
        };
        let (left, right) = (rest(left.columns), rest(right.columns));
        let list = merged.into_iter().chain(left).chain(right).collect();
        Source { items, columns: Columns { list, opaque } }
    }

    /// The one column that USING makes of two.
    fn merged(&mut self, left: &Source, right: &Source, name: String, node: &SyntaxNode) -> Column {
        let mut values = Vec::new();
        let mut sources = Vec::new();
        for side in [left, right] {
            match side.columns.find(&name) {
                Some(column) => {
                    values.push(column.value.clone());
                    sources.extend(column.sources.iter().cloned());
                }
                None if side.columns.opaque => values.push(Value::opaque()),
                None => match side.items.as_slice() {
                    [Item { relation: Some(relation), .. }] => {
                        self.fold.missing(&ObjectId::part(Kind::Column, relation, name.clone()), node);
                        values.push(Value::opaque());
                    }
                    _ => {
                        self.invalid(format!("a side of the join has no column {name}"), node);
                        values.push(Value::opaque());
                    }
                },
            }
        }
        for source in &sources {
            self.refer(source, node);
        }
        Column { name, value: one_of(self.fold, &values), sources }
    }
}
