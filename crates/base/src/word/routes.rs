//! By which channels each form goes.
//!
//! In: the channels of a form, in their order. Out: the first one, and those that are tried after it. Can't happen: a
//! form without a way: files in a folder are the way of whatever nothing is said of.

use std::collections::BTreeMap;

use super::{ChannelName, Form};

/// The channels of each form, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes(BTreeMap<Form, Vec<ChannelName>>);

impl Routes {
    /// Gives a form its channels, in their order.
    pub fn set(&mut self, form: Form, channels: Vec<ChannelName>) {
        self.0.insert(form, channels);
    }

    /// The channel that a form takes first.
    #[must_use]
    pub fn first(&self, form: Form) -> ChannelName {
        self.0.get(&form).and_then(|channels| channels.first()).copied().unwrap_or(ChannelName::Folder)
    }

    /// The channels that are tried after it.
    #[must_use]
    pub fn spares(&self, form: Form) -> &[ChannelName] {
        self.0.get(&form).and_then(|channels| channels.get(1..)).unwrap_or_default()
    }

    /// All channels of a form, in their order.
    pub fn all(&self, form: Form) -> impl Iterator<Item = ChannelName> {
        std::iter::once(self.first(form)).chain(self.spares(form).iter().copied())
    }
}
