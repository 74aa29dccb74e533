//! What the fold does over several statements, and that everything can be taken back.

use std::{collections::BTreeMap, sync::LazyLock};

use proptest::prelude::*;
use snapbox::{assert_data_eq, str};
use stairwell_catalog::{Column, ConstraintRule, Object};

use super::{Checkpoint, Fold, Outside, state::Strength};
use crate::{parse, with_stack};

/// The fold after the statements, each a step of its own.
fn folded(steps: &[&str]) -> Fold {
    with_stack(|| {
        let mut fold = Fold::new(Outside::default());
        for (number, step) in steps.iter().enumerate() {
            fold.step(number, &parse(step));
        }
        fold
    })
}

/// The effects of the last step, one per line: what, how directly, and the text that names it.
fn effects(steps: &[&str]) -> String {
    with_stack(|| {
        let mut fold = Fold::new(Outside::default());
        let mut lines = String::new();
        for (number, step) in steps.iter().enumerate() {
            let outcome = fold.step(number, &parse(step));
            lines.clear();
            for located in outcome.effects {
                let text = &step[located.span.clone()];
                lines.push_str(&format!("{} ({:?} `{text}`)\n", located.effect, located.via));
            }
            for problem in outcome.problems {
                lines.push_str(&format!("! {:?}\n", problem.kind));
            }
            for opaque in outcome.opaque {
                lines.push_str(&format!("? {}\n", opaque.reason));
            }
        }
        lines
    })
}

/// Everything that the fold knows and a rollback has to restore.
fn everything(fold: &Fold) -> String {
    format!("{}\n{:#?}\n{:?}", fold.catalog(), fold.state.content(), fold.blind())
}

/// What must hold between the objects, whatever was folded.
fn contradictions(fold: &Fold) -> Vec<String> {
    let mut wrong = fold.state.loose_edges();
    let catalog = fold.catalog();
    let mut positions: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    for (id, entry) in catalog {
        let mut has_relation = |name: &stairwell_catalog::QualifiedName| {
            if catalog.relation(name).is_none() {
                wrong.push(format!("{id} names {name}, which is not there"));
            }
        };
        match &entry.object {
            Object::Constraint(constraint) => {
                if let ConstraintRule::ForeignKey(key) = &constraint.rule {
                    has_relation(&key.references);
                }
            }
            Object::Index(index) => {
                has_relation(&index.table);
                index.parent.iter().for_each(&mut has_relation);
            }
            Object::Sequence(sequence) => sequence.owned_by.iter().for_each(|(table, _)| has_relation(table)),
            Object::Table(table) => table.parents.iter().for_each(has_relation),
            Object::Column(Column { position, ty, .. }) => {
                has_relation(&id.owner());
                positions.entry(id.owner()).or_default().push(*position);
                if ty.name().is_some() && fold.type_object(ty).is_none() {
                    wrong.push(format!("{id} is of the type {ty}, which is not there"));
                }
            }
            Object::Function(function) => {
                let inputs = function.arguments.iter().filter(|argument| argument.mode.is_input());
                let types: Vec<String> = inputs.map(|argument| argument.ty.to_string()).collect();
                if types.join(", ") != id.part {
                    wrong.push(format!("{id} takes {}", types.join(", ")));
                }
            }
            _ => {}
        }
    }
    for (relation, mut positions) in positions {
        positions.sort_unstable();
        if !positions.iter().copied().eq(1..=u32::try_from(positions.len()).unwrap()) {
            wrong.push(format!("the columns of {relation} are at {positions:?}"));
        }
    }
    wrong
}

/// How many of the statements create something out of what those before created.
const CREATING: usize = 25;

/// Statements that create, change, rename, move and drop things that depend on each other.
static STATEMENTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let pool = include_str!("../../tests/pool.sql").lines();
    pool.filter(|line| !line.is_empty() && !line.starts_with("--")).chain(PERHAPS.iter().copied()).collect()
});

/// Statements of which nobody knows whether they run.
const PERHAPS: &[&str] = &[
    "DO $$ BEGIN IF random() > 0.5 THEN DROP TABLE t; END IF; END $$",
    "DO $$ BEGIN IF random() > 0.5 THEN ALTER TYPE e RENAME TO ee; END IF; END $$",
];

