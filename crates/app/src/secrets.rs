//! What the settings only name: secrets, certificates.
//!
//! In: a source of the site file. Out: what it holds, or why there is nothing. Can't happen: a secret in an error.

use std::path::Path;

use secrecy::SecretString;

use super::AppError;
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::setting::SecretSource;
use cuofeng_base::text::Message;
use cuofeng_base::word::ChannelName;
use cuofeng_office::site::Site;

/// The error of a channel that can't be set up.
pub(super) fn failed(name: ChannelName) -> impl Fn(String) -> AppError {
    move |cause| AppError::Channel { channel: name.name(), cause }
}

/// The secret of a channel.
pub(super) fn secret_of(site: &Site, name: ChannelName, source: &SecretSource) -> Result<SecretString, AppError> {
    secret(&site.root, source).map_err(|why| failed(name)(why.text(site.config.language)))
}

/// The certificates that a channel trusts, as its file holds them.
pub(super) fn trusted(site: &Site, name: ChannelName, shown: &str) -> Result<Vec<u8>, AppError> {
    let why = |error: FileError| msg!("secret.file", file = shown, error = error.message());
    let read = file::read(&site.root.join(shown), file::KEY);
    read.map_err(|error| failed(name)(why(error).text(site.config.language)))
}

/// What a secret source holds.
pub fn secret(root: &Path, source: &SecretSource) -> Result<SecretString, Message> {
    match source {
        SecretSource::Env(name) => match std::env::var(name) {
            Ok(value) => Ok(value.into()),
            Err(_) => Err(msg!("secret.env", name = name)),
        },
        SecretSource::File(path) => match file::text(&root.join(path), file::KEY) {
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).into()),
            Err(error) => Err(msg!("secret.file", file = path, error = error.message())),
        },
    }
}
