//! Triggers, rules and event triggers.

use snapbox::{assert_data_eq, str};

use crate::support::{only, text};

const FUNCTION: &str = "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TABLE sites (id integer PRIMARY KEY);
     CREATE TABLE things (id integer, name text, site integer REFERENCES sites DEFERRABLE);";

#[tokio::test]
async fn every_kind_of_trigger() {
    let text = text(&format!(
        "{FUNCTION}
         CREATE VIEW names AS SELECT 1 AS name;
         CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OF name, id ON things
             FOR EACH ROW EXECUTE FUNCTION note('it''s', 'größe', '');
         CREATE TRIGGER after_all AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON things
             FOR EACH STATEMENT EXECUTE FUNCTION note();
         CREATE TRIGGER \" WHEN (\" AFTER UPDATE ON things FOR EACH ROW
             WHEN (OLD.name IS DISTINCT FROM ' WHEN ( \"') EXECUTE FUNCTION note(') EXECUTE FUNCTION ');
         CREATE TRIGGER transition AFTER UPDATE ON things REFERENCING OLD TABLE AS before NEW TABLE AS after
             FOR EACH STATEMENT EXECUTE FUNCTION note();
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION note();
         CREATE TRIGGER instead INSTEAD OF INSERT ON names FOR EACH ROW EXECUTE FUNCTION note();
         ALTER TABLE things DISABLE TRIGGER before_row;
         ALTER TABLE things ENABLE ALWAYS TRIGGER after_all;
         ALTER TABLE things ENABLE REPLICA TRIGGER transition;
         COMMENT ON TRIGGER late ON things IS 'at the end'"
    ))
    .await;
    assert_data_eq!(
        only(&text, &["trigger ", "constraint"]),
        str![[r#"
trigger instead on public.names
    when: instead of insert for each row
    calls: public.note
constraint sites_pkey on public.sites
    is: primary key
    columns: id
constraint things_site_fkey on public.things
    is: foreign key
    columns: site
    references: public.sites (id)
    deferrable: yes
trigger " WHEN (" on public.things
    when: after update for each row
    condition: (old.name IS DISTINCT FROM ' WHEN ( "'::text)
    calls: public.note
    arguments: ') EXECUTE FUNCTION '
trigger after_all on public.things
    when: after delete or insert or truncate or update for each statement
    calls: public.note
    enabled: always
trigger before_row on public.things
    when: before insert or update for each row
    columns: id, name
    calls: public.note
    arguments: 'it''s', 'größe', ''
    enabled: no
trigger late on public.things
    when: after insert for each row
    calls: public.note
    is: constraint trigger
    deferrable: yes
    initially deferred: yes
    comment: at the end
trigger transition on public.things
    when: after update for each statement
    calls: public.note
    enabled: on replicas
    old table: before
    new table: after

"#]]
    );
}

#[tokio::test]
async fn rules() {
    let text = text(
        "CREATE TABLE things (id integer);
         CREATE TABLE log (id integer);
         CREATE VIEW names AS SELECT 1 AS name;
         CREATE RULE keep AS ON DELETE TO things DO INSTEAD NOTHING;
         CREATE RULE also AS ON UPDATE TO things WHERE NEW.id > 3 DO ALSO DELETE FROM log;
         ALTER TABLE things DISABLE RULE also;
         CREATE RULE on_view AS ON INSERT TO names DO INSTEAD NOTHING;
         COMMENT ON RULE keep ON things IS 'nothing is lost'",
    )
    .await;
    assert_data_eq!(
        only(&text, &["rule"]),
        str![[r#"
rule on_view on public.names
    on: insert
    instead: yes
    definition: CREATE RULE on_view AS ON INSERT TO public.names DO INSTEAD NOTHING;
rule also on public.things
    on: update
    enabled: no
    definition: CREATE RULE also AS ON UPDATE TO public.things WHERE (new.id > 3) DO DELETE FROM public.log;
rule keep on public.things
    on: delete
    instead: yes
    definition: CREATE RULE keep AS ON DELETE TO public.things DO INSTEAD NOTHING;
    comment: nothing is lost

"#]]
    );
}

#[tokio::test]
async fn event_triggers() {
    let text = text(
        "CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
         CREATE EVENT TRIGGER all_commands ON ddl_command_end EXECUTE FUNCTION note();
         CREATE EVENT TRIGGER some_commands ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW') EXECUTE FUNCTION note();
         ALTER EVENT TRIGGER some_commands DISABLE;
         COMMENT ON EVENT TRIGGER all_commands IS 'is told everything'",
    )
    .await;
    assert_data_eq!(
        only(&text, &["trigger"]),
        str![[r#"
event trigger all_commands
    on: ddl_command_end
    calls: public.note
    comment: is told everything
event trigger some_commands
    on: sql_drop
    tags: DROP TABLE, DROP VIEW
    calls: public.note
    enabled: no

"#]]
    );
}
