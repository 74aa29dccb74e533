//! The text of an address, `postgres://…` or `host=… dbname=…`, as keywords and values.
//!
//! `tokio_postgres::Config` parses both forms too, but it cannot say which parts were *not* given
//! (it fills in port 5432, which hides `PGPORT`), rejects half of libpq's `sslmode`s and keywords,
//! and takes a password that was not percent-encoded for a host, which then appears in messages.
//! So this follows libpq's own parser, and no message repeats text that could be part of a password.

use std::collections::BTreeMap;
use std::fmt;

use crate::suggest;

/// A keyword of libpq: its name, the variable it defaults to, and whether it means something here.
struct Keyword {
    name: &'static str,
    variable: Option<&'static str>,
    support: Support,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Support {
    Full,
    /// Changes nothing here, whatever its value: ignoring it is right.
    Irrelevant,
    /// Asks for something that would not happen. Ignoring it could be unsafe, so it is refused.
    Refused,
}

const fn keyword(name: &'static str, variable: &'static str, support: Support) -> Keyword {
    Keyword { name, variable: if variable.is_empty() { None } else { Some(variable) }, support }
}

const KEYWORDS: &[Keyword] = &[
    keyword("application_name", "PGAPPNAME", Support::Full),
    keyword("channel_binding", "PGCHANNELBINDING", Support::Full),
    // The driver always speaks UTF-8, and says so to the server.
    keyword("client_encoding", "PGCLIENTENCODING", Support::Irrelevant),
    keyword("connect_timeout", "PGCONNECT_TIMEOUT", Support::Full),
    keyword("dbname", "PGDATABASE", Support::Full),
    keyword("fallback_application_name", "", Support::Full),
    keyword("gssdelegation", "PGGSSDELEGATION", Support::Irrelevant),
    // `require` is refused where the value is read; the others permit a connection without GSS.
    keyword("gssencmode", "PGGSSENCMODE", Support::Full),
    keyword("gsslib", "PGGSSLIB", Support::Irrelevant),
    keyword("host", "PGHOST", Support::Full),
    keyword("hostaddr", "PGHOSTADDR", Support::Full),
    keyword("keepalives", "", Support::Full),
    keyword("keepalives_count", "", Support::Full),
    keyword("keepalives_idle", "", Support::Full),
    keyword("keepalives_interval", "", Support::Full),
    keyword("krbsrvname", "PGKRBSRVNAME", Support::Irrelevant),
    // One session migrates: it takes the first host that answers, in the order given.
    keyword("load_balance_hosts", "PGLOADBALANCEHOSTS", Support::Irrelevant),
    keyword("options", "PGOPTIONS", Support::Full),
    keyword("passfile", "PGPASSFILE", Support::Full),
    keyword("password", "PGPASSWORD", Support::Full),
    keyword("port", "PGPORT", Support::Full),
    keyword("replication", "", Support::Refused),
    keyword("require_auth", "PGREQUIREAUTH", Support::Refused),
    keyword("requirepeer", "PGREQUIREPEER", Support::Refused),
    keyword("service", "PGSERVICE", Support::Refused),
    keyword("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", Support::Refused),
    keyword("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", Support::Full),
    keyword("sslcert", "PGSSLCERT", Support::Full),
    keyword("sslcertmode", "PGSSLCERTMODE", Support::Refused),
    keyword("sslcompression", "PGSSLCOMPRESSION", Support::Irrelevant),
    keyword("sslcrl", "PGSSLCRL", Support::Refused),
    keyword("sslcrldir", "PGSSLCRLDIR", Support::Refused),
    keyword("sslkey", "PGSSLKEY", Support::Full),
    keyword("sslmode", "PGSSLMODE", Support::Full),
    keyword("sslnegotiation", "PGSSLNEGOTIATION", Support::Full),
    keyword("sslpassword", "", Support::Refused),
    keyword("sslrootcert", "PGSSLROOTCERT", Support::Full),
    keyword("sslsni", "PGSSLSNI", Support::Full),
    keyword("target_session_attrs", "PGTARGETSESSIONATTRS", Support::Full),
    keyword("tcp_user_timeout", "", Support::Full),
    keyword("user", "PGUSER", Support::Full),
];

/// The variables that stand for keywords of which the value matters, with those keywords.
pub(crate) fn variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    KEYWORDS
        .iter()
        .filter(|keyword| keyword.support == Support::Full)
        .filter_map(|keyword| Some((keyword.variable?, keyword.name)))
}

