//! Partitioned tables with what the server copies to their partitions.

use snapbox::{assert_data_eq, str};

use crate::support::{only, text};

const TABLES: &str = "
    CREATE TABLE events (id integer, at date NOT NULL, kind text) PARTITION BY RANGE (at);
    CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
        PARTITION BY LIST (kind);
";

#[tokio::test]
async fn tables_and_bounds() {
    let text = text(
        "CREATE TABLE events (id integer, at date NOT NULL, kind text) PARTITION BY RANGE (at, (lower(kind)));
         CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01', MINVALUE) TO ('2025-01-01', 'x')
             PARTITION BY LIST (kind);
         CREATE TABLE events_2024_a PARTITION OF events_2024 FOR VALUES IN ('a');
         CREATE TABLE events_rest PARTITION OF events DEFAULT;
         CREATE TABLE hashed (id integer) PARTITION BY HASH (id)",
    )
    .await;
    assert_data_eq!(
        only(&text, &["table"]),
        str![[r#"
table public.events
    partitioned by: range (at, (…))
table public.events_2024
    partitioned by: list (kind)
    partition of: public.events
    bound: FOR VALUES FROM ('2024-01-01', MINVALUE) TO ('2025-01-01', 'x')
table public.events_2024_a
    partition of: public.events_2024
    bound: FOR VALUES IN ('a')
table public.events_rest
    partition of: public.events
    bound: DEFAULT
table public.hashed
    partitioned by: hash (id)

"#]]
    );
}

#[tokio::test]
async fn constraints_and_indexes_of_partitions() {
    let text = text(
        "CREATE TABLE sites (id integer PRIMARY KEY);
         CREATE TABLE events (id integer, site integer REFERENCES sites, CONSTRAINT low CHECK (id < 100),
             PRIMARY KEY (id)) PARTITION BY RANGE (id);
         CREATE INDEX by_site ON events (site);
         CREATE TABLE events_low PARTITION OF events FOR VALUES FROM (0) TO (10);
         CREATE INDEX on_parent_only ON ONLY events (site, id)",
    )
    .await;
    assert_data_eq!(
        only(&text, &["constraint", "index"]),
        str![[r#"
index public.by_site
    on: public.events
    method: btree
    keys: site
constraint events_pkey on public.events
    is: primary key
    columns: id
constraint events_site_fkey on public.events
    is: foreign key
    columns: site
    references: public.sites (id)
constraint low on public.events
    is: check
    condition: (id < 100)
constraint events_low_pkey on public.events_low
    is: primary key
    columns: id
constraint events_site_fkey on public.events_low
    is: foreign key
    columns: site
    references: public.sites (id)
constraint low on public.events_low
    is: check
    condition: (id < 100)
index public.events_low_pkey
    on: public.events_low
    method: btree
    unique: yes
    keys: id
    constraint: yes
    part of: public.events_pkey
index public.events_low_site_idx
    on: public.events_low
    method: btree
    keys: site
    part of: public.by_site
index public.events_pkey
    on: public.events
    method: btree
    unique: yes
    keys: id
    constraint: yes
index public.on_parent_only
    on: public.events
    method: btree
    keys: site, id
    invalid: yes
constraint sites_pkey on public.sites
    is: primary key
    columns: id
index public.sites_pkey
    on: public.sites
    method: btree
    unique: yes
    keys: id
    constraint: yes

"#]]
    );
}

#[tokio::test]
async fn keys_to_partitions_are_not_repeated() {
    let text = text(
        "CREATE TABLE sites (id integer PRIMARY KEY) PARTITION BY RANGE (id);
         CREATE TABLE sites_low PARTITION OF sites FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
         CREATE TABLE sites_lowest PARTITION OF sites_low FOR VALUES FROM (0) TO (5);
         CREATE TABLE things (id integer, site integer,
             CONSTRAINT at_site FOREIGN KEY (site) REFERENCES sites,
             CONSTRAINT at_low_site FOREIGN KEY (site) REFERENCES sites_lowest) PARTITION BY LIST (id);
         CREATE TABLE things_one PARTITION OF things FOR VALUES IN (1);
         CREATE TABLE things_two PARTITION OF things FOR VALUES IN (2);
         CREATE TABLE sites_high PARTITION OF sites FOR VALUES FROM (10) TO (20);
         CREATE TABLE tree (id integer PRIMARY KEY, up integer CONSTRAINT up_key REFERENCES tree)
             PARTITION BY LIST (id);
         CREATE TABLE tree_one PARTITION OF tree FOR VALUES IN (1);
         CREATE TABLE tree_two PARTITION OF tree FOR VALUES IN (2)",
    )
    .await;
    let keys = only(&text, &["at_site", "at_low_site", "up_key", "things_site", "tree_up", "fkey"]);
    assert_data_eq!(
        keys,
        str![[r#"
constraint at_low_site on public.things
    is: foreign key
    columns: site
    references: public.sites_lowest (id)
constraint at_site on public.things
    is: foreign key
    columns: site
    references: public.sites (id)
constraint at_low_site on public.things_one
    is: foreign key
    columns: site
    references: public.sites_lowest (id)
constraint at_site on public.things_one
    is: foreign key
    columns: site
    references: public.sites (id)
constraint at_low_site on public.things_two
    is: foreign key
    columns: site
    references: public.sites_lowest (id)
constraint at_site on public.things_two
    is: foreign key
    columns: site
    references: public.sites (id)
constraint up_key on public.tree
    is: foreign key
    columns: up
    references: public.tree (id)
constraint up_key on public.tree_one
    is: foreign key
    columns: up
    references: public.tree (id)
constraint up_key on public.tree_two
    is: foreign key
    columns: up
    references: public.tree (id)

"#]]
    );
}

#[tokio::test]
async fn triggers_of_partitions() {
    let text = text(&format!(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         {TABLES}
         CREATE TRIGGER notes AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION note();
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON events DEFERRABLE FOR EACH ROW EXECUTE FUNCTION note();
         CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
         ALTER TABLE events_2025 DISABLE TRIGGER notes"
    ))
    .await;
    assert_data_eq!(
        only(&text, &["trigger "]),
        str![[r#"
trigger late on public.events
    when: after insert for each row
    calls: public.note
    is: constraint trigger
    deferrable: yes
trigger notes on public.events
    when: after insert for each row
    calls: public.note
trigger late on public.events_2024
    when: after insert for each row
    calls: public.note
    is: constraint trigger
    deferrable: yes
    inherited: yes
trigger notes on public.events_2024
    when: after insert for each row
    calls: public.note
    inherited: yes
trigger late on public.events_2025
    when: after insert for each row
    calls: public.note
    is: constraint trigger
    deferrable: yes
    inherited: yes
trigger notes on public.events_2025
    when: after insert for each row
    calls: public.note
    enabled: no
    inherited: yes

"#]]
    );
}
