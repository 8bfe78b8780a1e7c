//! The folder channel: letters as files that any program opens.
//!
//! In: a letter. Out: `KEY.eml` and the files that go with it, `KEY.sms.txt` or `KEY.speech.txt`, written beside and
//! renamed, so that each is there whole or not at all. Can't happen: two files for one letter, however often it is sent.

use std::path::PathBuf;

use lettre::message::Mailbox;

use super::email;
use super::sms::segments::segments;
use super::{Channel, Letter, Outcome, SendFuture, Words, made};
use cuofeng_base::file::{self, Access};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::word::Form;
use cuofeng_notice::{Enclosure, speech};
use cuofeng_town::roster::mask;

/// Letters as files in a folder.
#[derive(Debug, Clone)]
pub struct FolderChannel {
    folder: PathBuf,
    access: Access,
    from: Mailbox,
    lang: Lang,
}

impl FolderChannel {
    /// A channel into `folder`, whose files `access` says who may read; mail is from `office`.
    #[must_use]
    pub fn new(folder: PathBuf, access: Access, from: Mailbox, lang: Lang) -> Self {
        Self { folder, access, from, lang }
    }

    fn bytes(&self, letter: &Letter) -> Result<Vec<u8>, String> {
        match letter.form {
            Form::Email => email::message(letter, &self.from, None).map(|m| m.formatted()).map_err(|e| e.to_string()),
            Form::Sms => {
                let head = msg!(
                    "folder.sms",
                    name = &letter.name,
                    mobile = mask(&letter.address),
                    count = letter.body.chars().count(),
                    segments = segments(&letter.body)
                );
                Ok(format!("{}\n\n{}\n", head.text(self.lang), letter.body).into_bytes())
            }
            Form::Speech => {
                let head = msg!(
                    "folder.speech",
                    name = &letter.name,
                    address = &letter.address,
                    seconds = speech::seconds(&letter.body)
                );
                Ok(format!("{}\n\n{}\n", head.text(self.lang), letter.body).into_bytes())
            }
        }
    }
}

/// The file's name for a letter.
#[must_use]
pub fn file_name(letter: &Letter) -> String {
    match letter.form {
        Form::Email => format!("{}.eml", letter.key),
        Form::Sms => format!("{}.sms.txt", letter.key),
        Form::Speech => format!("{}.speech.txt", letter.key),
    }
}

/// The file's name for something that goes with a mail: the letter's key with the ending of its own name.
fn enclosed_name(letter: &Letter, file: &Enclosure) -> String {
    let ending = file.plain_name.rsplit_once('.').map_or("bin", |(_, ending)| ending);
    format!("{}.{ending}", letter.key)
}

impl Channel for FolderChannel {
    fn idempotent(&self) -> bool {
        true
    }

    fn width(&self) -> usize {
        4
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let refused = |error| Outcome::Permanent(Words::said(error));
            let bytes = match made(|| self.bytes(letter).map_err(refused)) {
                Ok(bytes) => bytes,
                Err(outcome) => return outcome,
            };
            let (folder, access, name) = (self.folder.clone(), self.access, file_name(letter));
            let id = name.clone();
            // A mail that is there is there with all that goes with it.
            let mut files: Vec<(String, Vec<u8>)> =
                letter.enclosures.iter().map(|file| (enclosed_name(letter, file), file.bytes.clone())).collect();
            files.push((name, bytes));
            let all = move || files.iter().try_for_each(|(name, bytes)| file::write(&folder, name, bytes, access));
            match tokio::task::spawn_blocking(all).await {
                Ok(Ok(())) => Outcome::Delivered(Words { id, said: String::new() }),
                Ok(Err(error)) => Outcome::Transient(Words::said(error.to_string())),
                Err(error) => Outcome::Transient(Words::said(error.to_string())),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_words_make_a_file(words in any::<String>(), name in any::<String>()) {
            let from = Mailbox::new(Some(name.clone()), "office@example.com".parse().expect("an address"));
            let channel = FolderChannel::new(PathBuf::new(), Access::Own, from, Lang::Zh);
            for form in Form::ALL {
                let letter = Letter {
                    number: 1,
                    key: "k".into(),
                    site: "x7k2".to_owned(),
                    form,
                    name: name.clone(),
                    address: "someone@example.com".into(),
                    subject: words.clone(),
                    body: words.clone(),
                    with: Vec::new(),
                    after: Vec::new(),
                    enclosures: std::sync::Arc::default(),
                    date: chrono::DateTime::UNIX_EPOCH,
                    playing: None,
                };
                let made = channel.bytes(&letter);
                prop_assert!(made.is_ok(), "{form:?}: {:?}", made.err());
            }
        }
    }
}
