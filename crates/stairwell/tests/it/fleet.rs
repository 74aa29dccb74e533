//! Many tenants in one run.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stairwell::{
    ChainSet, ConnectError, Fleet, FleetReport, Lock, Migrator, Outcome, Rollback, Target, Tenant,
    TenantEvent, UpReport,
};
use test_support::TestDatabase;
use tokio_postgres::{Client, NoTls};

use crate::support::{chain, chain_set, core, locks, rows, sql, tables};

const SITES: &str = "CREATE TABLE sites (id int PRIMARY KEY); INSERT INTO sites VALUES (1);";
const USERS: &str = "CREATE TABLE users (id int REFERENCES sites);";

fn shop() -> ChainSet {
    chain_set(&[
        chain("core", &[sql("core", 1, "sites", SITES), sql("core", 2, "users", USERS)]),
        chain(
            "printers",
            &[sql("printers", 1, "printers", "CREATE TABLE printers (site int REFERENCES sites);")],
        ),
    ])
}

fn jobs(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// So many schemas `tenant_1` and up.
async fn schemas(client: &Client, count: usize) -> Vec<Tenant> {
    let create = format!(
        "DO $$ BEGIN FOR i IN 1..{count} LOOP EXECUTE pg_catalog.format('CREATE SCHEMA %I', 'tenant_' || i); END LOOP; END $$"
    );
    client.batch_execute(&create).await.unwrap();
    (1..=count).map(|number| Tenant::Schema(format!("tenant_{number}"))).collect()
}

/// Opens sessions and counts them.
struct Sessions<'d> {
    database: &'d TestDatabase,
    opened: AtomicUsize,
}

impl<'d> Sessions<'d> {
    fn with(database: &'d TestDatabase) -> Self {
        Sessions { database, opened: AtomicUsize::new(0) }
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    /// With the database of the test, or another one of its server.
    async fn open(&self, tenant: Tenant) -> Result<Client, ConnectError> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        open(self.database.url(), &tenant).await
    }
}

async fn open(url: &str, tenant: &Tenant) -> Result<Client, ConnectError> {
    let mut config: tokio_postgres::Config = url.parse()?;
    if let Tenant::Database(name) = tenant {
        config.dbname(name);
    }
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// `tenant_1: 3 applied`, in order.
fn outcomes(report: &FleetReport<UpReport>) -> Vec<String> {
    let one = |one: &stairwell::TenantReport<UpReport>| match &one.outcome {
        Outcome::Done(up) if up.is_up_to_date() => format!("{}: nothing to do", one.tenant),
        Outcome::Done(up) => format!("{}: {} applied", one.tenant, up.applied()),
        Outcome::Failed(error) => {
            format!("{}: {}", one.tenant, error.to_string().lines().next().unwrap_or_default())
        }
        Outcome::NotTried => format!("{}: not tried", one.tenant),
    };
    report.tenants.iter().map(one).collect()
}

#[tokio::test]
async fn every_tenant_is_migrated_over_few_connections() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 12).await;
    let chains = shop();
    let sessions = Sessions::with(&database);
    let at_once = AtomicUsize::new(0);
    let most = AtomicUsize::new(0);
    // A tenant that is named twice is one tenant.
    let fleet = Fleet::new(Migrator::new(&chains), tenants.iter().chain(&tenants).cloned())
        .jobs(jobs(3))
        .on_event(|_, event| match event {
            TenantEvent::Begun => {
                most.fetch_max(at_once.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            }
            TenantEvent::Done { .. } | TenantEvent::Failed { .. } => {
                at_once.fetch_sub(1, Ordering::Relaxed);
            }
            _ => {}
        });

    let report = fleet.up(|tenant| sessions.open(tenant.clone())).await.unwrap();

    assert!(report.is_done() && report.remainder().is_empty());
    assert_eq!(report.tenants.len(), 12);
    assert!(outcomes(&report).iter().all(|line| line.ends_with(": 3 applied")));
    // Four: the canary's is kept by one of the three workers.
    assert_eq!(sessions.opened(), 3);
    assert_eq!(most.load(Ordering::Relaxed), 3);
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'printers' AND schemaname ~ '^tenant_'";
    assert_eq!(rows(&client, tables).await, ["12"]);
    assert_eq!(locks(&client).await, 0);

    let again = fleet.up(|tenant| sessions.open(tenant.clone())).await.unwrap();
    assert!(outcomes(&again).iter().all(|line| line.ends_with(": nothing to do")));
    let status = fleet.status(|tenant| sessions.open(tenant.clone())).await.unwrap();
    let is_up_to_date = |one: &stairwell::TenantReport<stairwell::Status>| match &one.outcome {
        Outcome::Done(status) => status.is_up_to_date(),
        _ => false,
    };
    assert!(status.tenants.iter().all(is_up_to_date));
    let found = fleet.verify(|tenant| sessions.open(tenant.clone())).await.unwrap();
    assert!(
        found
            .tenants
            .iter()
            .all(|one| matches!(&one.outcome, Outcome::Done(findings) if findings.is_empty()))
    );
}