#[test]
fn a_value_of_an_enum_deleted_from_the_system_catalog() {
    let delete = "DELETE FROM pg_enum WHERE enumlabel = 'b'; UPDATE pg_catalog.pg_index SET indisvalid = true; \
                  SELECT 1 FROM pg_class";
    assert_data_eq!(
        effects(&["CREATE TYPE kind AS ENUM ('a', 'b')", delete]),
        str![[r#"
? it writes to the system catalog pg_enum
? it writes to the system catalog pg_index

"#]]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_folded_can_be_taken_back(
        skipped in proptest::collection::vec(0..CREATING, 0..8),
        random in proptest::collection::vec(0..STATEMENTS.len(), 1..40),
        at in 0..60_usize,
    ) {
        // First most of what can be created, in its order, so that there is something to work on.
        let mut steps: Vec<usize> = (0..CREATING).filter(|step| !skipped.contains(step)).collect();
        steps.extend(random);
        let failure = with_stack(|| {
            let mut fold = Fold::new(Outside::default());
            let mut marks: Vec<(Checkpoint, String)> = Vec::new();
            let mut is_sound = true;
            let mut follower = Fold::new(Outside::default());
            for (number, step) in steps.iter().enumerate() {
                if number == 0 || number == at {
                    marks.push((fold.mark(), everything(&fold)));
                }
                let before = fold.mark();
                let outcome = fold.step(number, &parse(STATEMENTS[*step]));
                // What is refused leaves no trace on the server. The fold goes on, but what it then says need
                // not fit together; nor need it where something may be there or not.
                if !outcome.problems.is_empty() && number % 16 != 0 {
                    fold.undo_to(&before);
                } else if !outcome.problems.is_empty() {
                    is_sound = false;
                }
                follower.replay(fold.replay_since(&before));
                if everything(&follower) != everything(&fold) {
                    return Some(format!("after `{}` another fold does not follow", STATEMENTS[*step]));
                }
                let is_certain = is_sound
                    && fold.blind().is_none()
                    && fold.catalog().iter().all(|(_, entry)| entry.opaque.is_none());
                let wrong = if is_certain { contradictions(&fold) } else { Vec::new() };
                if !wrong.is_empty() {
                    return Some(format!("after `{}`: {wrong:#?}", STATEMENTS[*step]));
                }
            }
            while let Some((mark, before)) = marks.pop() {
                fold.undo_to(&mark);
                if everything(&fold) != before {
                    return Some(format!("before:\n{before}\nafter:\n{}", everything(&fold)));
                }
            }
            None
        });
        let written: Vec<&str> = steps.iter().map(|step| STATEMENTS[*step]).collect();
        prop_assert!(failure.is_none(), "{}\n{}", written.join(";\n"), failure.unwrap_or_default());
    }
}

#[test]
fn every_statement_of_the_pool_can_be_read() {
    for statement in STATEMENTS.iter() {
        assert!(with_stack(|| parse(statement).problems.is_empty()), "{statement}");
    }
}

#[test]
fn of_two_strengths_the_one_that_stands_in_the_way_stays() {
    assert!(Strength::Auto < Strength::Default && Strength::Default < Strength::Normal);
}

#[test]
fn a_default_goes_and_the_column_stays() {
    let fold = folded(&[
        "CREATE SEQUENCE q",
        "CREATE TABLE t (a bigint DEFAULT nextval('q'), b integer)",
        "DROP SEQUENCE q CASCADE",
    ]);
    assert_data_eq!(
        fold.catalog().to_string(),
        str![[r#"
schema public
    grant: PUBLIC: usage
table public.t
column public.t.a
    position: 1
    type: bigint
column public.t.b
    position: 2
    type: integer

"#]]
    );
}

#[test]
fn the_effects_of_a_drop() {
    assert_data_eq!(
        effects(&[
            "CREATE TABLE t (id serial PRIMARY KEY); CREATE VIEW v AS SELECT id FROM t",
            "DROP TABLE t CASCADE",
        ]),
        str![[r#"
drop table public.t (Statement `t`)
drop column public.t.id (Consequence `t`)
drop constraint t_pkey on public.t (Consequence `t`)
drop index public.t_pkey (Consequence `t`)
drop view public.v (Consequence `t`)
drop sequence public.t_id_seq (Consequence `t`)
drop column public.v.id (Consequence `t`)

"#]]
    );
    assert_data_eq!(
        effects(&["CREATE TABLE t (id integer); CREATE VIEW v AS SELECT id FROM t", "DROP TABLE public . t"]),
        str![[r#"
drop table public.t (Statement `public . t`)
drop column public.t.id (Consequence `public . t`)
drop view public.v (Consequence `public . t`)
drop column public.v.id (Consequence `public . t`)
! InUse { object: ObjectId { schema: "public", name: "t", kind: Table, part: "" }, by: [ObjectId { schema: "public", name: "v", kind: View, part: "" }] }

"#]]
    );
    assert_data_eq!(effects(&["DROP TABLE IF EXISTS a, b"]), str![[""]]);
}

#[test]
fn the_effects_of_a_rename() {
    assert_data_eq!(
        effects(&["CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (a e)", "ALTER TYPE e RENAME TO f"]),
        str![[r#"
alter type public.e (Statement `e`)
create type public.f (Consequence `f`)

"#]]
    );
    assert_data_eq!(
        effects(&[
            "CREATE SCHEMA s; CREATE TABLE s.t (id integer PRIMARY KEY)",
            "ALTER SCHEMA s RENAME TO z"
        ]),
        str![[r#"
alter schema s (Statement `s`)
create schema z (Consequence `z`)
create table z.t (Consequence `z`)
create index z.t_pkey (Consequence `z`)

"#]]
    );
}

#[test]
fn the_effects_of_what_is_said_about_objects() {
    assert_data_eq!(
        effects(&[
            "CREATE TABLE t (a integer, b integer)",
            "COMMENT ON COLUMN t.a IS 'x'; GRANT SELECT (b), INSERT ON t TO PUBLIC; REVOKE ALL ON ALL TABLES IN \
             SCHEMA public FROM somebody",
        ]),
        str![[r#"
alter column public.t.a (Statement `t.a`)
alter table public.t (Statement `t`)
alter column public.t.b (Statement `b`)
reference schema public (Statement `public`)
alter table public.t (Consequence `public`)

"#]]
    );
    assert_data_eq!(
        effects(&["CREATE EXTENSION earthdistance CASCADE; CREATE EXTENSION nobody_knows SCHEMA public"]),
        str![[r#"
create extension cube (Consequence `earthdistance`)
create extension earthdistance (Statement `earthdistance`)
create extension nobody_knows (Statement `nobody_knows`)

"#]]
    );
}

#[test]
fn what_cannot_be_followed_is_said() {
    assert_data_eq!(
        effects(&[
            "DROP OWNED BY CURRENT_USER; ROLLBACK TO SAVEPOINT a; IMPORT FOREIGN SCHEMA f FROM SERVER s INTO public; \
             DROP CAST (a AS b) CASCADE; DROP CAST (a AS b); CREATE ROLE r; ALTER SYSTEM SET work_mem = '1'",
        ]),
        str![[r#"
? what the role that runs the migrations owns is not known
? what is rolled back is not followed
? which tables the other server has is not known
? what goes along with what is dropped here is not followed

"#]]
    );
}

#[test]
fn a_session_lasts_as_long_as_its_step() {
    let fold = folded(&[
        "CREATE SCHEMA a; SET search_path = a; CREATE TABLE in_a (id integer); SET SCHEMA 'public'; \
         CREATE TABLE in_public (id integer); SELECT pg_catalog.set_config('search_path', 'a, public', false); \
         CREATE TABLE in_a_too (id integer); RESET search_path; CREATE TABLE in_public_too (id integer); \
         SET LOCAL search_path TO a",
        "CREATE TABLE in_public_again (id integer)",
    ]);
    let tables: Vec<String> = fold
        .catalog()
        .iter()
        .filter(|(_, entry)| matches!(entry.object, Object::Table(_)))
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(
        tables,
        [
            "table a.in_a",
            "table a.in_a_too",
            "table public.in_public",
            "table public.in_public_again",
            "table public.in_public_too"
        ]
    );
}

#[test]
fn after_an_extension_that_nobody_knows_nothing_is_missing() {
    assert_data_eq!(
        effects(&[
            "CREATE EXTENSION nobody_knows",
            "CREATE TABLE t (a some_type, b cron.job_type); SELECT * FROM some_table; GRANT USAGE ON SCHEMA cron TO \
             PUBLIC; DROP EXTENSION nobody_knows CASCADE",
        ]),
        str![[r#"
create table public.t (Statement `t`)
create column public.t.a (Statement `a`)
create column public.t.b (Statement `b`)
drop extension nobody_knows (Statement `nobody_knows`)
? what goes along with extension nobody_knows is not known

"#]]
    );
}

#[test]
fn some_extensions_have_a_schema_of_their_own() {
    assert_data_eq!(
        effects(&[
            "CREATE EXTENSION postgis_topology",
            "CREATE EXTENSION adminpack; CREATE EXTENSION postgis_topology CASCADE; \
             CREATE TABLE t (shape geometry(Point, 4326), topo topology.topogeometry); \
             ALTER EXTENSION postgis SET SCHEMA topology",
        ]),
        str![[r#"
create extension adminpack (Statement `adminpack`)
create extension postgis (Consequence `postgis_topology`)
create extension postgis_topology (Statement `postgis_topology`)
create table public.t (Statement `t`)
create column public.t.shape (Statement `shape`)
create column public.t.topo (Statement `topo`)
alter extension postgis (Statement `postgis`)
! Invalid("extension postgis cannot be moved to another schema")

"#]]
    );
    assert_data_eq!(
        effects(&["CREATE EXTENSION postgis_topology"]),
        str![[r#"
create schema topology (Consequence `postgis_topology`)
! Invalid("extension postgis_topology requires extension postgis, which is not installed")

"#]]
    );
}

#[test]
fn what_may_not_happen_is_certain_of_nothing() {
    let fold = folded(&[
        "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (a e); CREATE TABLE u (b integer)",
        "DO $$ BEGIN IF random() > 0.5 THEN DROP TYPE e CASCADE; ALTER TABLE u RENAME TO w; END IF; END $$",
    ]);
    let lines: Vec<String> = fold
        .catalog()
        .iter()
        .map(|(id, entry)| format!("{id}: {}", entry.opaque.as_deref().unwrap_or("certain")))
        .collect();
    assert_data_eq!(
        lines.join("\n"),
        str![[r#"
schema public: certain
type public.e: it stands under a condition that is known only when it runs
table public.t: certain
column public.t.a: it stands under a condition that is known only when it runs
table public.u: it stands under a condition that is known only when it runs
column public.u.b: it stands under a condition that is known only when it runs
table public.w: it stands under a condition that is known only when it runs
column public.w.b: it stands under a condition that is known only when it runs
"#]]
    );
}
