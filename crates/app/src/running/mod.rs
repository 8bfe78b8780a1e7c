//! The service: what is due, what was put into a folder, what watches over it.
//!
//! In: a site at work and its clock. Out: every due run made, or recorded as skipped. Can't happen: a service that ends
//! because a look or a job failed.

pub mod deadman;
pub mod descriptors;
pub mod heartbeat;
pub mod nightly;
pub mod service;
pub mod work;
