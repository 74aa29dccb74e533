//! The fold: statement by statement, what PostgreSQL would make of a catalog.
//!
//! [`Fold`] is a database that has names, types and dependencies but no rows.
//! Every kind of statement has a file of its own, which changes the `state.rs` and notes effects and problems.
//! A problem is only noted where the server is certain to refuse; whatever cannot be seen is noted as
//! [`Opaque`], and nothing is guessed from there on.

mod aggregate;
mod alter_column;
mod alter_constraint;
mod alter_relation;
mod alter_table;
mod body;
mod call;
mod cast;
mod catalog_query;
mod collation;
mod column;
mod column_settings;
mod comment;
mod composite;
mod condition;
mod constant;
mod constraint;
mod control;
mod default_privileges;
mod do_block;
mod domain;
mod drop;
mod drop_plain;
mod drop_statement;
mod dynamic;
mod enum_type;
mod event_trigger;
mod extension;
mod extension_members;
mod foreign;
mod foreign_key;
mod foreign_options;
mod function;
mod grant;
mod handler;
mod implicit_name;
mod index;
mod index_cast;
mod inherit;
mod key;
mod language;
mod like;
mod lookup;
mod move_object;
mod not_null;
mod operator;
mod operator_class;
mod options;
mod other;
mod outcome;
mod owned;
mod partition;
mod plain;
mod plpgsql;
mod policy;
mod privileges;
mod publication;
mod query;
mod range;
mod relation;
mod rename;
mod renaming;
mod resolve;
mod role;
mod rounds;
mod routine;
mod routine_options;
mod rows;
mod rule;
mod schema;
mod sequence;
mod session;
mod settings;
mod state;
mod statement;
mod statistics;
mod system_catalog;
mod table;
#[cfg(test)]
mod tests;
mod text_search;
mod trigger;
mod type_definition;
mod type_use;
mod types;
mod view;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use squawk_syntax::{SyntaxNode, plpgsql::Plpgsql};
use stairwell_catalog::{
    Catalog, Difference, Effect, Entry, Kind, Name, Object, ObjectId, QualifiedName, Schema, Verb,
};

use crate::{Parsed, Reading, Unread};

pub use outcome::{LocatedEffect, Opaque, Outcome, Problem, ProblemKind, Via};
use state::State;
pub use state::{Mark, Origin};

/// A database without rows, to which the statements of migrations are applied in order.
#[derive(Debug)]
pub struct Fold {
    pub(crate) state: State,
    pub(crate) session: Session,
    pub(crate) outside: Outside,
    pub(crate) guard: Guard,
    pub(crate) via: Via,
    pub(crate) within: Within,
    outcome: Outcome,
    step: usize,
    place: Place,
    /// The body of the statement that is being folded, in PL/pgSQL, if it was read without a complaint.
    body: Option<Plpgsql>,
    /// Why anything may be different from what the catalog says, since a statement that cannot be seen through.
    blind: Option<String>,
}

/// What a step can set for itself; every step starts with the defaults again, as the runtime sees to it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The schemas of `search_path`, `pg_temp` and `pg_catalog` left out.
    pub(crate) search_path: Vec<Name>,
    /// `SET check_function_bodies`.
    pub(crate) check_function_bodies: bool,
    /// The role for which statements run, if it is known by name: `SET ROLE`.
    pub(crate) role: Option<String>,
    /// The role that the session belongs to, if it is known by name: `SET SESSION AUTHORIZATION`.
    pub(crate) user: Option<String>,
}

impl Default for Session {
    fn default() -> Self {
        Self { search_path: vec!["public".into()], check_function_bodies: true, role: None, user: None }
    }
}

/// What exists although no chain creates it, as the settings say.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Whole schemas.
    pub schemas: BTreeSet<String>,
    /// Relations, types and functions by name.
    pub names: BTreeSet<QualifiedName>,
}

impl Outside {
    /// Whether something of this name may exist outside of the chains.
    #[must_use]
    pub fn covers(&self, name: &QualifiedName) -> bool {
        self.schemas.contains(name.schema.as_str()) || self.names.contains(name)
    }
}

/// Under which conditions a statement runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    /// Whether a refusal of the server is caught (`EXCEPTION WHEN …`), or the block asked the system's catalogs
    /// before (`IF NOT EXISTS (SELECT … FROM pg_type …)`): then what is there already, or is not there, is no
    /// problem and has no effect.
    pub(crate) tolerant: bool,
    /// Why it may not run at all.
    pub(crate) perhaps: Option<String>,
    /// Whether an `EXCEPTION WHEN …` catches a refusal, which ends the block and undoes it.
    pub(crate) handled: bool,
}

