//! What a device is told: one JSON object.
//!
//! In: a village's text and its audio, if it has one; how it is played. Out: the order. Can't happen: an order without an end to its use; a device
//! that needs the right time to keep it (`begin_within_seconds` counts from when it comes).

use serde_json::{Value, json};

use super::Playing;
use crate::Letter;
use cuofeng_base::word::Terms;

/// What the object calls itself.
pub const SCHEMA: &str = "cuofeng.play/1";

/// The order of a letter.
#[must_use]
pub fn json(letter: &Letter, playing: &Playing, terms: &Terms) -> Value {
    let reading = playing.reading(&letter.body);
    let mut order = json!({
        "schema": SCHEMA,
        "order": playing.order,
        "episode": playing.episode,
        "name": letter.name,
        "text": letter.body,
        "reading_seconds": reading,
        "repeats": terms.repeats,
        "gap_seconds": terms.gap_seconds,
        "playing_seconds": terms.seconds(reading),
        "begin_before": playing.begin_before.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "begin_within_seconds": within(letter, playing),
    });
    if let Some((audio, url)) = playing.audio.as_ref().and_then(|audio| Some((audio, audio.url.as_ref()?))) {
        order["audio"] = json!({"url": url, "type": audio.kind});
    }
    order
}

/// Seconds within which playing must begin, at least one.
#[must_use]
pub fn within(letter: &Letter, playing: &Playing) -> u32 {
    u32::try_from((playing.begin_before - letter.date).num_seconds()).unwrap_or(0).max(1)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration};

    use super::*;
    use crate::speaker::Audio;
    use cuofeng_base::word::Form;

    #[test]
    fn an_order_with_audio_goes_by_its_real_length_and_begins_in_time_to_end_in_time() {
        let now = DateTime::UNIX_EPOCH;
        let playing = Playing {
            order: "a.1".into(),
            episode: "e".into(),
            revision: 1,
            village: "500199001201".into(),
            begin_before: now + Duration::minutes(10),
            audio: None,
            taken: 0,
            replaces: Vec::new(),
        };
        let letter = Letter {
            number: 1,
            key: "a".into(),
            site: String::new(),
            form: Form::Speech,
            name: "青杠村".into(),
            address: "speaker-01".into(),
            subject: String::new(),
            body: "村民朋友们。".into(),
            enclosures: std::sync::Arc::default(),
            date: now,
            playing: None,
            with: Vec::new(),
            after: Vec::new(),
        };
        let terms = Terms { rounds: 1, repeats: 2, gap_seconds: 15 };
        let plain = json(&letter, &playing, &terms);
        let estimate = u32::try_from(plain["reading_seconds"].as_u64().expect("seconds")).expect("few");
        assert_eq!((plain.get("audio"), plain["playing_seconds"].as_u64()), (None, Some(u64::from(2 * estimate + 15))));
        let audio = |seconds, url: Option<&str>| Audio {
            url: url.map(str::to_owned),
            file: "a.mp3".into(),
            seconds,
            kind: "audio/mpeg",
        };
        let spoken = playing.clone().with(audio(estimate + 3, Some("https://h/a.mp3")), estimate, terms.repeats);
        let order = json(&letter, &spoken, &terms);
        assert_eq!(order["audio"], json!({"url": "https://h/a.mp3", "type": "audio/mpeg"}));
        assert_eq!(order["playing_seconds"].as_u64(), Some(u64::from(2 * (estimate + 3) + 15)));
        // Three seconds longer, twice: it must begin six seconds earlier.
        assert_eq!(order["begin_within_seconds"].as_u64(), Some(594));
        let shorter = playing.with(audio(1, None), estimate, terms.repeats);
        assert_eq!(within(&letter, &shorter), 600);
        assert_eq!(json(&letter, &shorter, &terms).get("audio"), None, "without an address there is nothing to fetch");
    }
}
