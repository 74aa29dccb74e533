//! Data that is lost where the rows of the test are the same before and after, and data that only looks different.

use crate::support::verdict;

const SAME: &str = "SELECT 1;";

#[tokio::test]
async fn column_of_nulls_made_again_although_there_is_a_row() {
    let before = "CREATE TABLE t (id int, note text); INSERT INTO t VALUES (1, NULL);";
    assert_eq!(
        verdict(before, "ALTER TABLE t DROP note;", "ALTER TABLE t ADD note text;").await,
        "data_survives\n- all values of column public.t.note, which is dropped and made again\n"
    );
}

#[tokio::test]
async fn column_of_defaults_made_again_although_there_is_a_row() {
    let before = r#"CREATE TABLE "it's" ("a'b" text DEFAULT 'it''s'); INSERT INTO "it's" DEFAULT VALUES;"#;
    let down = r#"ALTER TABLE "it's" ADD "a'b" text DEFAULT 'it''s';"#;
    assert_eq!(
        verdict(before, r#"ALTER TABLE "it's" DROP "a'b";"#, down).await,
        "data_survives\n- all values of column public.\"it's\".a'b, which is dropped and made again\n"
    );
}

#[tokio::test]
async fn column_with_a_value_is_carried_along() {
    let before = "CREATE TABLE t (id int, a text); INSERT INTO t VALUES (1, NULL), (2, 'keep');";
    let change = |from, to| {
        format!("ALTER TABLE t ADD {to} text; UPDATE t SET {to} = {from}; ALTER TABLE t DROP {from};")
    };
    assert_eq!(verdict(before, &change("a", "b"), &change("b", "a")).await, "");
}

/// The rows that the migrations know are there again, and those of a deployment are not.
#[tokio::test]
async fn table_made_again_with_the_rows_that_the_down_step_puts_in() {
    let roles = "CREATE TABLE roles (name text); INSERT INTO roles VALUES ('admin');";
    assert_eq!(
        verdict(roles, "DROP TABLE roles;", roles).await,
        "data_survives\n- all rows but those of the step itself in table public.roles, which is dropped and made again\n"
    );
}

#[tokio::test]
async fn table_made_again_with_its_rows_carried_along() {
    let before = "CREATE TABLE roles (name text PRIMARY KEY); INSERT INTO roles VALUES ('admin'); \
                  CREATE TABLE users (role text CONSTRAINT has REFERENCES roles); INSERT INTO users VALUES ('admin');";
    let up = "CREATE TABLE other (name text PRIMARY KEY); INSERT INTO other SELECT * FROM roles; \
              DROP TABLE roles CASCADE; ALTER TABLE other RENAME TO roles; \
              ALTER INDEX other_pkey RENAME TO roles_pkey; \
              ALTER TABLE users ADD CONSTRAINT has FOREIGN KEY (role) REFERENCES roles;";
    assert_eq!(verdict(before, up, SAME).await, "");
}

/// What is computed is computed again.
#[tokio::test]
async fn generated_column_made_again_is_no_loss() {
    let made = |factor| format!("ALTER TABLE t ADD b int GENERATED ALWAYS AS (a * {factor}) STORED;");
    let before = format!("CREATE TABLE t (a int); {}", made(2));
    let again = |factor| format!("ALTER TABLE t DROP b; {}", made(factor));
    assert_eq!(verdict(&before, &again(3), &again(2)).await, "");
}

/// `jsonb` refuses the character, and no row of the table could be read.
#[tokio::test]
async fn json_with_a_character_that_jsonb_refuses() {
    let before =
        r#"CREATE TABLE t (j json, k json[]); INSERT INTO t VALUES ('"\u0000"', ARRAY['"\u0000"'::json]);"#;
    assert_eq!(verdict(before, "ALTER TABLE t ADD b int;", "ALTER TABLE t DROP b;").await, "");
}

#[tokio::test]
async fn json_is_compared_as_it_is_written() {
    let before = r#"CREATE TABLE t (j json); INSERT INTO t VALUES ('{"a":1, "a":2}');"#;
    assert_eq!(
        verdict(before, r#"UPDATE t SET j = '{"a":2}';"#, SAME).await,
        r#"data_survives
~ rows of table public.t: 1 -> 1
    - {"j": "{\"a\":1, \"a\":2}"}
    + {"j": "{\"a\":2}"}
"#
    );
}

#[tokio::test]
async fn large_object_changed() {
    let verdict = verdict("SELECT lo_from_bytea(4711, 'a');", "SELECT lo_put(4711, 0, 'b');", SAME).await;
    assert!(verdict.starts_with("data_survives\n~ rows of table pg_largeobject: 1 -> 1\n"), "{verdict}");
}

#[tokio::test]
async fn large_object_left() {
    let verdict = verdict(SAME, "SELECT lo_from_bytea(0, 'a');", SAME).await;
    assert!(verdict.starts_with("data_survives\n~ rows of table pg_largeobject: 0 -> 1\n"), "{verdict}");
}

/// It has another number the second time.
#[tokio::test]
async fn large_object_made_again() {
    let up = "CREATE TABLE t (o oid); INSERT INTO t SELECT lo_from_bytea(0, 'a');";
    assert_eq!(verdict(SAME, up, "SELECT lo_unlink(o) FROM t; DROP TABLE t;").await, "");
}

/// Of a table that large the rows are read again only if one of them was written, or would read otherwise.
#[tokio::test]
async fn large_table_with_a_change() {
    const LARGE: &str = "CREATE TABLE large (id int, note text); \
         INSERT INTO large SELECT n, 'row ' || n FROM generate_series(1, 20000) AS n;";
    const CHANGED: &str =
        "data_survives\n~ rows of table public.large: 20000 -> 20000, of which some are others\n";
    let change = async |up: &str, down: &str| verdict(LARGE, up, down).await;
    assert_eq!(change("CREATE TABLE other ();", "DROP TABLE other;").await, "");
    assert_eq!(change("UPDATE large SET note = 'x' WHERE id = 7;", SAME).await, CHANGED);
    let there = "UPDATE large SET note = 'x' WHERE id = 7;";
    assert_eq!(change(there, "UPDATE large SET note = 'row 7' WHERE id = 7;").await, "");
    assert_eq!(
        change("DELETE FROM large WHERE id = 7;", "INSERT INTO large VALUES (7, 'row 8');").await,
        CHANGED
    );
    assert_eq!(
        change("DELETE FROM large WHERE id = 7;", SAME).await,
        "data_survives\n~ rows of table public.large: 20000 -> 19999\n"
    );
    // No row is written by any of these.
    let swap = "ALTER TABLE large ADD other text DEFAULT 'x'; ALTER TABLE large DROP note; \
                ALTER TABLE large RENAME other TO note; ALTER TABLE large ALTER note DROP DEFAULT;";
    assert_eq!(change(swap, SAME).await, CHANGED);
    assert_eq!(change("-- stairwell: no-transaction\nVACUUM FULL large;\n", SAME).await, "");
}
