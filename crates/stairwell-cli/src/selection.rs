//! The options that make a migrator, and the targets of a command, held against the chain set.

use std::time::Duration;

use stairwell::{ChainSet, Lock, Migrator, Target};

use crate::environment::Environment;
use crate::error::Error;
use crate::parse::may_hold_password;

/// Which plugins, and how patiently; flatten it into every command that migrates.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Selection {
    /// Limit the command to these plugins and what they require [env: STAIRWELL_PLUGINS]
    #[arg(long, value_name = "PLUGIN,…", value_delimiter = ',', global = true)]
    plugins: Option<Vec<String>>,

    /// Wait at most this long for another migrator's lock: `30s`, `5m`, `0` [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, global = true)]
    lock_wait: Option<Duration>,

    /// What keeps other migrators away: `session`, or `lease` behind a pooler in transaction mode [default: session]
    #[arg(long, value_name = "KIND", value_parser = parse_lock, global = true)]
    lock: Option<Lock>,

    /// How long a lease lasts that nobody renews [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = parse_lease_time, global = true)]
    lease_time: Option<Duration>,
}

impl Selection {
    /// A migrator for `chains` with these options; a plugin that does not exist is a usage error.
    pub fn migrator<'a>(&self, chains: &'a ChainSet) -> Result<Migrator<'a>, Error> {
        self.migrator_in(chains, &Environment::process())
    }

    /// Like [`Selection::migrator`], but with another environment than the process's.
    pub fn migrator_in<'a>(
        &self,
        chains: &'a ChainSet,
        environment: &Environment,
    ) -> Result<Migrator<'a>, Error> {
        if self.lease_time.is_some() && self.lock != Some(Lock::Lease) {
            return Err(Error::usage("`--lease-time` means nothing without `--lock lease`"));
        }
        let mut migrator = Migrator::new(chains);
        if let Some(program) = environment.program() {
            migrator = migrator.application(program);
        }
        if let Some(wait) = self.lock_wait {
            migrator = migrator.lock_wait(wait);
        }
        migrator = migrator.lock(self.lock.unwrap_or_default());
        if let Some(time) = self.lease_time {
            migrator = migrator.lease_time(time);
        }
        match self.plugins(environment)? {
            Some((plugins, origin)) => migrator.enable(&plugins).map_err(|error| {
                // Whoever set the variable is perhaps not who runs the command.
                Error::from(error).with_help(format!("the plugins to enable come from {origin}"))
            }),
            None => Ok(migrator),
        }
    }

    /// The plugins that the option, else the variable lists, and which of the two; `None` is all of them.
    fn plugins(&self, environment: &Environment) -> Result<Option<(Vec<String>, &'static str)>, Error> {
        let (listed, origin) = match (&self.plugins, environment.variable("STAIRWELL_PLUGINS")) {
            (Some(option), _) => (option.clone(), "`--plugins`"),
            (None, Some(list)) => (list.split(',').map(str::to_owned).collect(), "`STAIRWELL_PLUGINS`"),
            (None, None) => return Ok(None),
        };
        if listed.iter().any(|name| is_address(name)) {
            return Err(Error::usage(format!("{origin} looks like a database address"))
                .with_help("addresses go to `--database-url`; plugins are names, such as `core,printers`"));
        }
        let names = listed.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let plugins: Vec<String> = names.collect();
        if plugins.is_empty() {
            // Not "all": `--plugins "$PLUGINS"` without the variable should not enable everything.
            return Err(Error::usage(format!("{origin} names no plugin"))
                .with_help("leave it out to enable every plugin"));
        }
        Ok(Some((plugins, origin)))
    }
}

/// Reads targets such as `printers@3`; whether they exist, [`Migrator::check`] tells.
pub(crate) fn parse_targets(texts: &[String]) -> Result<Vec<Target>, Error> {
    // Somebody who forgot `--database-url` must not find the password in a log.
    if texts.iter().any(|text| is_address(text)) {
        return Err(Error::usage("a target looks like a database address")
            .with_help("addresses go to `--database-url`; targets are plugins, such as `printers@3`"));
    }
    Ok(texts.iter().map(|text| text.parse()).collect::<Result<_, _>>()?)
}