/// What is special about a statement that stands in a routine or in a `DO` block.
#[derive(Debug, Clone, Default)]
pub(crate) struct Within {
    /// Whether a name that nothing explains may be a variable or a parameter; scopes of its statements
    /// start with it.
    pub(crate) variables: bool,
    /// Whether the server reads the statements of this body when it is created ([`Via::Body`] otherwise
    /// tells of what it does not look into).
    pub(crate) checked: bool,
    /// The refusal that a handler of an enclosing block catches.
    pub(crate) caught: Option<Problem>,
    /// The routines that are being called, the innermost last.
    pub(crate) calls: Vec<ObjectId>,
    /// How many texts within texts these statements stand in.
    pub(crate) depth: usize,
}

/// How positions in a tree are mapped to the text of the step.
#[derive(Clone)]
pub(crate) enum Place {
    /// The tree is of the whole text.
    Text,
    /// The tree is of a function's body.
    Body(Arc<dyn Fn(Range<usize>) -> Range<usize> + Send + Sync>),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => f.write_str("Text"),
            Self::Body(_) => f.write_str("Body"),
        }
    }
}

impl Fold {
    /// An empty database: the schema `public` and nothing else.
    #[must_use]
    pub fn new(outside: Outside) -> Self {
        let mut state = State::default();
        let mut public = Entry::new(Schema::default());
        // As PostgreSQL has it since 15; the live reader tells it of 14 as well.
        public.grants.entry("PUBLIC".to_owned()).or_default().insert("usage".to_owned(), false);
        state.put(ObjectId::global(Kind::Schema, "public"), public);
        state.forget_journal();
        Self {
            state,
            session: Session::default(),
            outside,
            guard: Guard::default(),
            via: Via::Statement,
            within: Within::default(),
            outcome: Outcome::default(),
            step: 0,
            place: Place::Text,
            body: None,
            blind: None,
        }
    }

    /// Folds one step.
    ///
    /// `step` is a number of the caller's, which [`Origin`]s give back.
    pub fn step(&mut self, step: usize, parsed: &Parsed) -> Outcome {
        self.begin(step);
        self.place = Place::Text;
        self.parsed(parsed);
        self.end()
    }

    /// Begins a step that is no SQL file. Feed it with [`Fold::embedded`], and close it with [`Fold::end`].
    pub fn begin(&mut self, step: usize) {
        self.step = step;
        self.session = Session::default();
    }

    /// Folds SQL that another language runs: every place in it is `span`.
    ///
    /// `perhaps` says why it may not run, if that is so.
    pub fn embedded(&mut self, parsed: &Parsed, span: Range<usize>, perhaps: Option<String>) {
        self.guard.perhaps = perhaps;
        self.place = Place::Body(Arc::new(move |_| span.clone()));
        self.parsed(parsed);
        self.guard.perhaps = None;
    }

    /// Notes SQL that another language puts together at run time.
    pub fn embedded_unknown(&mut self, span: Range<usize>, reason: &str) {
        self.opaque_at(reason.to_owned(), span);
    }

    /// Ends a step, and what lives only as long as its session.
    pub fn end(&mut self) -> Outcome {
        self.drop_temporary_objects();
        std::mem::take(&mut self.outcome)
    }

    fn parsed(&mut self, parsed: &Parsed) {
        for opened in parsed.open() {
            self.body = opened.plpgsql.filter(|_| opened.is_body_sound).cloned();
            match (&opened.tree, opened.statement.reading) {
                (Some(tree), _) => self.statement(tree),
                (None, Reading::Not(Unread::TooLong)) => {
                    self.opaque_at(
                        "the statement is too long to be read".to_owned(),
                        opened.statement.span.clone(),
                    );
                }
                (None, Reading::Not(Unread::UnknownGrammar)) => {
                    self.opaque_at(
                        "the parser does not know this statement".to_owned(),
                        opened.statement.span.clone(),
                    );
                }
                // What is wrong with it is reported, so nothing is built.
                (None, _) => {}
            }
        }
    }

