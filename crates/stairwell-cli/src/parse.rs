//! The command line, read in such a way that no message repeats a password.

use std::ffi::OsString;

use clap::Parser;

use crate::output;

/// Reads the command line like clap's own `parse`, except that its errors repeat no database address.
///
/// clap shows an argument that it does not understand. If that is the address of a database, because
/// somebody forgot `--database-url`, the password in it would stand in the log of a deployment. Here
/// `…` stands in its place. Help and version go to stdout with exit status 0, errors to stderr with 2.
pub fn parse<A: Parser>() -> A {
    let error = match A::try_parse() {
        Ok(app) => return app,
        Err(error) => error,
    };
    // Help and version repeat nothing.
    if !error.use_stderr() {
        error.exit();
    }
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let rendered = error.render().ansi().to_string();
    let text = without_addresses(&rendered, arguments.iter().map(|argument| argument.to_string_lossy()));
    output::write(&text);
    if text != rendered {
        output::say("A database address goes to `--database-url`, or into the variable `DATABASE_URL`.");
    }
    std::process::exit(error.exit_code())
}

/// `text` with `…` for every one of `arguments` that may hold a password.
fn without_addresses(text: &str, arguments: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut secrets = Vec::new();
    for argument in arguments {
        let argument = argument.as_ref();
        secrets.push(argument.to_owned());
        // `--plugins=postgres://…`: clap shows the value without the option, and a list value by value.
        if let Some((_, value)) = argument.split_once('=').filter(|_| argument.starts_with('-')) {
            secrets.push(value.to_owned());
            secrets.extend(value.split(',').map(str::to_owned));
        }
        secrets.extend(argument.split(',').map(str::to_owned));
    }
    secrets.retain(|secret| may_hold_password(secret));
    // clap quotes a value with spaces like a string of Rust in some places.
    let escaped: Vec<String> = secrets.iter().map(|secret| secret.escape_debug().to_string()).collect();
    secrets.extend(escaped);
    // The longest first: one may be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "…"))
}

/// Whether `text` is, or may be a part of, an address with a password in it.
pub(crate) fn may_hold_password(text: &str) -> bool {
    let lower = text.to_lowercase();
    let has_credentials = text.find(':').is_some_and(|colon| text[colon..].contains('@'));
    has_credentials
        || lower.contains("postgres://")
        || lower.contains("postgresql://")
        || (lower.contains("password") && text.contains('='))
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn an_address_is_hidden_however_it_was_given() {
        for (argument, shown) in [
            ("postgres://u:hunter2@h/db", "postgres://u:hunter2@h/db"),
            ("--plugins=postgres://u:hunter2@h/db", "postgres://u:hunter2@h/db"),
            ("--plugins=core,postgres://u:hunter2@h/db", "postgres://u:hunter2@h/db"),
            ("host=h password=hunter2", "host=h password=hunter2"),
            ("host=h password = 'hunter2'", r"host=h password = \'hunter2\'"),
            ("PGPASSWORD=hunter2", "PGPASSWORD=hunter2"),
            ("postgres://h/db?password=hunter2", "postgres://h/db?password=hunter2"),
            ("u:hunter2@h/db", "u:hunter2@h/db"),
            ("POSTGRES://u:hunter2", "POSTGRES://u:hunter2"),
        ] {
            let text = format!("error: unrecognized subcommand '{shown}'\n\nUsage: app\n");
            let hidden = without_addresses(&text, [argument].into_iter());
            assert_eq!(hidden, "error: unrecognized subcommand '…'\n\nUsage: app\n", "{argument}");
        }
    }

    #[test]
    fn an_argument_without_password_is_repeated() {
        let text = "error: unrecognized subcommand 'sideways'";
        let arguments = ["sideways", "printers@3", "http://[::1]:80", "--json"];
        assert_eq!(without_addresses(text, arguments.into_iter()), text);
    }
}
