//! refinery's own tools go on working on a chain's folder and history table.

use std::path::Path;

use refinery::Runner;

use crate::app;

#[tokio::test]
async fn refinery_finds_nothing_to_apply_and_no_divergence() {
    let database = test_support::database().await;
    assert!(app().args(["migrate", "--database-url", database.url()]).status().unwrap().success());

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/printers/migrations");
    let migrations = refinery::load_sql_migrations(folder).unwrap();
    assert_eq!(migrations.len(), 8, "down steps are no migrations to refinery");
    let mut client = database.connect().await;
    let mut runner = Runner::new(&migrations);
    runner.set_migration_table_name("stairwell.printers");
    let report = runner.run_async(&mut client).await.unwrap();
    assert_eq!(report.applied_migrations().len(), 0);
    assert_eq!(runner.get_applied_migrations_async(&mut client).await.unwrap(), migrations);
}
