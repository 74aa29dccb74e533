use std::path::Path;

use super::*;
use crate::sslmode::Roots;

fn environment(variables: &[(&str, &str)]) -> Environment {
    let environment = Environment::empty().with_user("osuser").with_socket_directory(Path::new("/run/pg"));
    variables.iter().fold(environment, |environment, (name, value)| environment.with_variable(name, value))
}

/// Everything that has a default, in one line.
fn read(option: Option<&str>, variables: &[(&str, &str)]) -> Result<String, String> {
    let address = Address::resolve(option, &environment(variables)).map_err(|error| error.to_string())?;
    let Some(address) = address else { return Ok("none".to_owned()) };
    let passwords: Vec<String> = address
        .endpoints
        .iter()
        .flat_map(|endpoint| &endpoint.password)
        .map(|(password, source)| format!(" {password} from {source}"))
        .collect();
    Ok(format!("{address} {}{}", address.tls.mode, passwords.concat()))
}

#[test]
fn option_then_database_url_then_variables() {
    let url = ("DATABASE_URL", "postgres://b");
    for (option, variables, expected) in [
        (None, &[][..], "none"),
        (Some("postgres://a"), &[url, ("PGHOST", "c")], "`osuser` at a:5432 as `osuser` prefer"),
        (None, &[url, ("PGHOST", "c")], "`osuser` at b:5432 as `osuser` prefer"),
        (None, &[("PGHOST", "c")], "`osuser` at c:5432 as `osuser` prefer"),
        (None, &[("DATABASE_URL", " "), ("PGHOST", "c")], "`osuser` at c:5432 as `osuser` prefer"),
        (None, &[("PGDATABASE", "shop")], "`shop` at /run/pg/.s.PGSQL.5432 as `osuser` prefer"),
        (None, &[("PGPORT", "6000")], "`osuser` at /run/pg/.s.PGSQL.6000 as `osuser` prefer"),
        // These complete an address and make none.
        (None, &[("PGPASSWORD", "x"), ("PGSSLMODE", "require"), ("PGAPPNAME", "x")], "none"),
        (None, &[("PGHOST", "")], "none"),
    ] {
        assert_eq!(read(option, variables).as_deref(), Ok(expected), "{option:?} {variables:?}");
    }
    assert_eq!(read(Some(""), &[url]).unwrap_err(), "`--database-url` is empty");
    assert!(read(None, &[("PGSERVICE", "x")]).unwrap_err().starts_with("`PGSERVICE` is set"));
}

#[test]
fn variables_and_defaults_complete_an_address() {
    for (url, variables, expected) in [
        ("postgres://", &[][..], "`osuser` at /run/pg/.s.PGSQL.5432 as `osuser` prefer"),
        ("postgres://alice@db", &[], "`alice` at db:5432 as `alice` prefer"),
        (
            "postgres://alice@db",
            &[("PGUSER", "bob"), ("PGDATABASE", "shop")],
            "`shop` at db:5432 as `alice` prefer",
        ),
        ("postgres://db", &[("PGPORT", "6000")], "`osuser` at db:6000 as `osuser` prefer"),
        ("postgres://db:7000", &[("PGPORT", "6000")], "`osuser` at db:7000 as `osuser` prefer"),
        ("postgres:///shop", &[("PGHOST", "db")], "`shop` at db:5432 as `osuser` prefer"),
        (
            "postgres://db",
            &[("PGPASSWORD", "p")],
            "`osuser` at db:5432 as `osuser` prefer p from `PGPASSWORD`",
        ),
        ("postgres://u:q@db", &[("PGPASSWORD", "p")], "`u` at db:5432 as `u` prefer q from `--database-url`"),
        ("host=db sslmode=", &[("PGSSLMODE", "verify-full")], "`osuser` at db:5432 as `osuser` verify-full"),
        ("host=db sslmode=disable", &[("PGSSLMODE", "require")], "`osuser` at db:5432 as `osuser` disable"),
        ("postgres://db?sslrootcert=system", &[], "`osuser` at db:5432 as `osuser` verify-full"),
        ("postgres://a:1,b,[::1]:3/shop", &[], "`shop` at a:1, b:5432, [::1]:3 as `osuser` prefer"),
        ("host=a,,b port=6000", &[], "`osuser` at a:6000, /run/pg/.s.PGSQL.6000, b:6000 as `osuser` prefer"),
        ("hostaddr=10.0.0.7", &[], "`osuser` at 10.0.0.7:5432 as `osuser` prefer"),
        ("host=db hostaddr=10.0.0.7", &[], "`osuser` at db:5432 as `osuser` prefer"),
        ("host=/tmp", &[], "`osuser` at /tmp/.s.PGSQL.5432 as `osuser` prefer"),
    ] {
        assert_eq!(read(Some(url), variables).as_deref(), Ok(expected), "{url} {variables:?}");
    }
}

#[test]
fn the_driver_gets_what_was_asked_for() {
    let address = |url: &str, variables: &[(&str, &str)]| {
        Address::parse(url, &environment(variables).with_program("app")).unwrap()
    };
    let plain = address("postgres://db", &[]);
    assert_eq!(plain.config.get_application_name(), Some("stairwell/app"));
    assert_eq!(plain.timeout, Some(std::time::Duration::from_secs(10)));

    let variables =
        [("PGAPPNAME", "deploy"), ("PGOPTIONS", "-c lock_timeout=1s"), ("PGCONNECT_TIMEOUT", "3")];
    let set = address("postgres://db?target_session_attrs=primary&channel_binding=require", &variables);
    assert_eq!(set.config.get_application_name(), Some("deploy"));
    assert_eq!(set.config.get_options(), Some("-c lock_timeout=1s"));
    assert_eq!(set.timeout, Some(std::time::Duration::from_secs(3)));
    assert_eq!(set.config.get_target_session_attrs(), tokio_postgres::config::TargetSessionAttrs::ReadWrite);
    assert_eq!(set.config.get_channel_binding(), tokio_postgres::config::ChannelBinding::Require);
    assert_eq!(address("host=db connect_timeout=0", &[]).timeout, None);
    assert_eq!(
        address("host=db", &[("PGSSLCRL", "x")]).warnings,
        ["`PGSSLCRL` is set and has no effect here"]
    );
}

