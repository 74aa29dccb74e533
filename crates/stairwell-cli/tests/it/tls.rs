//! Every `sslmode` against servers that have a certificate, another certificate, or none.

use std::path::Path;

use test_support::{Certificates, Server};

use crate::support::migrate;

/// What became of a session: what stands in parentheses on stderr, or the error.
fn outcome(server: &Server, parameters: &str, roots: Option<&Path>) -> String {
    let url = format!("host=127.0.0.1 port={} user=postgres dbname=postgres {parameters}", server.port());
    let mut status = migrate(&["status"]).on(&url);
    if let Some(roots) = roots {
        status = status.env("PGSSLROOTCERT", &roots.display().to_string());
    }
    let output = status.run().get_output().clone();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let line = stderr.lines().next().unwrap_or_default().to_owned();
    if output.status.success() {
        let (_, protection) = line.rsplit_once('(').unwrap_or_default();
        protection.split(')').next().unwrap_or_default().to_owned()
    } else {
        // The port differs from run to run.
        line.replace(&format!(":{}", server.port()), "")
    }
}

const UNVERIFIED: &str = "TLS, certificate not verified";

#[test]
fn a_server_with_a_certificate() {
    let (certificates, others) = (Certificates::make(), Certificates::make());
    let server = Server::builder().tls(&certificates.certificate(), &certificates.key()).start();
    let (right, wrong) = (certificates.authority(), others.authority());
    let (right, wrong) = (Some(right.as_path()), Some(wrong.as_path()));
    let untrusted = |mode: &str| {
        format!(
            "error: no TLS with the server at 127.0.0.1 (sslmode={mode}): the server's certificate is not signed by a trusted root"
        )
    };

    for (parameters, roots, expected) in [
        ("sslmode=disable", None, "no TLS"),
        ("sslmode=allow", None, "no TLS"),
        ("", None, UNVERIFIED),
        ("sslmode=prefer", wrong, UNVERIFIED),
        ("sslmode=require", None, UNVERIFIED),
        ("sslmode=require", right, "TLS, host name not verified"),
        ("sslmode=require", wrong, &untrusted("require")),
        ("sslmode=verify-ca", right, "TLS, host name not verified"),
        ("sslmode=verify-ca", wrong, &untrusted("verify-ca")),
        ("sslmode=verify-full", right, "TLS, verified"),
        ("sslmode=verify-full", wrong, &untrusted("verify-full")),
        ("sslmode=verify-full sslsni=0 ssl_min_protocol_version=TLSv1.3", right, "TLS, verified"),
        // The address is right, and the name is not one of the certificate's.
        ("sslmode=verify-ca host=db.example hostaddr=127.0.0.1", right, "TLS, host name not verified"),
        (
            "sslmode=verify-full host=db.example hostaddr=127.0.0.1",
            right,
            "error: no TLS with the server at db.example (sslmode=verify-full): the server's certificate is for another host name",
        ),
        ("sslmode=verify-full host=localhost hostaddr=127.0.0.1", right, "TLS, verified"),
        (
            "sslmode=verify-full",
            Some(Path::new("/nonexistent.pem")),
            "error: the certificate file `/nonexistent.pem` cannot be read: I/O error: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(outcome(&server, parameters, roots), expected, "{parameters}");
    }
    // The roots of the machine do not know the certificate of a test; a container may have none.
    let system = outcome(&server, "sslrootcert=system", None);
    let none = "error: this system has no root certificates";
    assert!(system == untrusted("verify-full") || system == none, "{system}");
}

#[test]
fn a_server_without_tls() {
    let server = test_support::server();
    let refused =
        |mode: &str| format!("error: the server at 127.0.0.1 offers no TLS, and sslmode={mode} asks for it");
    let certificates = Certificates::make();
    let roots = certificates.authority();
    for mode in ["disable", "allow", "prefer"] {
        assert_eq!(outcome(server, &format!("sslmode={mode}"), None), "no TLS", "{mode}");
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        assert_eq!(outcome(server, &format!("sslmode={mode}"), Some(&roots)), refused(mode), "{mode}");
    }
    // A socket has no TLS and needs none.
    let socket = format!("host={} sslmode=verify-full", server.socket_dir().display());
    assert_eq!(outcome(server, &socket, None), "local socket");
}

#[test]
fn a_server_that_insists_on_tls_or_refuses_it() {
    let certificates = Certificates::make();
    let server = || Server::builder().tls(&certificates.certificate(), &certificates.key());

    let only_tls = server().hba("hostssl all all all trust").start();
    assert_eq!(outcome(&only_tls, "sslmode=allow", None), UNVERIFIED);
    assert_eq!(outcome(&only_tls, "sslmode=prefer", None), UNVERIFIED);
    let disabled = outcome(&only_tls, "sslmode=disable", None);
    assert!(disabled.contains("no encryption"), "{disabled}");

    let no_tls = server().hba("hostnossl all all all trust").start();
    assert_eq!(outcome(&no_tls, "sslmode=prefer", None), "no TLS");
    assert_eq!(outcome(&no_tls, "sslmode=allow", None), "no TLS");
    let required = outcome(&no_tls, "sslmode=require", None);
    assert!(required.contains("SSL encryption"), "{required}");
}

/// As PostgreSQL's manual makes one: `openssl req -new -x509 -nodes`, the server's own root.
#[test]
fn a_self_signed_certificate_is_its_own_root() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let arguments = format!(
            "req -new -x509 -days 2 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
             -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {name}.key -out {name}.pem"
        );
        openssl(folder.path(), &arguments);
        (folder.path().join(format!("{name}.pem")), folder.path().join(format!("{name}.key")))
    };
    let ((certificate, key), (other, _)) = (make("server"), make("other"));
    let server = Server::builder().tls(&certificate, &key).start();

    let full = "sslmode=verify-full host=localhost hostaddr=127.0.0.1";
    assert_eq!(outcome(&server, full, Some(&certificate)), "TLS, verified");
    let by_address = outcome(&server, "sslmode=verify-full", Some(&certificate));
    assert!(by_address.ends_with("is for another host name"), "{by_address}");
    let untrusted = outcome(&server, full, Some(&other));
    assert!(untrusted.starts_with("error: no TLS"), "{untrusted}");
}

