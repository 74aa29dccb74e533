use super::*;

/// Keywords and values as one line, which is easier to compare.
fn read(text: &str) -> Result<String, Mistake> {
    let parameters = parse(text)?;
    Ok(parameters.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
}

#[test]
fn urls_mean_what_libpq_says() {
    for (url, expected) in [
        ("postgres://", ""),
        ("postgresql://db", "host=db"),
        ("postgres://db:5433/shop", "dbname=shop host=db port=5433"),
        ("postgres://alice@db", "host=db user=alice"),
        ("postgres://alice:@db", "host=db user=alice"),
        ("postgres://a%40b:p%2F%3A%25@db/s%20hop", "dbname=s hop host=db password=p/:% user=a@b"),
        ("postgres://me:pa?ss@db/shop", "dbname=shop host=db password=pa?ss user=me"),
        ("postgres://me:p:w@db", "host=db password=p:w user=me"),
        ("postgres:///shop?host=/run/pg&port=6000", "dbname=shop host=/run/pg port=6000"),
        ("postgres://%2Frun%2Fpg/shop", "dbname=shop host=/run/pg"),
        ("postgres://[::1]:5433/shop", "dbname=shop host=::1 port=5433"),
        ("postgres://[::1]/shop", "dbname=shop host=::1"),
        ("postgres://a:1,b,c:3/shop", "dbname=shop host=a,b,c port=1,,3"),
        ("postgres://a,b/shop", "dbname=shop host=a,b"),
        (
            "postgres://db?sslmode=verify-full&sslrootcert=%2Fca.pem",
            "host=db sslmode=verify-full sslrootcert=/ca.pem",
        ),
        ("postgres://db/shop?ssl=true", "dbname=shop host=db sslmode=require"),
        ("postgres://db/shop?password=s%26t&user=me", "dbname=shop host=db password=s&t user=me"),
        ("postgres://db?options=-c%20search_path%3Dshop", "host=db options=-c search_path=shop"),
        ("  postgres://db/shop?client_encoding=utf8\n", "dbname=shop host=db"),
    ] {
        assert_eq!(read(url).as_deref(), Ok(expected), "{url}");
    }
}

#[test]
fn pairs_mean_what_libpq_says() {
    for (pairs, expected) in [
        ("host=db dbname=shop", "dbname=shop host=db"),
        ("  host = db\tuser= alice ", "host=db user=alice"),
        ("password='it\\'s a \\\\ secret' host=db", "host=db password=it's a \\ secret"),
        ("password=a\\ b host=''", "host= password=a b"),
        ("host=db port=", "host=db port="),
        ("password=a=b", "password=a=b"),
        ("dbname='über'", "dbname=über"),
        ("host=a host=b", "host=b"),
    ] {
        assert_eq!(read(pairs).as_deref(), Ok(expected), "{pairs}");
    }
}

#[test]
fn mistakes_say_what_to_do() {
    for (text, message) in [
        ("shop", "the address is neither a URL nor `key=value` pairs"),
        ("mysql://me@db/shop", "the address begins with `mysql://`, which is not PostgreSQL's"),
        ("postgres://db?slmode=require", "the address has the unknown parameter `slmode`"),
        ("postgres://db?sslcrl=x", "the parameter `sslcrl` of the address is not supported"),
        ("postgres://db?sslmode", "a parameter of the URL is not of the form `key=value`"),
        ("postgres://[::1/shop", "the URL has an IPv6 address without its `]`"),
        ("postgres://db/%00", "the URL has a `%00`, which nothing in an address can hold"),
        ("postgres://db/%ff", "the URL is not UTF-8 after percent-decoding"),
        ("postgres://db/%+f", "the URL has a `%` that two hexadecimal digits do not follow"),
        ("host=db user='alice", "the address has a quoted value without its closing `'`"),
        ("host=db user", "a part of the address is not of the form `key=value`"),
    ] {
        assert_eq!(parse(text).unwrap_err().message, message, "{text}");
    }
    assert_eq!(parse("postgres://db?slmode=require").unwrap_err().help.unwrap(), "did you mean `sslmode`?");
}

/// Passwords that were not encoded or quoted, in every place in which a parser can trip over them.
#[test]
fn mistakes_never_repeat_a_password() {
    for text in [
        "postgres://me:hunter2%zz@db/shop",
        "postgres://me:x@hunter2@db/shop",
        "postgres://me:x@y/hunter2@db/shop",
        "postgres://me:12/hunter2@db/shop",
        "postgres://db/shop?password=x&hunter2",
        "postgres://db/shop?password=x&hunter2=y",
        "postgres://db/shop?password=x=hunter2",
        "password=correct hunter2 host=db",
        "password=correct hunter2=x host=db",
        "password='hunter2 host=db",
        "hunter2",
        "me:hunter2@db/shop",
    ] {
        let mistake = parse(text).map(|_| text).unwrap_err();
        assert!(!format!("{mistake:?}").contains("hunter2"), "{text}: {mistake:?}");
    }
    let parameters = parse("postgres://me:hunter2@db").unwrap();
    assert!(!format!("{parameters:?}").contains("hunter2"));
}

#[test]
fn keywords_are_sorted_and_unique() {
    assert!(KEYWORDS.is_sorted_by(|a, b| a.name < b.name));
}
