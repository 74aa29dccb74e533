//! Indexes.

use snapbox::{assert_data_eq, str};
use stairwell_catalog::{Kind, Object, ObjectId, Scope, read};

use crate::support::{catalog, database, only, text};

#[tokio::test]
async fn methods_keys_and_options() {
    let text = text(
        "CREATE EXTENSION pg_trgm;
         CREATE EXTENSION citext;
         CREATE DOMAIN email AS citext;
         CREATE TABLE things (id integer PRIMARY KEY, name text, label varchar(10), tags text[], mail email, data jsonb);
         CREATE INDEX by_name ON things (name DESC, label DESC NULLS LAST, id NULLS FIRST) INCLUDE (tags)
             WITH (fillfactor = 60);
         CREATE INDEX by_pattern ON things (name text_pattern_ops, label varchar_pattern_ops);
         CREATE INDEX by_default_class ON things (name text_ops, mail citext_ops);
         CREATE INDEX by_other_class ON things (mail text_ops);
         CREATE UNIQUE INDEX by_lower ON things (lower(name), (id + 1)) WHERE label <> 'gone';
         CREATE INDEX by_tags ON things USING gin (tags);
         CREATE INDEX by_data ON things USING gin (data jsonb_path_ops);
         CREATE INDEX by_trigram ON things USING gist (name gist_trgm_ops);
         CREATE INDEX by_block ON things USING brin (id);
         CREATE INDEX by_hash ON things USING hash (name);
         COMMENT ON INDEX by_name IS 'for the list'",
    )
    .await;
    assert_data_eq!(
        only(&text, &["index"]),
        str![[r#"
index public.by_block
    on: public.things
    method: brin
    keys: id
index public.by_data
    on: public.things
    method: gin
    keys: data jsonb_path_ops
index public.by_default_class
    on: public.things
    method: btree
    keys: name, mail
index public.by_hash
    on: public.things
    method: hash
    keys: name
index public.by_lower
    on: public.things
    method: btree
    unique: yes
    keys: (…), (…)
    expressions: lower(name), ((id + 1))
    predicate: ((label)::text <> 'gone'::text)
index public.by_name
    on: public.things
    method: btree
    keys: name desc, label desc nulls last, id nulls first
    include: tags
    options: fillfactor=60
    comment: for the list
index public.by_other_class
    on: public.things
    method: btree
    keys: mail text_ops
index public.by_pattern
    on: public.things
    method: btree
    keys: name text_pattern_ops, label varchar_pattern_ops
index public.by_tags
    on: public.things
    method: gin
    keys: tags
index public.by_trigram
    on: public.things
    method: gist
    keys: name gist_trgm_ops
index public.things_pkey
    on: public.things
    method: btree
    unique: yes
    keys: id
    constraint: yes

"#]]
    );
}

#[tokio::test]
async fn every_column_that_an_index_reads() {
    let catalog = catalog(
        "CREATE EXTENSION btree_gist;
         CREATE TABLE things (a integer, b text, c text, d text, e integer,
             CONSTRAINT apart EXCLUDE USING gist (a WITH =, int4range(e, e) WITH &&) WHERE (d > ''));
         CREATE INDEX mixed ON things (a, (b || c)) INCLUDE (e) WHERE d IS NOT NULL;
         ALTER TABLE things ADD UNIQUE (a) INCLUDE (c)",
    )
    .await;
    let columns: String = catalog
        .iter()
        .filter_map(|(id, entry)| match &entry.object {
            Object::Index(index) => Some(format!("{id}: {:?}\n", index.columns)),
            _ => None,
        })
        .collect();
    assert_data_eq!(
        columns,
        str![[r#"
index public.apart: {"a", "d", "e"}
index public.mixed: {"a", "b", "c", "d", "e"}
index public.things_a_c_key: {"a", "c"}

"#]]
    );
}

#[tokio::test]
async fn an_index_that_could_not_be_built_is_invalid() {
    let (_database, client) =
        database("CREATE TABLE things (id integer); INSERT INTO things VALUES (1), (1)").await;
    let error = client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY one_each ON things (id)").await;
    assert_data_eq!(error.unwrap_err().as_db_error().unwrap().code().code(), str!["23505"]);
    let catalog = read(&client, &Scope::database()).await.unwrap();
    let index = catalog.get(&ObjectId::new(Kind::Index, "public", "one_each")).unwrap();
    let facts: String = stairwell_catalog::facts(index)
        .into_iter()
        .map(|fact| format!("{}: {}\n", fact.name, fact.value))
        .collect();
    assert_data_eq!(
        facts,
        str![[r#"
on: public.things
method: btree
unique: yes
keys: id
invalid: yes

"#]]
    );
}
