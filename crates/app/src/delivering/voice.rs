//! What speaks the villages' texts, for those who tell something.
//!
//! In: texts. Out: how long reading one takes; its audio, begun. Can't happen: a decision, a mail or a short message held up
//! by the engine.

use cuofeng_base::word::Form;
use cuofeng_channel::sound::{Engine, Spoken};
use cuofeng_notice::Notice;

/// The engine of a site, where it has one.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// What speaks.
    pub(crate) engine: Option<&'a Engine>,
    /// Whether this is the path that listens to loudspeakers.
    pub(crate) listens: bool,
}

impl Voice<'_> {
    /// Seconds that reading a text takes: of its audio where there is one, else as an announcer reads.
    #[must_use]
    pub fn reading(&self, text: &str) -> u32 {
        Engine::seconds(self.engine, text)
    }

    /// Has the texts of notices that were just told spoken beside everything else. Their letters come back for the audio;
    /// what another process tells, the service has spoken when it is sent.
    pub(crate) fn speak(&self, notices: &[Notice]) {
        let Some(engine) = self.engine.filter(|_| self.listens) else { return };
        let parts = notices.iter().flat_map(|notice| &notice.parts).filter(|part| part.form == Form::Speech);
        for part in parts {
            if let Spoken::Failed(why) = engine.speak(part.body.text()) {
                tracing::warn!(why, "texts go without audio");
                return;
            }
        }
    }
}
