//! What the SQL of all migrations does, folded in the order in which they apply.
//!
//! A [`Proof`] is made from a draft whose files, versions and requirements are sound; the rules about SQL read
//! it beside the draft.

mod ancestry;
mod compatibility;
mod registry;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stairwell_catalog::{Catalog, Difference, Entry, Generated, Kind, Object, ObjectId, QualifiedName, Verb};
use stairwell_sql::fold::{Checkpoint, Fold, LocatedEffect, Origin, Outcome, Outside, Replay, Via};

use crate::draft::{Draft, Migration, Plugin, StepText};
use crate::order::{Node, Waits};
use crate::source::Span;

pub(crate) use ancestry::Ancestry;
pub(crate) use registry::{Registry, keys};

/// Everything that folding gave.
pub(crate) struct Proof<'a> {
    draft: &'a Draft,
    /// In plan order.
    pub(crate) migrations: Vec<Folded<'a>>,
    pub(crate) ancestry: Ancestry,
    pub(crate) registry: Registry<'a>,
    /// After all up steps.
    pub(crate) catalog: Catalog,
    /// Which steps created an object of that identity, in plan order; up steps only.
    creations: BTreeMap<ObjectId, Vec<Origin>>,
    position: BTreeMap<Node, usize>,
}

/// One migration, folded.
pub(crate) struct Folded<'a> {
    pub(crate) node: Node,
    pub(crate) plugin: &'a Plugin,
    pub(crate) migration: &'a Migration,
    pub(crate) up: Outcome,
    /// What the up step makes of the catalog.
    pub(crate) changes: Vec<Difference>,
    pub(crate) down: Option<FoldedDown>,
    /// Columns and tables with rows of their own that the up step drops, as they were.
    pub(crate) dropped_rows: BTreeMap<ObjectId, Arc<Entry>>,
}

/// A down step, folded right behind its up step.
pub(crate) struct FoldedDown {
    pub(crate) outcome: Outcome,
    /// What is not as it was before the up step.
    pub(crate) trace: Vec<Difference>,
}

impl<'a> Folded<'a> {
    /// Whether anything may happen in the up step that cannot be seen.
    pub(crate) fn up_is_opaque(&self) -> bool {
        self.up.opaque.iter().any(|opaque| opaque.everything)
    }

    /// Why a binary that was built before the migration cannot go on after it; what the file says goes before
    /// what the SQL shows.
    pub(crate) fn breaking(&self) -> Option<String> {
        match self.migration.compatibility() {
            Some((_, true, reason)) => Some(reason.to_owned()),
            Some((_, false, _)) => None,
            None => compatibility::breaks(self),
        }
    }

    /// Whether the SQL alone shows that it breaks older binaries.
    pub(crate) fn looks_breaking(&self) -> bool {
        compatibility::breaks(self).is_some()
    }

    /// What the up step does, in short: `create table public.printers`.
    ///
    /// Parts of what it creates, and columns of which it only writes rows, go without saying.
    pub(crate) fn effects_in_short(&self) -> Vec<String> {
        let said =
            |effect: &&LocatedEffect| effect.via == Via::Statement && effect.effect.verb != Verb::Reference;
        let new: BTreeSet<QualifiedName> = self
            .up
            .effects
            .iter()
            .filter(|effect| effect.effect.verb == Verb::Create && effect.relation.is_none())
            .map(|effect| effect.effect.object.owner())
            .collect();
        let mut seen = BTreeSet::new();
        self.up
            .effects
            .iter()
            .filter(said)
            .filter(|effect| effect.effect.object.kind != Kind::Column || effect.effect.verb != Verb::Write)
            .filter(|effect| match (&effect.relation, effect.effect.verb) {
                (Some(relation), _) => !new.contains(relation),
                (None, Verb::Create) => true,
                (None, _) => !new.contains(&effect.effect.object.owner()),
            })
            .map(|effect| effect.effect.to_string())
            .filter(|effect| seen.insert(effect.clone()))
            .collect()
    }

    /// The steps with what they do.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&'a StepText, &Outcome)> {
        let down = self.down.as_ref().map(|down| (self.migration.down_text(), &down.outcome));
        std::iter::once((&self.migration.up, &self.up)).chain(down)
    }

    /// Every effect of the up step, with its place.
    pub(crate) fn effects(&self) -> impl Iterator<Item = (&LocatedEffect, Span)> {
        let file = self.migration.up.file;
        self.up.effects.iter().map(move |effect| (effect, Span { file, range: effect.span.clone() }))
    }
}