#[tokio::test]
async fn one_that_fails_stops_and_changes_no_other_one() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 8).await;
    client.batch_execute("CREATE TABLE tenant_3.users (); CREATE TABLE tenant_6.printers ()").await.unwrap();
    let chains = shop();
    let sessions = Sessions::with(&database);
    let fleet = Fleet::new(Migrator::new(&chains), tenants).jobs(jobs(2));

    let report = fleet.up(|tenant| sessions.open(tenant.clone())).await.unwrap();

    assert_eq!(
        outcomes(&report),
        [
            "tenant_1: 3 applied",
            "tenant_2: 3 applied",
            "tenant_3: `core/V0002__users` failed: relation \"users\" already exists (SQLSTATE 42P07)",
            "tenant_4: 3 applied",
            "tenant_5: 3 applied",
            "tenant_6: `printers/V0001__printers` failed: relation \"printers\" already exists (SQLSTATE 42P07)",
            "tenant_7: 3 applied",
            "tenant_8: 3 applied",
        ]
    );
    let (tenant, error) = report.failures().next().unwrap();
    assert_eq!((tenant.name(), error.applied().len()), ("tenant_3", 1));
    // Two workers, and each failure costs the connection that it happened on; the last one may need no other.
    assert!((3..=4).contains(&sessions.opened()), "{}", sessions.opened());

    // What is left alone, once it can be done.
    client.batch_execute("DROP TABLE tenant_3.users; DROP TABLE tenant_6.printers").await.unwrap();
    let rest: Vec<Tenant> = report.remainder().into_iter().cloned().collect();
    let report =
        Fleet::new(Migrator::new(&chains), rest).up(|tenant| sessions.open(tenant.clone())).await.unwrap();
    assert_eq!(outcomes(&report), ["tenant_3: 2 applied", "tenant_6: 1 applied"]);
}

#[tokio::test]
async fn nothing_else_is_touched_if_the_canary_fails() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 3).await;
    client.batch_execute("CREATE TABLE tenant_2.sites ()").await.unwrap();
    let chains = shop();
    let sessions = Sessions::with(&database);
    let fleet = || Fleet::new(Migrator::new(&chains), tenants.clone());
    let before = tables(&client).await;

    let report = fleet().canary("tenant_2").up(|tenant| sessions.open(tenant.clone())).await.unwrap();

    assert_eq!(
        outcomes(&report),
        [
            "tenant_1: not tried",
            "tenant_2: `core/V0001__sites` failed: relation \"sites\" already exists (SQLSTATE 42P07)",
            "tenant_3: not tried",
        ]
    );
    assert_eq!(sessions.opened(), 1);
    // Of the canary, what its run keeps its books in.
    let after = tables(&client).await;
    assert!(
        after
            .iter()
            .filter(|table| !before.contains(table))
            .all(|table| table.starts_with("tenant_2.stairwell_"))
    );
    let error = fleet().canary("tenant_22").up(|tenant| sessions.open(tenant.clone())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the canary `tenant_22` is none of the 3 tenants; did you mean `tenant_2`?; nothing was run"
    );
    // The others without it.
    let report = fleet().canary("tenant_3").up(|tenant| sessions.open(tenant.clone())).await.unwrap();
    assert!(report.failures().map(|(tenant, _)| tenant.name()).eq(["tenant_2"]));
    let none = Fleet::new(Migrator::new(&chains), []).up(|tenant| sessions.open(tenant.clone())).await;
    assert!(none.unwrap_err().is_usage());
    let wrong = fleet().up_to(|tenant| sessions.open(tenant.clone()), &[Target::new("prnters")]).await;
    assert!(wrong.unwrap_err().is_usage());
}

