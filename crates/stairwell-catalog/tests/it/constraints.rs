//! Constraints of tables.

use snapbox::{assert_data_eq, str};

use crate::support::{catalog, only, text};

#[tokio::test]
async fn every_kind_of_constraint() {
    let text = text(
        "CREATE EXTENSION btree_gist;
         CREATE SCHEMA depot;
         CREATE TABLE depot.sites (id integer, code text, name text, PRIMARY KEY (id) INCLUDE (name), UNIQUE (code, id));
         CREATE TABLE things (
             id integer PRIMARY KEY,
             price integer CHECK (price > 0) NO INHERIT,
             valid_from integer, valid_to integer,
             CONSTRAINT in_order CHECK (valid_from < valid_to),
             always integer CHECK (true),
             number integer CONSTRAINT one_number UNIQUE DEFERRABLE INITIALLY DEFERRED,
             site_code text, site_id integer,
             CONSTRAINT at_site FOREIGN KEY (site_code, site_id) REFERENCES depot.sites (code, id)
                 MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL,
             other integer REFERENCES depot.sites ON UPDATE RESTRICT ON DELETE SET DEFAULT DEFERRABLE,
             third integer REFERENCES things,
             CONSTRAINT no_overlap EXCLUDE USING gist (number WITH =, int4range(valid_from, valid_to) WITH &&)
                 WHERE (site_id > 0)
         );
         ALTER TABLE things ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
         ALTER TABLE things ADD CONSTRAINT later_too FOREIGN KEY (number) REFERENCES things NOT VALID;
         COMMENT ON CONSTRAINT at_site ON things IS 'where it stands'",
    )
    .await;
    assert_data_eq!(
        only(&text, &["constraint", "index"]),
        str![[r#"
constraint sites_code_id_key on depot.sites
    is: unique
    columns: code, id
constraint sites_pkey on depot.sites
    is: primary key
    columns: id
    include: name
index depot.sites_code_id_key
    on: depot.sites
    method: btree
    unique: yes
    keys: code, id
    constraint: yes
index depot.sites_pkey
    on: depot.sites
    method: btree
    unique: yes
    keys: id
    include: name
    constraint: yes
index public.no_overlap
    on: public.things
    method: gist
    keys: number, (…)
    expressions: int4range(valid_from, valid_to)
    predicate: (site_id > 0)
    constraint: yes
index public.one_number
    on: public.things
    method: btree
    unique: yes
    keys: number
    constraint: yes
constraint at_site on public.things
    is: foreign key
    columns: site_code, site_id
    references: depot.sites (code, id)
    on update: cascade
    on delete: set null
    match full: yes
    comment: where it stands
constraint in_order on public.things
    is: check
    condition: (valid_from < valid_to)
constraint later on public.things
    is: check
    condition: (id > 0)
    not valid: yes
constraint later_too on public.things
    is: foreign key
    columns: number
    references: public.things (id)
    not valid: yes
constraint no_overlap on public.things
    is: exclude
    columns: number, (…)
constraint one_number on public.things
    is: unique
    columns: number
    deferrable: yes
    initially deferred: yes
constraint things_check on public.things
    is: check
    condition: true
constraint things_other_fkey on public.things
    is: foreign key
    columns: other
    references: depot.sites (id)
    on update: restrict
    on delete: set default
    deferrable: yes
constraint things_pkey on public.things
    is: primary key
    columns: id
constraint things_price_check on public.things
    is: check
    condition: (price > 0)
    no inherit: yes
constraint things_third_fkey on public.things
    is: foreign key
    columns: third
    references: public.things (id)
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
async fn the_columns_of_a_check() {
    let catalog = catalog(
        "CREATE TABLE things (
             a integer, b integer, c integer,
             CONSTRAINT one CHECK (b > 0), CONSTRAINT two CHECK (a < c), CONSTRAINT whole CHECK (things IS NOT NULL)
         );
         ALTER TABLE things RENAME COLUMN c TO z",
    )
    .await;
    let columns: String = catalog
        .iter()
        .filter_map(|(id, entry)| match &entry.object {
            stairwell_catalog::Object::Constraint(constraint) => match &constraint.rule {
                stairwell_catalog::ConstraintRule::Check { columns, .. } => {
                    Some(format!("{id}: {columns:?}\n"))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_data_eq!(
        columns,
        str![[r#"
constraint one on public.things: {"b"}
constraint two on public.things: {"a", "z"}
constraint whole on public.things: {}

"#]]
    );
}

#[tokio::test]
async fn inherited_checks_are_there_twice() {
    let text = text(
        "CREATE TABLE parent (id integer CONSTRAINT positive CHECK (id > 0));
         CREATE TABLE child () INHERITS (parent)",
    )
    .await;
    assert_data_eq!(
        only(&text, &["constraint"]),
        str![[r#"
constraint positive on public.child
    is: check
    condition: (id > 0)
constraint positive on public.parent
    is: check
    condition: (id > 0)

"#]]
    );
}