/// The variables that ask for something that would not happen.
pub(crate) fn refused_variables() -> impl Iterator<Item = &'static str> {
    KEYWORDS
        .iter()
        .filter(|keyword| keyword.support == Support::Refused)
        .filter_map(|keyword| keyword.variable)
}

/// What is wrong with the text of an address; never repeats a value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Mistake {
    fn new(message: impl Into<String>) -> Self {
        Mistake { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

const ENCODE: &str = "percent-encode special characters in the user, password and database of a URL: `@` is %40, `:` is %3A, `/` is %2F, `?` is %3F, `%` is %25";
const FORMS: &str = "write `postgres://user@host:5432/database` or `host=… user=… dbname=…`";

/// Keywords with their values, as they were written.
#[derive(Default)]
pub(crate) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    pub(crate) fn get(&self, keyword: &'static str) -> Option<&str> {
        self.0.get(keyword).map(String::as_str)
    }

    pub(crate) fn take(&mut self, keyword: &'static str) -> Option<String> {
        self.0.remove(keyword)
    }

    /// `reveal` says whether the keyword may be repeated in a message: after a password it may be
    /// the second half of one that was not quoted.
    fn set(&mut self, name: &str, value: String) -> Result<(), Mistake> {
        // libpq takes this one from JDBC's URLs.
        if name == "ssl" && value == "true" {
            self.0.insert("sslmode", "require".to_owned());
            return Ok(());
        }
        let Some(keyword) = KEYWORDS.iter().find(|keyword| keyword.name == name) else {
            if self.0.contains_key("password") {
                return Err(Mistake::new("the address has an unknown parameter after the password")
                    .help(format!("a password with spaces is quoted in `key=value` form; {ENCODE}")));
            }
            let mistake = Mistake::new(format!("the address has the unknown parameter `{name}`"));
            return Err(match suggest::closest(name, KEYWORDS.iter().map(|keyword| keyword.name)) {
                Some(known) => mistake.help(format!("did you mean `{known}`?")),
                None => mistake.help("parameters are libpq's: host, port, user, dbname, sslmode …"),
            });
        };
        match keyword.support {
            Support::Full => {
                self.0.insert(keyword.name, value);
                Ok(())
            }
            Support::Irrelevant => Ok(()),
            Support::Refused => {
                Err(Mistake::new(format!("the parameter `{name}` of the address is not supported"))
                    .help("leave it out, and give what it stands for by other parameters"))
            }
        }
    }
}

/// Keywords only: one of the values is the password.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Parses either form.
pub(crate) fn parse(text: &str) -> Result<Parameters, Mistake> {
    let text = text.trim();
    for scheme in ["postgres://", "postgresql://"] {
        if let Some(rest) = text.strip_prefix(scheme) {
            return parse_url(rest);
        }
    }
    if let Some((scheme, _)) = text.split_once("://")
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    {
        return Err(Mistake::new(format!(
            "the address begins with `{scheme}://`, which is not PostgreSQL's"
        ))
        .help(FORMS));
    }
    if !text.contains('=') {
        return Err(Mistake::new("the address is neither a URL nor `key=value` pairs").help(FORMS));
    }
    parse_pairs(text)
}

/// `[user[:password]@][host[:port],…][/database][?key=value&…]`, split where libpq splits it.
fn parse_url(text: &str) -> Result<Parameters, Mistake> {
    let mut parameters = Parameters::default();
    let mut rest = text;

    // As in libpq, credentials are what stands before an `@` that comes before any `/`.
    if let Some(at) = rest.find(['@', '/']).filter(|at| rest[*at..].starts_with('@')) {
        let (user, password) = match rest[..at].split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (&rest[..at], None),
        };
        if !user.is_empty() {
            parameters.set("user", decode(user)?)?;
        }
        if let Some(password) = password.filter(|password| !password.is_empty()) {
            parameters.set("password", decode(password)?)?;
        }
        rest = &rest[at + 1..];
    }

    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = match tail.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (tail, None),
    };
    // libpq would connect to a host or database with an `@` in it. It is far more likely to be the
    // end of a password, and would be printed as a part of the address.
    if authority.contains('@') || path.contains('@') {
        return Err(Mistake::new("the URL has an `@` that does not end the user and password").help(ENCODE));
    }

    parse_hosts(authority, &mut parameters)?;
    let database = path.strip_prefix('/').unwrap_or(path);
    if !database.is_empty() {
        parameters.set("dbname", decode(database)?)?;
    }
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.contains('=')) else {
            return Err(Mistake::new("a parameter of the URL is not of the form `key=value`").help(ENCODE));
        };
        let value = decode(value)?;
        parameters.set(&decode(name)?, value)?;
    }
    Ok(parameters)
}

