//! What a device is told: one JSON object.
//!
//! In: a village's text and its audio, if it has one; how it is played. Out: the order. Can't happen: an order without an end to its use; a device
//! that needs the right time to keep it (`begin_within_seconds` counts from when it comes).

use serde_json::{Value, json};

use super::Playing;
use crate::channel::Letter;
use crate::config::Terms;

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