/// Whether `text` is an address, or a part of one, rather than a plugin.
fn is_address(text: &str) -> bool {
    text.contains("://") || text.contains('=') || may_hold_password(text)
}

fn parse_lock(text: &str) -> Result<Lock, String> {
    match text {
        "session" => Ok(Lock::Session),
        "lease" => Ok(Lock::Lease),
        _ => Err("expected `session` or `lease`".to_owned()),
    }
}

fn parse_lease_time(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text)?;
    // A pause between two requests should not cost the lease.
    if time < Duration::from_secs(1) { Err("expected at least `1s`".to_owned()) } else { Ok(time) }
}

/// `1h30m`, `5m`, `30s`, `500ms`; a number alone is only understood if it is 0.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a duration such as `30s`, `5m` or `1h30m`".to_owned();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let (unit, tail) = tail.split_at(tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len()));
        let milliseconds: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            _ => return Err(expected()),
        };
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(milliseconds));
        total = part
            .and_then(|part| total.checked_add(Duration::from_millis(part)))
            // What a timer can count; nobody waits for longer.
            .filter(|total| *total <= Duration::from_hours(24 * 365))
            .ok_or_else(expected)?;
        rest = tail;
    }
    if text.is_empty() { Err(expected()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn durations() {
        let milliseconds = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(milliseconds("30s"), Ok(30_000));
        assert_eq!(milliseconds("1h30m"), Ok(5_400_000));
        assert_eq!(milliseconds("500ms"), Ok(500));
        assert_eq!(milliseconds("0"), Ok(0));
        for wrong in ["", "5", "s", "5 m", "-1s", "5d", "99999999999999999999s", "999999999h"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn plugins_come_from_the_option_before_the_variable() {
        let variable = Environment::empty().with_variable("STAIRWELL_PLUGINS", "core, printers");
        let option = |plugins: &[&str]| {
            let plugins = plugins.iter().map(ToString::to_string).collect();
            Selection { plugins: Some(plugins), ..Selection::default() }
        };
        let plugins = |selection: Selection| selection.plugins(&variable).map(Option::unwrap);

        assert_eq!(plugins(option(&["core"])).unwrap(), (vec!["core".to_owned()], "`--plugins`"));
        let (listed, origin) = plugins(Selection::default()).unwrap();
        assert_eq!((listed.join(" ").as_str(), origin), ("core printers", "`STAIRWELL_PLUGINS`"));
        assert_eq!(Selection::default().plugins(&Environment::empty()).unwrap(), None);
        assert_eq!(plugins(option(&["", " "])).unwrap_err().to_string(), "`--plugins` names no plugin");
    }

    #[test]
    fn an_address_among_the_targets_is_not_repeated() {
        for address in ["postgres://me:hunter2@db/shop", "password=hunter2", "me:hunter2@db"] {
            let error = parse_targets(&[address.to_owned()]).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn an_address_among_the_plugins_is_not_repeated() {
        let error = |selection: Selection, environment: &Environment| {
            let error = selection.plugins(environment).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"));
            (error.exit(), error.to_string())
        };
        for address in ["postgres://me:hunter2@db/shop", "host=db password=hunter2", "me:hunter2@db/shop"] {
            let option = Selection { plugins: Some(vec![address.to_owned()]), ..Selection::default() };
            let expected = "`--plugins` looks like a database address".to_owned();
            assert_eq!(error(option, &Environment::empty()), (Exit::Usage, expected));
            let variable = Environment::empty().with_variable("STAIRWELL_PLUGINS", address);
            let expected = "`STAIRWELL_PLUGINS` looks like a database address".to_owned();
            assert_eq!(error(Selection::default(), &variable), (Exit::Usage, expected));
        }
    }
}
