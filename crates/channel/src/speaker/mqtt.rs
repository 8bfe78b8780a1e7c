//! Loudspeakers by MQTT 5: an order to a topic, the device's word from another.
//!
//! In: a village's text. Out: what the broker answered; what the device says comes by the [`Line`] later. Can't happen:
//! an order given without the broker's acknowledgement taken for given; one that the broker keeps beyond its use (it
//! carries its expiry); one that the client keeps and gives later by itself.

use std::sync::Arc;

use super::line::{Line, Told};
use super::order;
use crate::{Channel, Letter, Outcome, SendFuture, Words, made};
use cuofeng_base::word::Terms;

/// Loudspeakers behind one broker.
pub struct MqttChannel {
    line: Arc<Line>,
    topic: String,
    terms: Terms,
}

impl MqttChannel {
    /// Orders go to `topic`, in which `{address}` stands for a village's loudspeaker.
    #[must_use]
    pub fn new(line: Arc<Line>, topic: String, terms: Terms) -> Self {
        Self { line, topic, terms }
    }
}

impl Channel for MqttChannel {
    fn idempotent(&self) -> bool {
        false
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let Some(playing) = &letter.playing else {
                return Outcome::Permanent(Words::said("not a text to be played"));
            };
            if letter.address.is_empty() || letter.address.contains(['+', '#', '\0']) {
                return Outcome::Permanent(Words::said("the loudspeaker's address has + or # in it"));
            }
            let topic = self.topic.replace("{address}", &letter.address);
            let order = made(|| {
                let payload = order::json(letter, playing, &self.terms).to_string();
                Ok((payload, order::within(letter, playing)))
            });
            let (payload, within) = match order {
                Ok(order) => order,
                Err(outcome) => return outcome,
            };
            let words = |said: String| Words { id: playing.order.clone(), said };
            match self.line.publish(&topic, payload, within).await {
                Told::Taken => Outcome::Accepted(words(String::new())),
                Told::Nobody => Outcome::Transient(words(format!("no loudspeaker listens to {topic}"))),
                Told::Refused(why) => Outcome::Closed(words(why)),
                Told::NotSent(why) => Outcome::Transient(words(why)),
                Told::NoAnswer(why) => Outcome::Unknown(words(why)),
            }
        })
    }
}