#[tokio::test]
async fn two_fleets_at_once_migrate_each_tenant_once() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 10).await;
    let chains = shop();
    let sessions = Sessions::with(&database);
    let fleet = || Fleet::new(Migrator::new(&chains), tenants.clone()).jobs(jobs(3));
    let (one, two) = (fleet(), fleet());
    let (one, two) = tokio::join!(
        one.up(|tenant| sessions.open(tenant.clone())),
        two.up(|tenant| sessions.open(tenant.clone()))
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.is_done() && two.is_done(), "{:?} {:?}", outcomes(&one), outcomes(&two));
    for tenant in &tenants {
        let journal = format!("SELECT plugin, version FROM {tenant}.stairwell_journal ORDER BY 1, 2");
        assert_eq!(rows(&client, &journal).await, ["core 1", "core 2", "printers 1"]);
    }
    assert_eq!(locks(&client).await, 0);
}

#[tokio::test]
async fn a_tenant_whose_lock_is_held_is_the_only_one_that_waits_in_vain() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 3).await;
    client.batch_execute("SELECT pg_advisory_lock(1398030665, 1347249325)").await.unwrap();
    let chains = shop();
    let sessions = Sessions::with(&database);
    let migrator = Migrator::new(&chains).lock_wait(Duration::from_millis(50));
    let fleet = Fleet::new(migrator, tenants).canary("tenant_2");
    let report = fleet.up(|tenant| sessions.open(tenant.clone())).await.unwrap();
    assert!(report.is_lock_timeout());
    assert!(report.remainder().into_iter().map(Tenant::name).eq(["tenant_1"]));
}

#[tokio::test]
async fn databases_are_tenants_too() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    let base = database.name();
    let odd = [format!("{base} o'hara"), format!("{base} \"Bücher\""), format!("{base},b\\c")];
    for name in &odd {
        client.batch_execute(&format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""))).await.unwrap();
    }
    let closed = format!("{base}_closed");
    client.batch_execute(&format!("CREATE DATABASE {closed} ALLOW_CONNECTIONS false")).await.unwrap();
    let query = format!(
        "SELECT datname, 7 FROM pg_database WHERE datname LIKE '{base}\\_%' OR datname LIKE '{base} %' OR datname LIKE '{base},%' \
         UNION ALL SELECT '{base} o''hara', 8 UNION ALL SELECT '{base}_gone', 9"
    );
    let mut tenants = Tenant::databases(&mut client, &query).await.unwrap();
    tenants.sort();
    assert_eq!(tenants.len(), 5);
    let chains = shop();
    let sessions = Sessions::with(&database);
    let fleet = Fleet::new(Migrator::new(&chains), tenants);
    let report = fleet.up(|tenant| sessions.open(tenant.clone())).await.unwrap();
    let mut lines: Vec<String> = outcomes(&report).iter().map(|line| line.replace(base, "base")).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "base \"Bücher\": 3 applied",
            "base o'hara: 3 applied",
            "base,b\\c: 3 applied",
            "base_closed: no session: db error: FATAL: database \"base_closed\" is not currently accepting connections",
            "base_gone: no session: db error: FATAL: database \"base_gone\" does not exist",
        ]
    );
    assert_eq!(report.failures().filter_map(|(_, error)| error.code()).count(), 2);

    let refused = async |client: &mut Client, query: &str| {
        let error = Tenant::databases(client, query).await.unwrap_err();
        (error.is_usage(), error.to_string())
    };
    let (usage, message) = refused(&mut client, "SELECT datname FROM pg_database WHERE false").await;
    assert_eq!((usage, &*message), (true, "the query for databases gives no rows; nothing was run"));
    let (usage, message) = refused(&mut client, "SELECT 'a' UNION ALL SELECT NULL").await;
    assert_eq!(
        (usage, &*message),
        (true, "row 2 of the query for databases has no name in its first column")
    );
    let (_, message) = refused(&mut client, "SELECT 1 FROM missing").await;
    assert!(message.contains("relation \"missing\" does not exist"), "{message}");
    // It may only read.
    let (_, message) = refused(&mut client, "SELECT 'a'; CREATE TABLE t ()").await;
    assert!(message.contains("read-only transaction"), "{message}");
    for name in odd.iter().chain([&closed]) {
        let _ = client
            .batch_execute(&format!("DROP DATABASE \"{}\" WITH (FORCE)", name.replace('"', "\"\"")))
            .await;
    }
}