impl<'a> Proof<'a> {
    /// Folds every migration, up and down.
    ///
    /// The up steps lead from one migration to the next. Whatever else there is to find out about a migration
    /// leads nowhere, so that is done on another core, with a fold that is told what has come of each up step.
    pub(crate) fn new(draft: &'a Draft, order: &[Node], waits: &Waits<'_>) -> Self {
        let outside = outside(draft);
        let (sender, receiver) = std::sync::mpsc::channel();
        let below = outside.clone();
        let ups = move || {
            let mut fold = Fold::new(outside);
            let migrations = migrations(draft, order).enumerate().map(|(position, of)| {
                let (folded, done) = fold_up(&mut fold, position, of);
                // Nobody listens if the other side has panicked, which the caller will learn.
                drop(sender.send(done));
                folded
            });
            (migrations.collect::<Vec<_>>(), fold)
        };
        let others = || {
            let mut fold = Fold::new(below);
            let all = migrations(draft, order).zip(receiver).enumerate();
            all.map(|(position, ((.., migration), done))| fold_down(&mut fold, position, migration, done))
                .collect::<Vec<_>>()
        };
        let ((mut migrations, fold), others) = stairwell_sql::both_with_stack(ups, others);
        let mut creations: BTreeMap<ObjectId, Vec<Origin>> = BTreeMap::new();
        for (position, (folded, seen)) in migrations.iter_mut().zip(others).enumerate() {
            (folded.changes, folded.dropped_rows, folded.down) = (seen.changes, seen.dropped_rows, seen.down);
            for effect in folded.up.effects.iter().filter(|effect| effect.effect.verb == Verb::Create) {
                let origin = Origin { step: position * 2, span: effect.span.clone() };
                creations.entry(effect.effect.object).or_default().push(origin);
            }
        }
        Proof {
            draft,
            migrations,
            ancestry: Ancestry::new(order, waits, draft.plugins.len()),
            registry: Registry::new(draft),
            catalog: fold.catalog().clone(),
            creations,
            position: order.iter().enumerate().map(|(position, node)| (*node, position)).collect(),
        }
    }

    /// The migration and the place of an origin.
    pub(crate) fn place(&self, origin: &Origin) -> Option<(&Folded<'a>, Span)> {
        let folded = self.migrations.get(origin.step / 2)?;
        let text =
            if origin.step.is_multiple_of(2) { &folded.migration.up } else { folded.migration.down_text() };
        Some((folded, Span { file: text.file, range: origin.span.clone() }))
    }

    /// The folded migration of that node.
    pub(crate) fn folded(&self, node: Node) -> Option<&Folded<'a>> {
        self.migrations.get(*self.position.get(&node)?)
    }

    /// The up steps that create an object of this identity, in plan order.
    pub(crate) fn creations(&self, object: &ObjectId) -> &[Origin] {
        self.creations.get(object).map(Vec::as_slice).unwrap_or_default()
    }

    /// The up steps that create the object, or a relation of that name of another kind: a missing relation is
    /// taken for a table.
    pub(crate) fn creations_like(&self, object: &ObjectId) -> impl Iterator<Item = &Origin> {
        let kinds: &[Kind] = match object.kind {
            Kind::Table => &[Kind::Table, Kind::View, Kind::MaterializedView, Kind::Sequence],
            _ => &[],
        };
        let others = kinds
            .iter()
            .filter(|kind| **kind != object.kind)
            .flat_map(|kind| self.creations(&ObjectId { kind: *kind, ..*object }));
        self.creations(object).iter().chain(others)
    }

    /// The names of the objects of that kind (and, for a part, of that relation), for a "did you mean".
    pub(crate) fn names_like(&self, object: &ObjectId) -> Vec<String> {
        let is_like = |other: &&ObjectId| {
            other.kind == object.kind && (!object.kind.is_part() || other.owner() == object.owner())
        };
        self.creations.keys().filter(is_like).map(|other| other.short_name().to_owned()).collect()
    }

    /// For each object, the migrations whose up step uses it, with the place.
    pub(crate) fn users(&self) -> BTreeMap<&ObjectId, Vec<(usize, std::ops::Range<usize>)>> {
        let mut users: BTreeMap<&ObjectId, Vec<(usize, std::ops::Range<usize>)>> = BTreeMap::new();
        for (position, folded) in self.migrations.iter().enumerate() {
            for effect in folded.up.effects.iter().filter(|effect| effect.effect.verb != Verb::Create) {
                users.entry(&effect.effect.object).or_default().push((position, effect.span.clone()));
            }
        }
        users
    }

    /// Every object that some up step creates.
    pub(crate) fn created(&self) -> impl Iterator<Item = (&ObjectId, &[Origin])> {
        self.creations.iter().map(|(id, origins)| (id, origins.as_slice()))
    }

    /// The plugin to which an object belongs: by registry, or else by who created it.
    pub(crate) fn owner(&self, effect: &LocatedEffect) -> Option<usize> {
        if let Some(relation) = &effect.relation {
            return self.relation_owner(relation);
        }
        match self.registry.entries(&effect.effect.object).first() {
            Some(entry) => Some(entry.plugin),
            None => effect.origin.as_ref().and_then(|origin| self.creator(origin)),
        }
    }

    /// The plugin to which a relation belongs.
    pub(crate) fn relation_owner(&self, relation: &QualifiedName) -> Option<usize> {
        match self.registry.relation_entries(relation).first() {
            Some(entry) => Some(entry.plugin),
            None => self.relation_creation(relation).and_then(|origin| self.creator(origin)),
        }
    }

    fn creator(&self, origin: &Origin) -> Option<usize> {
        self.migrations.get(origin.step / 2).map(|folded| folded.node.0)
    }

    /// The last creation of a relation of that name.
    fn relation_creation(&self, name: &QualifiedName) -> Option<&Origin> {
        [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Type]
            .into_iter()
            .find_map(|kind| self.creations(&ObjectId::new(kind, name.schema, name.name)).last())
    }

    /// The name of a plugin by its index.
    pub(crate) fn plugin_name(&self, plugin: usize) -> &'a str {
        self.draft.plugins.get(plugin).map_or("", |plugin| plugin.name.as_str())
    }
}