fn parse_hosts(authority: &str, parameters: &mut Parameters) -> Result<(), Mistake> {
    if authority.is_empty() {
        return Ok(());
    }
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for part in authority.split(',') {
        let (host, port) = match part.strip_prefix('[') {
            Some(bracketed) => match bracketed.split_once(']') {
                Some((host, "")) => (host, ""),
                Some((host, port)) if port.starts_with(':') => (host, &port[1..]),
                _ => return Err(Mistake::new("the URL has an IPv6 address without its `]`").help(ENCODE)),
            },
            None => part.split_once(':').unwrap_or((part, "")),
        };
        hosts.push(decode(host)?);
        ports.push(decode(port)?);
    }
    if hosts.iter().any(|host| !host.is_empty()) {
        parameters.set("host", hosts.join(","))?;
    }
    // Only if a port was written: `PGPORT` speaks for a URL that has none.
    if ports.iter().any(|port| !port.is_empty()) {
        parameters.set("port", ports.join(","))?;
    }
    Ok(())
}

fn decode(text: &str) -> Result<String, Mistake> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        if *byte != b'%' {
            bytes.push(*byte);
            rest = tail;
            continue;
        }
        let Some((high, low)) = digit(tail.first()).zip(digit(tail.get(1))) else {
            return Err(
                Mistake::new("the URL has a `%` that two hexadecimal digits do not follow").help(ENCODE)
            );
        };
        if (high, low) == (0, 0) {
            return Err(Mistake::new("the URL has a `%00`, which nothing in an address can hold"));
        }
        bytes.push(high * 16 + low);
        rest = &tail[2..];
    }
    String::from_utf8(bytes)
        .map_err(|_| Mistake::new("the URL is not UTF-8 after percent-decoding").help(ENCODE))
}

fn digit(byte: Option<&u8>) -> Option<u8> {
    char::from(*byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// `key = value` pairs: values with spaces stand in `'…'`, `\` takes the next character as it is.
fn parse_pairs(text: &str) -> Result<Parameters, Mistake> {
    let mut parameters = Parameters::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        let Some(tail) = tail.trim_start().strip_prefix('=') else {
            return Err(Mistake::new("a part of the address is not of the form `key=value`")
                .help("put values with spaces in `'…'`, with `\\'` and `\\\\` inside"));
        };
        let (value, tail) = parse_value(tail.trim_start())?;
        parameters.set(name, value)?;
        rest = tail.trim_start();
    }
    Ok(parameters)
}

fn parse_value(text: &str) -> Result<(String, &str), Mistake> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            space if !quoted && space.is_whitespace() => return Ok((value, &text[at..])),
            other => value.push(other),
        }
    }
    if quoted {
        return Err(Mistake::new("the address has a quoted value without its closing `'`"));
    }
    Ok((value, ""))
}

#[cfg(test)]
mod tests;
