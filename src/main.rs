//! The `cuofeng` program; everything is in the library.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    // One process-wide choice for TLS; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cuofeng::cli::main()
}