#[tokio::test]
async fn patterns_mean_schemas_of_tenants_only() {
    let database = test_support::database().await;
    let client = database.connect().await;
    client
        .batch_execute("CREATE SCHEMA stairwell; CREATE SCHEMA t_1; CREATE SCHEMA t_2; CREATE SCHEMA tx1; CREATE SCHEMA \"50%\"")
        .await
        .unwrap();
    let found = async |patterns: &[&str]| {
        let found = Tenant::schemas(&client, patterns).await;
        found.map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>()).map_err(|error| {
            assert!(error.is_usage());
            error.to_string()
        })
    };
    assert_eq!(found(&["%"]).await.unwrap(), ["50%", "public", "t_1", "t_2", "tx1"]);
    // The name of a schema is that schema; otherwise `_` is any character, unless a backslash says that it is none.
    assert_eq!(found(&["t_1"]).await.unwrap(), ["t_1"]);
    assert_eq!(found(&["t__", "50%"]).await.unwrap(), ["50%", "t_1", "t_2", "tx1"]);
    assert_eq!(found(&["t\\_%", "t_1"]).await.unwrap(), ["t_1", "t_2"]);
    for nothing in ["pg_catalog", "information_schema", "stairwell", "T_1", ""] {
        assert_eq!(
            found(&[nothing]).await.unwrap_err(),
            format!(
                "no schema is called or like `{nothing}`; those of the system and `stairwell` are never meant; nothing \
                 was run"
            )
        );
    }
    let error = found(&["t\\"]).await.unwrap_err();
    assert!(error.starts_with("`t\\` is not a pattern of LIKE: "), "{error}");
}

/// What a step leaves in its session beyond settings is not found by the next tenant.
#[tokio::test]
async fn a_connection_that_is_kept_is_as_good_as_new() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 3).await;
    const MESSY: &str = "LISTEN news; SELECT pg_advisory_lock(4711); SET my.tenant = 'me'; SET work_mem = '1MB'; \
                         CREATE TEMP TABLE notes (id int); \
                         DO $$ BEGIN IF EXISTS (SELECT FROM pg_cursors WHERE name = 'left_open') THEN RAISE 'cursor'; END IF; END $$; \
                         DECLARE left_open CURSOR WITH HOLD FOR SELECT 1;";
    const CLEAN: &str = "DO $$ BEGIN \
                         IF EXISTS (SELECT FROM pg_listening_channels()) THEN RAISE 'listens'; END IF; \
                         IF EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND objid = 4711) THEN RAISE 'lock'; END IF; \
                         IF coalesce(current_setting('my.tenant', true), '') <> '' THEN RAISE 'setting'; END IF; \
                         IF current_setting('work_mem') = '1MB' THEN RAISE 'work_mem'; END IF; \
                         IF to_regclass('pg_temp.notes') IS NOT NULL THEN RAISE 'temporary'; END IF; END $$;";
    let chains = core(&[sql("core", 1, "clean", CLEAN), sql("core", 2, "messy", MESSY)]);
    let sessions = Sessions::with(&database);
    let fleet = Fleet::new(Migrator::new(&chains), tenants).jobs(jobs(1));
    let report = fleet.up(|tenant| sessions.open(tenant.clone())).await.unwrap();
    assert!(report.is_done(), "{:?}", outcomes(&report));
    assert_eq!(sessions.opened(), 1);
}