    /// The catalog as it is now.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        self.state.catalog()
    }

    /// The present point, for [`Fold::undo_to`] and [`Fold::differences_since`].
    #[must_use]
    pub fn mark(&self) -> Checkpoint {
        Checkpoint { mark: self.state.mark(), blind: self.blind.clone() }
    }

    /// Takes back everything since `checkpoint`.
    pub fn undo_to(&mut self, checkpoint: &Checkpoint) {
        self.state.undo_to(checkpoint.mark);
        self.blind.clone_from(&checkpoint.blind);
    }

    /// What has come of everything since `checkpoint`, for another fold that stands where this one stood then.
    #[must_use]
    pub fn replay_since(&self, checkpoint: &Checkpoint) -> Replay {
        Replay { state: self.state.replay_since(checkpoint.mark), blind: self.blind.clone() }
    }

    /// Gets where another fold has got since it stood where this one stands, without its statements.
    pub fn replay(&mut self, replay: Replay) {
        self.state.replay(replay.state);
        self.blind = replay.blind;
    }

    /// Every object that was touched since `checkpoint`, with what it was then.
    #[must_use]
    pub fn touched_since(&self, checkpoint: &Checkpoint) -> BTreeMap<ObjectId, Option<Arc<Entry>>> {
        self.state.touched_since(checkpoint.mark)
    }

    /// Forgets how to go back: no earlier checkpoint may be used any more. Keeps memory bounded over many steps.
    pub fn forget_checkpoints(&mut self) {
        self.state.forget_journal();
    }

    /// What is different from how it was at `checkpoint`.
    #[must_use]
    pub fn differences_since(&self, checkpoint: &Checkpoint) -> Vec<Difference> {
        self.state.differences_since(checkpoint.mark)
    }

    /// Where the object was created; `None` if it was there from the start.
    #[must_use]
    pub fn created(&self, id: &ObjectId) -> Option<&Origin> {
        self.state.created(id)
    }

    /// Where an object of this identity was last dropped or renamed away.
    #[must_use]
    pub fn dropped(&self, id: &ObjectId) -> Option<&Origin> {
        self.state.dropped(id)
    }

    /// Why anything may be different from what the catalog says.
    #[must_use]
    pub fn blind(&self) -> Option<&str> {
        self.blind.as_deref()
    }

    fn drop_temporary_objects(&mut self) {
        let temporary: Vec<ObjectId> =
            self.state.catalog().in_schema(resolve::TEMP).map(|(id, _)| *id).collect();
        for id in temporary {
            self.state.take(&id);
        }
    }

    // What the files of the statements call.

    /// The bytes of a node in the text of the step.
    pub(crate) fn span(&self, node: &SyntaxNode) -> Range<usize> {
        let range = node.text_range();
        let range = usize::from(range.start())..usize::from(range.end());
        match &self.place {
            Place::Text => range,
            Place::Body(locate) => locate(range),
        }
    }

    /// Notes an effect, at the place of `node`.
    pub(crate) fn effect(&mut self, verb: Verb, object: &ObjectId, node: &SyntaxNode) {
        let span = self.span(node);
        self.effect_at(verb, object, span, self.via);
    }

    /// Notes an effect that follows from another one.
    pub(crate) fn consequence(&mut self, verb: Verb, object: &ObjectId, node: &SyntaxNode) {
        let span = self.span(node);
        let via = if self.via == Via::Body { Via::Body } else { Via::Consequence };
        self.effect_at(verb, object, span, via);
    }

    fn effect_at(&mut self, verb: Verb, object: &ObjectId, span: Range<usize>, via: Via) {
        if object.schema == resolve::TEMP {
            return;
        }
        let relation = match self.state.get(object).map(|entry| &entry.object) {
            Some(Object::Index(index)) => Some(index.table),
            Some(Object::Sequence(sequence)) => sequence.owned_by.as_ref().map(|(table, _)| *table),
            _ if object.kind.is_part() => Some(object.owner()),
            _ => None,
        };
        let origin = self.state.created(object).cloned();
        let effect = Effect { verb, object: *object };
        self.outcome.effects.push(LocatedEffect { effect, span, via, relation, origin });
    }

    /// Notes that an object is not there, unless that is not certain or is caught.
    pub(crate) fn missing(&mut self, object: &ObjectId, node: &SyntaxNode) {
        let origin = self.state.dropped(object).cloned();
        self.refuse(ProblemKind::Missing(*object), node, origin);
    }

    /// Whether something new can be created under this identity; notes a problem if not.
    pub(crate) fn is_free(&mut self, object: &ObjectId, node: &SyntaxNode) -> bool {
        let relation = || self.state.catalog().relation(&object.owner()).cloned();
        let has_row_type = |it: &ObjectId| !matches!(it.kind, Kind::Sequence | Kind::Index);
        let taken = match object.kind {
            // A table's row type has the name of the table.
            Kind::Table | Kind::View | Kind::MaterializedView => {
                relation().or_else(|| self.type_named(object))
            }
            kind if kind.is_relation() => relation(),
            Kind::Type => self.type_named(object).or_else(|| relation().filter(has_row_type)),
            _ => self.state.contains(object).then_some(*object),
        };
        let Some(taken) = taken else { return true };
        let sure = self.state.get(&taken).is_some_and(|entry| entry.opaque.is_none());
        if sure {
            let origin = self.state.created(&taken).cloned();
            self.refuse(ProblemKind::Exists(taken), node, origin);
        }
        false
    }

    fn type_named(&self, object: &ObjectId) -> Option<ObjectId> {
        let id = ObjectId::new(Kind::Type, object.schema, object.name);
        if self.state.contains(&id) { Some(id) } else { self.range_of(&object.owner()) }
    }

    /// Notes something that the server would refuse.
    pub(crate) fn invalid(&mut self, reason: impl Into<String>, node: &SyntaxNode) {
        self.refuse(ProblemKind::Invalid(reason.into()), node, None);
    }

    /// Notes what the server would refuse: as a problem where that is certain, or for the handler of the
    /// block that catches it.
    pub(crate) fn refuse(&mut self, kind: ProblemKind, node: &SyntaxNode, origin: Option<Origin>) {
        if self.is_certain() {
            self.problem(kind, node, origin);
        } else if self.is_handled() && self.within.caught.is_none() {
            self.within.caught = Some(Problem { kind, span: self.span(node), origin });
        }
    }

    /// Whether a refusal of the server is certain, and ends not the step but the block around it.
    pub(crate) fn is_handled(&self) -> bool {
        self.guard.handled && self.blind.is_none() && self.guard.perhaps.is_none() && self.via != Via::Body
    }

    pub(crate) fn problem(&mut self, kind: ProblemKind, node: &SyntaxNode, origin: Option<Origin>) {
        let span = self.span(node);
        self.outcome.problems.push(Problem { kind, span, origin });
    }

    /// Whether what the catalog says is so, and a refusal of the server would end the step.
    pub(crate) fn is_certain(&self) -> bool {
        self.blind.is_none()
            && !self.guard.tolerant
            && self.guard.perhaps.is_none()
            && (self.via != Via::Body || self.within.checked)
    }

    /// Notes a statement that cannot be seen through and after which anything may be different.
    pub(crate) fn opaque(&mut self, reason: impl Into<String>, node: &SyntaxNode) {
        let span = self.span(node);
        self.opaque_at(reason.into(), span);
    }

    fn opaque_at(&mut self, reason: String, span: Range<usize>) {
        // A body does not run now.
        let everything = self.via != Via::Body;
        if everything {
            self.blind.get_or_insert_with(|| reason.clone());
        }
        self.outcome.opaque.push(Opaque { span, reason, everything });
    }

    /// Notes a statement that cannot be seen through, but that changes nothing of what is followed.
    pub(crate) fn unseen(&mut self, reason: impl Into<String>, node: &SyntaxNode) {
        let span = self.span(node);
        self.outcome.opaque.push(Opaque { span, reason: reason.into(), everything: false });
    }

    /// Creates an object, with its effect and its origin. The caller has made sure that it is free.
    pub(crate) fn create(&mut self, id: &ObjectId, object: impl Into<Object>, node: &SyntaxNode) {
        self.create_entry(id, Entry::new(object), node);
        self.effect(Verb::Create, id, node);
    }

    /// Creates an object that comes along with another one.
    pub(crate) fn create_along(&mut self, id: &ObjectId, object: impl Into<Object>, node: &SyntaxNode) {
        self.create_entry(id, Entry::new(object), node);
        self.consequence(Verb::Create, id, node);
    }

    fn create_entry(&mut self, id: &ObjectId, mut entry: Entry, node: &SyntaxNode) {
        entry.opaque.clone_from(&self.guard.perhaps);
        if entry.opaque.is_none() && id.kind == Kind::Column {
            // Its place is not known behind a column that may not be there.
            let owner = id.owner();
            entry.opaque = self
                .state
                .catalog()
                .parts(&owner)
                .filter(|(sibling, _)| sibling.kind == Kind::Column)
                .find_map(|(_, sibling)| sibling.opaque.clone());
        }
        entry.grants = self.initial_grants(id, &entry.object, entry.grants);
        let origin = Origin { step: self.step, span: self.span(node) };
        self.state.put(*id, entry);
        self.state.set_created(id, origin);
        if !id.kind.is_part() {
            self.state.set_owner(id, self.session.role.clone());
        }
    }

    /// Changes an object that is there.
    pub(crate) fn change(&mut self, id: &ObjectId, change: impl FnOnce(&mut Entry)) {
        self.state.change(id, change);
        self.doubt(id);
    }

    /// Notes of an object that was changed by a statement that may not run that nobody knows what it is like.
    fn doubt(&mut self, id: &ObjectId) {
        if self.guard.perhaps.is_some() {
            let perhaps = self.guard.perhaps.clone();
            self.state.change(id, |entry| entry.opaque = perhaps);
        }
    }

    /// Notes where an object was dropped.
    pub(crate) fn note_drop(&mut self, id: &ObjectId, node: &SyntaxNode) {
        let origin = Origin { step: self.step, span: self.span(node) };
        self.state.set_dropped(id, origin);
    }
}

/// A point that a [`Fold`] can go back to.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    mark: Mark,
    blind: Option<String>,
}

/// What has come of the steps of a [`Fold`]; [`Fold::replay`] brings another one there.
#[derive(Debug)]
pub struct Replay {
    state: state::Replay,
    blind: Option<String>,
}
