//! Versions of a schema, with data carried along; and what a folder of them must not be.

use std::path::Path;

use snapbox::str;
use stairwell_testing::{Failure, FixtureDatabase, Fixtures};

fn paper() -> Fixtures {
    Fixtures::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/paper")).unwrap()
}

/// The colors, by id.
async fn colors(database: &mut FixtureDatabase) -> Vec<Option<String>> {
    let rows = database.client().query("SELECT color::text FROM papers ORDER BY id", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// O1 to O5 and O14: created, a nullable column, not nullable any more, int to text, text to int, dropped.
#[tokio::test]
async fn o14_one_database_goes_through_six_versions_with_its_rows() {
    let fixtures = paper();
    assert_eq!(fixtures.last(), 6);
    let mut database = fixtures.start(1).await.unwrap();
    database.next().await.unwrap();
    assert_eq!(colors(&mut database).await, [None, Some("16777215".into())]);
    database.next().await.unwrap();
    assert_eq!(colors(&mut database).await, [Some("0".into()), Some("16777215".into())]);
    assert!(database.client().batch_execute("INSERT INTO papers VALUES (3, NULL)").await.is_err());
    database.next().await.unwrap();
    database.client().batch_execute("INSERT INTO papers VALUES (3, 'black')").await.unwrap();
    let texts = ["0", "16777215", "black", "255"].map(|text| Some(text.into()));
    assert_eq!(colors(&mut database).await, texts);
    database.next().await.unwrap();
    assert_eq!(colors(&mut database).await, ["0", "16777215", "0", "255"].map(|text| Some(text.into())));
    database.back().await.unwrap();
    assert_eq!(database.at(), 4);
    database.next().await.unwrap();
    database.next().await.unwrap();
    assert_eq!(database.at(), 6);
    let count: i64 = database.client().query_one("SELECT count(*) FROM papers", &[]).await.unwrap().get(0);
    assert_eq!(count, 4, "nobody was lost");
}

#[tokio::test]
async fn every_step_leads_to_the_state_that_is_wanted() {
    paper().check().await.unwrap();
}

#[tokio::test]
async fn a_database_can_start_in_any_state() {
    let fixtures = paper();
    let mut database = fixtures.start(4).await.unwrap();
    assert_eq!(colors(&mut database).await, [Some("255".into())], "the rows of V4 only");
    let all = [text("", fixtures.start(7).await.map(drop)), text("", fixtures.start(0).await.map(drop)), {
        let mut last = fixtures.start(6).await.unwrap();
        text("", last.next().await) + &text("", last.back().await)
    }];
    snapbox::assert_data_eq!(
        all.concat(),
        str![[r#"
fixtures: `tests/fixtures/paper` has no V7; it has V1 to V6
fixtures: `tests/fixtures/paper` has no V0; it has V1 to V6
fixtures: `tests/fixtures/paper` has no V7; it has V1 to V6
fixtures: there is no way back from V6: no `tests/fixtures/paper/V6/down.sql`

"#]]
    );
}

/// A folder that is made for one test, from paths and texts.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// The failure with `[..]` for what is different in every run, and paths from the folder on.
fn text(folder: &str, result: Result<(), Failure>) -> String {
    let text = result.unwrap_err().to_string();
    let text = match folder {
        "" => text.replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), ""),
        folder => text.replace(folder, "[FOLDER]"),
    };
    let line = |line: &str| match line.split_once("psql 'postgresql://") {
        Some((before, _)) => format!("{before}psql '[..]'\n"),
        None => format!("{line}\n"),
    };
    let shown =
        |line: &&str| !line.starts_with("  = to see it again: cargo test -p stairwell-testing fixtures");
    text.lines().filter(shown).map(line).collect()
}

fn read(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    text(folder.path().to_str().unwrap(), Fixtures::read(folder.path()).map(drop))
}

#[test]
fn o11_a_folder_that_is_not_one_of_states() {
    snapbox::assert_data_eq!(
        read(&[]),
        str![[r#"
fixtures: `[FOLDER]` is empty: it needs a folder `V1` with a `schema.sql`

"#]]
    );
    snapbox::assert_data_eq!(
        read(&[
            ("README.md", ""),
            ("V02/schema.sql", ""),
            ("first/schema.sql", ""),
            ("V1/up.sql", ""),
            ("V2/schema.sql", ""),
            ("V4/schema.sql", ""),
            ("V4/up.sql", ""),
            ("V4/sideways.sql", ""),
            ("V4/rows.sql/a", ""),
            ("V9/schema.sql", ""),
            ("V9/up.sql", ""),
        ]),
        str![[r#"
fixtures: `[FOLDER]/README.md` is not the folder of a state

fixtures: `[FOLDER]/V02` has no number: the folder of a state is called `V1`, `V2`, `V3` …

fixtures: `[FOLDER]/first` has no number: the folder of a state is called `V1`, `V2`, `V3` …

fixtures: `[FOLDER]` has `V4` but not `V3`

fixtures: `[FOLDER]` has `V9` but not `V5` to `V8`

fixtures: `[FOLDER]/V1/up.sql` leads nowhere: V1 is the first state

fixtures: `[FOLDER]/V1/schema.sql` is missing: the state as it is wanted

fixtures: `[FOLDER]/V2/up.sql` is missing: the step from V1

fixtures: `[FOLDER]/V4/rows.sql` is not known here: a state has `schema.sql`, `rows.sql`, `up.sql` and `down.sql`

fixtures: `[FOLDER]/V4/sideways.sql` is not known here: a state has `schema.sql`, `rows.sql`, `up.sql` and `down.sql`

"#]]
    );
    let missing = text("", Fixtures::read("tests/fixtures/nowhere").map(drop));
    assert!(missing.starts_with("fixtures: `tests/fixtures/nowhere` cannot be read: "), "{missing}");
}

async fn check(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let fixtures = Fixtures::read(folder.path()).unwrap();
    text(folder.path().to_str().unwrap(), fixtures.check().await)
}

#[tokio::test]
async fn what_differs_from_the_wanted_state_is_named() {
    let v1 = [("V1/schema.sql", "CREATE TABLE t (id int);"), ("V1/rows.sql", "INSERT INTO t VALUES (1);")];
    let with = |more: &[(&'static str, &'static str)]| [&v1, more].concat();
    let wanted = ("V2/schema.sql", "CREATE TABLE t (note text NOT NULL, id int); CREATE INDEX i ON t (id);");
    let up = "ALTER TABLE t ADD note varchar; CREATE TABLE u ();";
    snapbox::assert_data_eq!(
        check(&with(&[wanted, ("V2/up.sql", up)])).await,
        str![[r#"
fixtures: `[FOLDER]/V2/up.sql` does not lead to `[FOLDER]/V2/schema.sql`
  - index public.i
  ~ column public.t.note: type: text -> character varying; not null: yes -> none
  + table public.u
 --> [FOLDER]/V2/up.sql
  = help: `+` is there and is not wanted, `-` is wanted and is not there, `~` is different: wanted -> there
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    let up = "ALTER TABLE t ADD note text;\nALTER TABLE t ALTER note SET NOT NULL;";
    snapbox::assert_data_eq!(
        check(&with(&[wanted, ("V2/up.sql", up)])).await,
        str![[r#"
fixtures: `[FOLDER]/V2/up.sql` failed: column "note" of relation "t" contains null values (SQLSTATE 23502)
  ALTER TABLE t ADD note text;
  ALTER TABLE t ALTER note SET NOT NULL;
 --> [FOLDER]/V2/up.sql
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    let up = "ALTER TABLE t ADD note text;\nUPDATE t SET nite = '';";
    snapbox::assert_data_eq!(
        check(&with(&[wanted, ("V2/up.sql", up)])).await,
        str![[r#"
fixtures: `[FOLDER]/V2/up.sql` failed: column "nite" of relation "t" does not exist (SQLSTATE 42703)
  ALTER TABLE t ADD note text;
  UPDATE t SET nite = '';
               ^
 --> [FOLDER]/V2/up.sql:2:14
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    let up = "ALTER TABLE t ADD note text NOT NULL DEFAULT ''; ALTER TABLE t ALTER note DROP DEFAULT; CREATE INDEX i ON t (id);";
    let down = "ALTER TABLE t DROP note;";
    let back = with(&[wanted, ("V2/up.sql", up), ("V2/down.sql", down)]);
    snapbox::assert_data_eq!(
        check(&back).await,
        str![[r#"
fixtures: `[FOLDER]/V2/down.sql` does not lead to `[FOLDER]/V1/schema.sql`
  + index public.i
 --> [FOLDER]/V2/down.sql
  = help: `+` is there and is not wanted, `-` is wanted and is not there, `~` is different: wanted -> there
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    assert_eq!(
        check_ok(&with(&[wanted, ("V2/up.sql", up)])).await,
        2,
        "the order of columns makes no difference"
    );
}

async fn check_ok(files: &[(&str, &str)]) -> usize {
    let folder = folder(files);
    let fixtures = Fixtures::read(folder.path()).unwrap();
    fixtures.check().await.unwrap();
    fixtures.last()
}
