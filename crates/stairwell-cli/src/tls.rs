//! TLS by rustls, as libpq's `sslmode` asks for it.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;
use x509_cert::der::{Decode, Encode};

use crate::error::Error;
use crate::sslmode::{Proof, Roots, TlsOptions};

/// What makes TLS connections for these options; reads the files that they name.
pub(crate) fn connector(options: &TlsOptions) -> Result<MakeRustlsConnect, Error> {
    // The provider is named, not installed: a library should not decide for the whole process.
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Verifier::new(options, provider.clone())?);
    let versions: &[_] = match options.only_tls13 {
        true => &[&rustls::version::TLS13],
        false => rustls::ALL_VERSIONS,
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| Error::failed(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &options.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = read_certificates(certificate)?;
            let private = PrivateKeyDer::from_pem_file(key).map_err(|error| {
                Error::failed(format!("the key `{}` cannot be read: {error}", key.display()))
                    .with_help("it must be a private key in PEM form, without a passphrase")
            })?;
            builder.with_client_auth_cert(chain, private).map_err(|error| {
                let (certificate, key) = (certificate.display(), key.display());
                Error::failed(format!(
                    "the client certificate `{certificate}` and its key `{key}` do not work: {error}"
                ))
                .with_help("check that the key belongs to the certificate")
            })?
        }
    };
    config.enable_sni = options.server_name;
    if options.direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(config))
}

/// Proves as much of the server's certificate as `sslmode` asks for.
///
/// The signature of the handshake is checked in every mode: it proves that the server has the key of
/// the certificate, on which the binding of a password to this channel (SCRAM-PLUS) rests.
#[derive(Debug)]
struct Verifier {
    proof: Proof,
    store: RootCertStore,
    /// The roots as they were given, to recognise a self-signed certificate among them.
    given: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(options: &TlsOptions, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let proof = options.proof();
        let (mut store, mut given) = (RootCertStore::empty(), Vec::new());
        match &options.roots {
            _ if proof == Proof::Nothing => {}
            Roots::File(path) => {
                given = read_certificates(path)?;
                for certificate in &given {
                    store.add(certificate.clone()).map_err(|error| {
                        Error::failed(format!(
                            "a root certificate in `{}` is unusable: {error}",
                            path.display()
                        ))
                    })?;
                }
            }
            Roots::System => {
                // A system's store often has a certificate or two that nobody can read.
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if store.is_empty() {
                    return Err(Error::failed("this system has no root certificates")
                        .with_help("install them (Debian, Ubuntu: `apt install ca-certificates`)")
                        .with_help("or name a file by `sslrootcert` or `PGSSLROOTCERT`"));
                }
            }
        }
        Ok(Verifier { proof, store, given, provider })
    }

    fn verify_chain(
        &self,
        certificate: &ParsedCertificate<'_>,
        der: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        let algorithms = self.provider.signature_verification_algorithms.all;
        let verdict = verify_server_cert_signed_by_trust_anchor(
            certificate,
            &self.store,
            intermediates,
            now,
            algorithms,
        );
        match verdict {
            // `openssl req -x509`, as PostgreSQL's manual has it, makes one certificate that is both
            // the server's and its own root. webpki will not use an authority's certificate for a
            // server, but one that was named as trusted needs no proof. Dates were checked before.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::Other(_) | CertificateError::UnknownIssuer,
            )) if self.given.iter().any(|root| root == der) => Ok(()),
            verdict => verdict,
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.proof != Proof::Nothing {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            self.verify_chain(&certificate, end_entity, intermediates, now)?;
            if self.proof == Proof::ChainAndHost {
                verify_server_name(&certificate, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        // PostgreSQL's manual makes certificates of version 1, which webpki does not read at all.
        // Where nothing is to be proved about the certificate, its key is enough.
        let verdict = verify_tls13_signature(message, certificate, signature, algorithms);
        match (&verdict, public_key(certificate)) {
            (Err(rustls::Error::InvalidCertificate(CertificateError::Other(_))), Some(key))
                if self.proof == Proof::Nothing =>
            {
                verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
            }
            _ => verdict,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The key of a certificate of any version.
fn public_key(certificate: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let certificate = x509_cert::Certificate::from_der(certificate).ok()?;
    let key = certificate.tbs_certificate.subject_public_key_info.to_der().ok()?;
    Some(SubjectPublicKeyInfoDer::from(key))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let unreadable = |reason: String| {
        Error::failed(format!("the certificate file `{}` cannot be read: {reason}", path.display()))
            .with_help("it must hold one or more certificates in PEM form")
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unreadable("it holds no certificate".to_owned()));
    }
    Ok(certificates)
}

/// What a failed handshake means, as one line and what to do about it.
pub(crate) fn explain(error: &rustls::Error) -> (String, Option<String>) {
    let rustls::Error::InvalidCertificate(reason) = error else {
        return (error.to_string(), None);
    };
    match reason {
        // `BadSignature`: a root of the same name, made anew with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => (
            "the server's certificate is not signed by a trusted root".to_owned(),
            Some("name the file of the root certificate by `sslrootcert` or `PGSSLROOTCERT`".to_owned()),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            "the server's certificate is for another host name".to_owned(),
            Some(
                "connect by a name that stands in the certificate as subjectAltName, or use sslmode=verify-ca"
                    .to_owned(),
            ),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("the server's certificate has expired".to_owned(), Some("renew it on the server".to_owned()))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "the server's certificate is not valid yet".to_owned(),
            Some("compare the clocks of the two machines".to_owned()),
        ),
        other => (
            format!("the server's certificate cannot be used: {other}"),
            Some("it must be an X.509 certificate of version 3 for a server, with a subjectAltName".to_owned()),
        ),
    }
}
