//! The service: what is due, what was put into a folder, what watches over it.
//!
//! In: a site at work and its clock. Out: every due run made, or recorded as skipped. Can't happen: a service that ends
//! because a look or a job failed.
#![forbid(unsafe_code)]

pub mod backups;
pub mod deadman;
pub mod descriptors;
pub mod heartbeat;
pub mod nightly;
pub mod service;
pub mod set_right;
pub mod work;

cuofeng_base::catalogue!(["service"], on[cuofeng_app]);
