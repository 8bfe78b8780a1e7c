//! Connections to mail servers, with and without TLS.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Bytes to and from a server.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug> Wire for T {}

pub(super) type AnyWire = Box<dyn Wire>;

/// A connection as it begins, without TLS.
pub(super) async fn connect(host: &str, port: u16) -> io::Result<AnyWire> {
    let stream = TcpStream::connect((host, port)).await?;
    // What ends a text goes out by itself: it must not wait until the server has acknowledged the text.
    stream.set_nodelay(true)?;
    Ok(Box::new(stream))
}

/// The connection with TLS round it, where the certificate is the server's: vouched for in public, or one of `trusted`
/// (PEM).
pub(super) async fn secured(stream: AnyWire, host: &str, trusted: Option<&[u8]>) -> io::Result<AnyWire> {
    let odd = |error: &dyn fmt::Display| io::Error::other(error.to_string());
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
    let name = ServerName::try_from(host.to_owned()).map_err(|error| odd(&error))?;
    Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}