#[test]
fn values_that_make_no_sense_are_named_and_not_repeated() {
    for (text, message) in [
        ("postgres://me:12x/hunter2/shop", "the port in `--database-url` is not a number from 1 to 65535"),
        ("host=db port=0", "the port in `--database-url` is not a number from 1 to 65535"),
        ("host=a,b port=1,2,3", "the address has 3 ports for 2 hosts"),
        ("host=a,b hostaddr=10.0.0.7", "the address has 2 hosts and 1 values of `hostaddr`"),
        ("hostaddr=db", "a value of `hostaddr` is not an IP address"),
        ("host=db sslmode=on", "the value of `sslmode` in `--database-url` is not one that can be used"),
        (
            "host=db connect_timeout=5s",
            "the value of `connect_timeout` in `--database-url` is not one that can be used",
        ),
        (
            "host=db gssencmode=require",
            "the value of `gssencmode` in `--database-url` is not one that can be used",
        ),
        ("host=db sslrootcert=system sslmode=require", "sslmode=require is too weak for sslrootcert=system"),
        ("host=db sslnegotiation=direct", "sslmode=prefer is too weak for sslnegotiation=direct"),
        ("host=db sslcert=/c.pem", "the client certificate `/c.pem` has no key"),
    ] {
        assert_eq!(read(Some(text), &[]).unwrap_err(), message, "{text}");
    }
    let variable = [("PGHOST", "db"), ("PGSSLMODE", "hunter2")];
    assert_eq!(
        read(None, &variable).unwrap_err(),
        "the value of `sslmode` in `PGSSLMODE` is not one that can be used"
    );
    let port = [("PGHOST", "db"), ("PGPORT", "hunter2")];
    let port = Address::resolve(None, &environment(&port)).unwrap_err();
    assert_eq!(port.to_string(), "the port in `PGPORT` is not a number from 1 to 65535");
    assert_eq!(port.help(), ["it is a number such as 5432, or one for each host with commas between"]);
    let nobody = Address::parse("postgres://db", &Environment::empty()).unwrap_err();
    assert_eq!(nobody.help(), ["write the user into the address, or set `PGUSER`"]);
}

#[cfg(unix)]
#[test]
fn a_password_file_is_the_last_resort() {
    use std::os::unix::fs::PermissionsExt;

    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pgpass");
    std::fs::write(&file, "localhost:5432:*:osuser:fromsocket\ndb:5432:shop:osuser:fromfile\n").unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let at_home = environment(&[]).with_home(home.path());
    let password = |url: &str, environment: &Environment| {
        let address = Address::parse(url, environment).unwrap();
        address.endpoints[0].password.clone().map(|(password, _)| password)
    };

    assert_eq!(password("postgres://db/shop", &at_home).as_deref(), Some("fromfile"));
    assert_eq!(password("postgres:///shop", &at_home).as_deref(), Some("fromsocket"));
    assert_eq!(password("postgres://other/shop", &at_home), None);
    let variable = at_home.clone().with_variable("PGPASSWORD", "fromvariable");
    assert_eq!(password("postgres://db/shop", &variable).as_deref(), Some("fromvariable"));
    let named = environment(&[]).with_variable("PGPASSFILE", file.to_str().unwrap());
    assert_eq!(password("postgres://db/shop", &named).as_deref(), Some("fromfile"));

    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let address = Address::parse("postgres://db/shop", &at_home).unwrap();
    assert!(address.endpoints[0].password.is_none());
    assert!(address.warnings[0].contains("is ignored: others may read it"), "{:?}", address.warnings);
}

#[test]
fn roots_are_the_files_that_libpq_uses() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".postgresql")).unwrap();
    let root = home.path().join(".postgresql/root.crt");
    std::fs::write(&root, "").unwrap();
    let roots = |url: &str, environment: &Environment| Address::parse(url, environment).unwrap().tls.roots;

    assert_eq!(roots("postgres://db", &environment(&[]).with_home(home.path())), Roots::File(root));
    assert_eq!(roots("postgres://db", &environment(&[])), Roots::System);
    let given = environment(&[("PGSSLROOTCERT", "/ca.pem")]).with_home(home.path());
    assert_eq!(roots("postgres://db", &given), Roots::File(PathBuf::from("/ca.pem")));
}

#[test]
fn nothing_shows_the_password() {
    let secret = "hunter2";
    let environment =
        environment(&[("PGPASSWORD", secret), ("DATABASE_URL", "postgres://me:hunter2@db/shop")]);
    for url in [
        "postgres://me:hunter2@db/shop",
        "postgres://db/shop?password=hunter2",
        "password=hunter2 host=db",
        "host=db",
    ] {
        let address = Address::parse(url, &environment).unwrap();
        assert_eq!(address.endpoints[0].password.as_ref().unwrap().0, secret);
        let shown = format!("{address} {address:?} {address:#?} {:?} {environment:?}", address.config);
        assert!(!shown.contains(secret), "{shown}");
    }
}
