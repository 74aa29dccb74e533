//! Sequences: on their own, of `serial` columns, and of identity columns.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, Object, ObjectId, QualifiedName, Sequence, SqlType, Verb};

use super::{
    Fold,
    relation::column_id,
    resolve::{Found, TEMP, identifier, parts, text},
    state::Strength,
};

/// The lowest and the highest value of an integer type.
fn bounds(ty: &SqlType) -> (i64, i64) {
    match ty.to_string().as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// A sequence as it is without any option.
pub(crate) fn plain(ty: SqlType) -> Sequence {
    let (_, max) = bounds(&ty);
    Sequence {
        ty,
        start: 1,
        increment: 1,
        min: 1,
        max,
        cache: 1,
        cycle: false,
        owned_by: None,
        identity: false,
        unlogged: false,
    }
}

/// What options say, whose order does not matter.
#[derive(Default)]
struct Options {
    ty: Option<SqlType>,
    increment: Option<i64>,
    /// The inner `None` stands for `NO MINVALUE`.
    min: Option<Option<i64>>,
    max: Option<Option<i64>>,
    start: Option<i64>,
    cache: Option<i64>,
    cycle: Option<bool>,
    unlogged: Option<bool>,
    owner: Option<ast::OptionOwnedBy>,
}

fn number(expr: Option<ast::Expr>) -> Option<i64> {
    let digits: String = text(&expr?).chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
    digits.trim_start_matches('+').parse().ok()
}

impl Fold {
    fn sequence_options(&mut self, options: impl IntoIterator<Item = ast::SequenceOption>) -> Options {
        let mut read = Options::default();
        for option in options {
            match option {
                ast::SequenceOption::OptionAsType(it) => read.ty = it.ty().map(|ty| self.sql_type(&ty)),
                ast::SequenceOption::OptionIncrement(it) => read.increment = number(it.expr()),
                ast::SequenceOption::OptionMinValue(it) => read.min = Some(number(it.expr())),
                ast::SequenceOption::OptionNoMinValue(_) => read.min = Some(None),
                ast::SequenceOption::OptionMaxValue(it) => read.max = Some(number(it.expr())),
                ast::SequenceOption::OptionNoMaxValue(_) => read.max = Some(None),
                ast::SequenceOption::OptionStart(it) => read.start = number(it.expr()),
                ast::SequenceOption::OptionCache(it) => read.cache = number(it.expr()),
                ast::SequenceOption::OptionCycle(_) => read.cycle = Some(true),
                ast::SequenceOption::OptionNoCycle(_) => read.cycle = Some(false),
                ast::SequenceOption::OptionLogged(_) => read.unlogged = Some(false),
                ast::SequenceOption::OptionUnlogged(_) => read.unlogged = Some(true),
                ast::SequenceOption::OptionOwnedBy(it) => read.owner = Some(it),
                ast::SequenceOption::OptionRestart(_) | ast::SequenceOption::OptionSequenceName(_) => {}
            }
        }
        read
    }

    pub(crate) fn create_sequence(&mut self, it: &ast::CreateSequence) {
        let Some(name_node) = it.sequence() else { return };
        let mut name = self.new_name(&parts(name_node.syntax()));
        if matches!(it.persistence(), Some(ast::Persistence::Temp(_))) {
            name.schema = TEMP.into();
        }
        if it.if_not_exists().is_some() && self.state.catalog().relation(&name).is_some() {
            return;
        }
        if !self.has_schema(&name.schema, name_node.syntax()) {
            return;
        }
        let id = ObjectId::new(Kind::Sequence, name.schema, name.name);
        if !self.is_free(&id, name_node.syntax()) {
            return;
        }
        let options = self.sequence_options(it.sequence_options());
        let mut sequence = plain(options.ty.clone().unwrap_or_else(|| SqlType::built_in("bigint")));
        sequence.unlogged = matches!(it.persistence(), Some(ast::Persistence::Unlogged(_)));
        apply(&mut sequence, &options, true);
        self.create(&id, sequence, name_node.syntax());
        if let Some(owner) = &options.owner {
            self.own_sequence(&id, owner);
        }
    }

    /// Creates the sequence of an identity column, or with `identity` off that of a `serial` column, and gives
    /// its name.
    pub(crate) fn create_column_sequence(
        &mut self,
        table: &QualifiedName,
        column: &str,
        ty: &SqlType,
        identity: bool,
        options: Option<ast::SequenceOptionList>,
        node: &SyntaxNode,
    ) -> QualifiedName {
        let given =
            options.iter().flat_map(ast::SequenceOptionList::sequence_options).find_map(
                |option| match option {
                    ast::SequenceOption::OptionSequenceName(it) => it.sequence(),
                    _ => None,
                },
            );
        let name = match given {
            Some(given) => {
                let parts = parts(given.syntax());
                match parts.as_slice() {
                    [name] => QualifiedName::new(table.schema, name.clone()),
                    parts => self.new_name(parts),
                }
            }
            None => QualifiedName::new(
                table.schema,
                self.free_relation_name(&table.schema, &table.name, Some(column), "seq", false),
            ),
        };
        let read = self.sequence_options(options.iter().flat_map(ast::SequenceOptionList::sequence_options));
        let mut sequence = plain(match ty {
            SqlType::BuiltIn(_) => ty.clone(),
            _ => SqlType::built_in("bigint"),
        });
        sequence.unlogged = self.table(table).is_some_and(|table| table.unlogged);
        apply(&mut sequence, &read, true);
        sequence.identity = identity;
        self.put_column_sequence(&name, table, column, sequence, node);
        name
    }

    /// Creates a sequence that belongs to a column.
    pub(crate) fn put_column_sequence(
        &mut self,
        name: &QualifiedName,
        table: &QualifiedName,
        column: &str,
        mut sequence: Sequence,
        node: &SyntaxNode,
    ) {
        let id = ObjectId::new(Kind::Sequence, name.schema, name.name);
        if !self.is_free(&id, node) {
            return;
        }
        sequence.owned_by = Some((*table, column.to_owned()));
        self.create_along(&id, sequence, node);
        self.state.depend(&id, &column_id(table, column), Strength::Auto);
    }

    pub(crate) fn alter_sequence(&mut self, it: &ast::AlterSequence) {
        let Some(name_node) = it.sequence_ref() else { return };
        let Some(id) = self.relation_to_alter(name_node.syntax(), it.if_exists().is_some()) else { return };
        if id.kind != Kind::Sequence {
            self.invalid(format!("{id} is not a sequence"), name_node.syntax());
            return;
        }
        let mut options = Vec::new();
        for action in it.actions() {
            match action {
                ast::AlterSequenceAction::SequenceRenameTo(to) => {
                    if let Some(to) = to.sequence() {
                        self.rename_relation(&id, to.syntax());
                    }
                    return;
                }
                ast::AlterSequenceAction::SetSchema(to) => {
                    if let Some(to) = to.schema_ref() {
                        self.move_relation(&id, to.syntax());
                    }
                    return;
                }
                ast::AlterSequenceAction::SetLogged(_) => self.change_sequence(&id, |it| it.unlogged = false),
                ast::AlterSequenceAction::SetUnlogged(_) => {
                    self.change_sequence(&id, |it| it.unlogged = true);
                }
                ast::AlterSequenceAction::OwnerTo(it) => self.change_owner(&id, &it),
                ast::AlterSequenceAction::SequenceOption(option) => options.push(option),
            }
        }
        self.change_sequence_options(&id, options);
    }

    /// Applies options to a sequence that is there.
    pub(crate) fn change_sequence_options(
        &mut self,
        id: &ObjectId,
        options: impl IntoIterator<Item = ast::SequenceOption>,
    ) {
        let options = self.sequence_options(options);
        self.change_sequence(id, |sequence| apply(sequence, &options, false));
        if let Some(owner) = &options.owner {
            self.own_sequence(id, owner);
        }
    }

    /// What `ALTER COLUMN … TYPE` does to the sequence of an identity column.
    pub(crate) fn change_sequence_type(&mut self, id: &ObjectId, ty: &SqlType) {
        let options = Options { ty: Some(ty.clone()), ..Options::default() };
        self.change_sequence(id, |sequence| apply(sequence, &options, false));
    }

    /// `OWNED BY`.
    fn own_sequence(&mut self, id: &ObjectId, owner: &ast::OptionOwnedBy) {
        let Some(target) = owner.owned_by_target() else { return };
        let Some(Object::Sequence(sequence)) = self.state.get(id).map(|entry| entry.object.clone()) else {
            return;
        };
        if sequence.identity {
            self.invalid(format!("{id} belongs to an identity column"), owner.syntax());
            return;
        }
        let new_owner = match &target {
            ast::OwnedByTarget::OwnedByNone(_) => None,
            ast::OwnedByTarget::QualifiedColumnNameRef(column) => {
                let mut names = parts(column.syntax());
                let Some(column_name) = names.pop() else { return };
                match self.find_relation(&names) {
                    Found::Object(table) => {
                        self.effect(Verb::Reference, &table, column.syntax());
                        let table = table.owner();
                        let column_id = column_id(&table, &column_name);
                        if !self.state.contains(&column_id) {
                            if self.is_sure_table(&table) {
                                self.missing(&column_id, column.syntax());
                            }
                            return;
                        }
                        if table.schema != id.schema {
                            let reason = "a sequence must be in the schema of the table that owns it";
                            self.invalid(reason, column.syntax());
                            return;
                        }
                        Some((table, column_name))
                    }
                    Found::Elsewhere(_) => return,
                    Found::Nothing(name) => {
                        self.missing(&ObjectId::new(Kind::Table, name.schema, name.name), column.syntax());
                        return;
                    }
                }
            }
        };
        if let Some((table, column)) = &sequence.owned_by {
            // A default may read the sequence: that is an edge the other way round, and stays.
            self.state.release(id, &column_id(table, column));
        }
        if let Some((table, column)) = &new_owner {
            self.state.depend(id, &column_id(table, column), Strength::Auto);
        }
        self.change_sequence(id, |sequence| sequence.owned_by = new_owner);
    }

    /// Whether the schema in which something is created may be there; notes a problem if not.
    pub(crate) fn has_schema(&mut self, schema: &str, node: &SyntaxNode) -> bool {
        if self.schema_exists(schema) {
            return true;
        }
        self.missing(&ObjectId::global(Kind::Schema, schema), node);
        // Without certainty it may well be there, and what is created in it too.
        !self.is_certain()
    }

    /// The name of a schema that is referred to.
    pub(crate) fn schema_named(&mut self, node: &SyntaxNode) -> Option<String> {
        let schema = identifier(node);
        self.has_schema(&schema, node).then_some(schema)
    }
}

/// What `init_params` of PostgreSQL does: explicit options win, what is not said keeps its value, or has its
/// usual one in a new sequence.
fn apply(sequence: &mut Sequence, options: &Options, new: bool) {
    let (mut reset_min, mut reset_max) = (false, false);
    if let Some(ty) = &options.ty {
        let (min, max) = bounds(&sequence.ty);
        reset_min = !new && sequence.min == min;
        reset_max = !new && sequence.max == max;
        sequence.ty = ty.clone();
    }
    if let Some(increment) = options.increment {
        sequence.increment = increment;
    }
    let ascending = sequence.increment > 0;
    let (type_min, type_max) = bounds(&sequence.ty);
    match options.max {
        Some(Some(max)) => sequence.max = max,
        given if given.is_some() || new || reset_max => {
            sequence.max = if ascending || reset_max { type_max } else { -1 };
        }
        _ => {}
    }
    match options.min {
        Some(Some(min)) => sequence.min = min,
        given if given.is_some() || new || reset_min => {
            sequence.min = if !ascending || reset_min { type_min } else { 1 };
        }
        _ => {}
    }
    match options.start {
        Some(start) => sequence.start = start,
        None if new => sequence.start = if ascending { sequence.min } else { sequence.max },
        None => {}
    }
    if let Some(cache) = options.cache {
        sequence.cache = cache;
    }
    if let Some(cycle) = options.cycle {
        sequence.cycle = cycle;
    }
    if let Some(unlogged) = options.unlogged {
        sequence.unlogged = unlogged;
    }
}