/// As PostgreSQL's manual signs one: `openssl x509 -req` makes version 1, which webpki does not read.
#[test]
fn a_certificate_of_version_1() {
    let certificates = Certificates::make();
    let folder = tempfile::tempdir().unwrap();
    let authority = certificates.authority();
    openssl(
        folder.path(),
        "req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=localhost -keyout s.key -out s.csr",
    );
    let (root, root_key) = (authority.display(), authority.with_extension("key"));
    let sign = format!(
        "x509 -req -in s.csr -CA {root} -CAkey {} -set_serial 4 -days 2 -out s.pem",
        root_key.display()
    );
    openssl(folder.path(), &sign);
    if !openssl(folder.path(), "x509 -in s.pem -noout -text").contains("Version: 1 ") {
        // Newer versions of OpenSSL make version 3 here.
        return;
    }
    let server = Server::builder().tls(&folder.path().join("s.pem"), &folder.path().join("s.key")).start();
    assert_eq!(outcome(&server, "sslmode=prefer", None), UNVERIFIED);
    assert_eq!(outcome(&server, "sslmode=require", None), UNVERIFIED);
    let unreadable = outcome(&server, "sslmode=verify-ca", Some(&authority));
    assert!(unreadable.contains("the server's certificate cannot be used"), "{unreadable}");
}

/// A certificate of the client's: PostgreSQL asks for one by `clientcert=verify-full`.
#[test]
fn a_certificate_of_the_client() {
    let certificates = Certificates::make();
    let folder = tempfile::tempdir().unwrap();
    let authority = certificates.authority();
    openssl(
        folder.path(),
        "req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=postgres -keyout c.key -out c.csr",
    );
    std::fs::write(folder.path().join("ext"), "basicConstraints = CA:FALSE\n").unwrap();
    let (root, root_key) = (authority.display(), authority.with_extension("key"));
    let sign = "-set_serial 3 -days 2 -extfile ext -out c.pem";
    openssl(folder.path(), &format!("x509 -req -in c.csr -CA {root} -CAkey {} {sign}", root_key.display()));

    // The server runs as another user, who must be able to read the authority.
    let readable = tempfile::Builder::new().permissions(readable()).tempdir().unwrap();
    let copy = readable.path().join("authority.pem");
    std::fs::copy(&authority, &copy).unwrap();
    let server = Server::builder()
        .tls(&certificates.certificate(), &certificates.key())
        .setting("ssl_ca_file", copy.to_str().unwrap())
        .hba("hostssl all all all cert")
        .start();
    let files = |key: &str| {
        let folder = folder.path().display();
        format!("sslmode=verify-full sslcert={folder}/c.pem sslkey={folder}/{key}")
    };
    assert_eq!(outcome(&server, &files("c.key"), Some(&authority)), "TLS, verified");
    let without = outcome(&server, "sslmode=verify-full", Some(&authority));
    assert!(without.starts_with("error: "), "{without}");
    let missing = outcome(&server, &files("none.key"), Some(&authority));
    assert!(missing.contains("none.key` cannot be read"), "{missing}");
}

fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

fn openssl(folder: &Path, arguments: &str) -> String {
    let mut openssl = std::process::Command::new("openssl");
    let output = openssl
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("`openssl` is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