/// The server's connections are limited for a role, which is no superuser.
#[tokio::test]
async fn a_server_without_connections_is_asked_by_fewer() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 6).await;
    let role = format!("few_{}", database.name());
    let grants = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'few' CONNECTION LIMIT 2; \
         DO $$ BEGIN FOR i IN 1..6 LOOP EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO {role}', 'tenant_' || i); END LOOP; END $$"
    );
    client.batch_execute(&grants).await.unwrap();
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let chains = shop();
    let refusals = Mutex::new(Vec::new());
    let fleet = Fleet::new(Migrator::new(&chains), tenants).jobs(jobs(4)).on_event(|_, event| {
        if let TenantEvent::NoConnection { jobs, .. } = event {
            refusals.lock().unwrap().push(*jobs);
        }
    });
    let connect = |tenant: &Tenant| {
        let (url, tenant) = (url.clone(), tenant.clone());
        async move { open(&url, &tenant).await }
    };
    let report = fleet.up(connect).await.unwrap();
    assert!(report.is_done(), "{:?}", outcomes(&report));
    assert_eq!(*refusals.lock().unwrap(), [3, 2]);

    // With none at all, the canary waits for one, and then says so.
    client.batch_execute(&format!("ALTER ROLE {role} CONNECTION LIMIT 0")).await.unwrap();
    let none = Fleet::new(Migrator::new(&chains).retries(1), [Tenant::Schema("tenant_1".to_owned())]);
    let report = none.up(connect).await.unwrap();
    let expected = format!("tenant_1: no session: db error: FATAL: too many connections for role \"{role}\"");
    assert_eq!(outcomes(&report), [expected]);
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

/// Behind a pooler in transaction mode no session keeps the search path of its tenant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_keep_tenants_apart_through_a_pooler() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 8).await;
    let pooler = test_support::server().pooler(3);
    let url = pooler.url(database.name());
    let chains = shop();
    let fleet = || {
        let migrator = Migrator::new(&chains).lock(Lock::Lease).lease_time(Duration::from_secs(5));
        Fleet::new(migrator, tenants.clone())
    };
    let connect = |tenant: &Tenant| {
        let (url, tenant) = (url.clone(), tenant.clone());
        async move { open(&url, &tenant).await }
    };
    let (one, two) = (fleet(), fleet());
    let (one, two) = tokio::join!(one.up(connect), two.up(connect));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.is_done() && two.is_done(), "{:?} {:?}", outcomes(&one), outcomes(&two));
    for tenant in &tenants {
        let journal = format!("SELECT plugin, version FROM {tenant}.stairwell_journal ORDER BY 1, 2");
        assert_eq!(rows(&client, &journal).await, ["core 1", "core 2", "printers 1"]);
        let found = format!(
            "SELECT count(*) FROM pg_tables WHERE schemaname = '{tenant}' AND tablename !~ '^stairwell_'"
        );
        assert_eq!(rows(&client, &found).await, ["3"]);
    }
}

#[tokio::test]
async fn a_fleet_goes_down_and_can_be_stopped() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 4).await;
    let up = sql("core", 1, "sites", SITES).reverted_by(stairwell::Step::Sql("DROP TABLE sites;"));
    let chains = core(&[up]);
    let sessions = Sessions::with(&database);
    let fleet = Fleet::new(Migrator::new(&chains), tenants.clone());
    assert!(fleet.up(|tenant| sessions.open(tenant.clone())).await.unwrap().is_done());
    let down = fleet
        .down(|tenant| sessions.open(tenant.clone()), &Rollback::to([Target::at("core", 0)]))
        .await
        .unwrap();
    assert!(down.is_done());
    let left = "SELECT count(*) FROM pg_tables WHERE tablename = 'sites'";
    assert_eq!(rows(&client, left).await, ["0"]);
    fleet.stop();
    let stopped = fleet.up(|tenant| sessions.open(tenant.clone())).await.unwrap();
    assert_eq!(stopped.not_tried().count(), 4);
}

/// A server applies migrations in a task.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_can_be_spawned_and_dropped() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let tenants = schemas(&client, 3).await;
    let url = database.url().to_owned();
    let chains: &'static ChainSet =
        Box::leak(Box::new(core(&[sql("core", 1, "slow", "SELECT pg_sleep(60);")])));
    let task = tokio::spawn(async move {
        let fleet = Fleet::new(Migrator::new(chains), tenants);
        let connect = |tenant: &Tenant| {
            let (url, tenant) = (url.clone(), tenant.clone());
            async move { open(&url, &tenant).await }
        };
        fleet.up(connect).await.map(|report| report.is_done())
    });
    let running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60);'";
    while rows(&client, running).await == ["0"] {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let pid = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    rows(&client, pid).await;
    for _ in 0..1000 {
        if locks(&client).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(locks(&client).await, 0);
}
