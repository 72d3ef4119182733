//! How TLS is set up: ring, and the operating system's trust store. Nothing here is installed process-wide.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

/// TLS 1.2 and 1.3 without early data, which a network could replay.
///
/// The roots are the operating system's, not a list compiled in: they are kept current without a release of ours, a
/// clinic's own policy counts, and reqwest links this verifier in any case, so it costs neither size nor build time.
pub(crate) fn client_config() -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(config)
}