fn outside(draft: &Draft) -> Outside {
    let mut outside = Outside::default();
    for (kind, name) in &draft.settings.outside {
        match (*kind, name.value.split_once('.')) {
            ("schemas", _) => {
                outside.schemas.insert(name.value.clone());
            }
            (_, Some((schema, name))) => {
                outside.names.insert(QualifiedName::new(schema, name));
            }
            (_, None) => {
                outside.names.insert(QualifiedName::new("public", name.value.clone()));
            }
        }
    }
    outside
}

/// Every migration in plan order.
fn migrations<'a>(
    draft: &'a Draft,
    order: &[Node],
) -> impl Iterator<Item = (Node, &'a Plugin, &'a Migration)> {
    order.iter().filter_map(|&node| {
        let plugin = draft.plugins.get(node.0)?;
        Some((node, plugin, plugin.chain.migrations.get(node.1)?))
    })
}

/// What has come of an up step.
struct Done {
    replay: Replay,
    dropped: Vec<ObjectId>,
}

/// What is seen of a migration behind its up step.
struct Seen {
    changes: Vec<Difference>,
    dropped_rows: BTreeMap<ObjectId, Arc<Entry>>,
    down: Option<FoldedDown>,
}

/// Folds an up step; the rest of what there is to say about the migration comes from [`fold_down`].
fn fold_up<'a>(
    fold: &mut Fold,
    position: usize,
    (node, plugin, migration): (Node, &'a Plugin, &'a Migration),
) -> (Folded<'a>, Done) {
    let before = fold.mark();
    let up = step(fold, position * 2, &migration.up, "up");
    let drops = up.effects.iter().filter(|effect| effect.effect.verb == Verb::Drop);
    let done = Done {
        replay: fold.replay_since(&before),
        dropped: drops.map(|effect| effect.effect.object).collect(),
    };
    fold.forget_checkpoints();
    let folded = Folded {
        node,
        plugin,
        migration,
        up,
        changes: Vec::new(),
        down: None,
        dropped_rows: BTreeMap::new(),
    };
    (folded, done)
}

/// Looks at what has come of an up step, folds the down step behind it, and takes that back.
fn fold_down(fold: &mut Fold, position: usize, migration: &Migration, up: Done) -> Seen {
    let before = fold.mark();
    fold.replay(up.replay);
    let changes = fold.differences_since(&before);
    let dropped_rows = dropped_rows(fold, &before, &up.dropped);
    let after_up = fold.mark();
    let down = migration.reverts().then(|| {
        let outcome = step(fold, position * 2 + 1, migration.down_text(), "down");
        let trace = fold.differences_since(&before);
        fold.undo_to(&after_up);
        FoldedDown { outcome, trace }
    });
    fold.forget_checkpoints();
    Seen { changes, dropped_rows, down }
}

fn step(fold: &mut Fold, number: usize, text: &StepText, function: &str) -> Outcome {
    if let Some(parsed) = &text.sql {
        return fold.step(number, parsed);
    }
    let calls = match &text.rust {
        Some(Ok(functions)) => functions.calls.as_slice(),
        _ => &[],
    };
    fold.rust_step(number, calls, function)
}

/// Columns and tables with values of their own that were there before the step and that it drops.
fn dropped_rows(fold: &Fold, before: &Checkpoint, dropped: &[ObjectId]) -> BTreeMap<ObjectId, Arc<Entry>> {
    if dropped.is_empty() {
        return BTreeMap::new();
    }
    let touched = fold.touched_since(before);
    dropped
        .iter()
        .filter_map(|id| {
            let entry = touched.get(id)?.clone()?;
            let has_values = match &entry.object {
                Object::Table(_) => true,
                Object::Column(column) => {
                    let of_table = id.owner();
                    let table = ObjectId::new(Kind::Table, of_table.schema, of_table.name);
                    // What is computed can be computed again.
                    !matches!(column.generated, Generated::Stored | Generated::Virtual)
                        && (touched.contains_key(&table) || fold.catalog().contains(&table))
                }
                _ => false,
            };
            has_values.then_some((*id, entry))
        })
        .collect()
}
