//! Connections to mail servers, with and without TLS.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::MailboxError;
use crate::config::{MailServer, Security};

/// Bytes to and from a server.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug> Wire for T {}

pub(super) type AnyWire = Box<dyn Wire>;

/// A connection, with TLS already where it is wanted from the first byte.
pub(super) async fn connect(server: &MailServer, trusted: Option<&[u8]>) -> Result<AnyWire, MailboxError> {
    let stream: AnyWire = Box::new(TcpStream::connect((server.host.as_str(), server.port)).await?);
    if server.security == Security::Tls { secured(stream, server, trusted).await } else { Ok(stream) }
}

/// The connection with TLS round it, where the certificate is the server's.
pub(super) async fn secured(
    stream: AnyWire,
    server: &MailServer,
    trusted: Option<&[u8]>,
) -> Result<AnyWire, MailboxError> {
    let odd = |error: &dyn fmt::Display| std::io::Error::other(error.to_string());
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(trusted.unwrap_or_default()) {
        roots.add(certificate.map_err(|error| odd(&error))?).map_err(|error| odd(&error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| odd(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(server.host.clone()).map_err(|error| odd(&error))?;
    Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}
