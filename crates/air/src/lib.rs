//! What is known of the air: forecasts and observations by the hour, how they err, hot spots, regions.
//!
//! In: what feeds bring. Out: one series of hours with the origin of each. Can't happen: a missing hour that reads as clean
//! air.
#![forbid(unsafe_code)]

pub mod fire;
pub mod forecast;
pub mod region;

cuofeng_base::catalogue!(["air"], on[cuofeng_aqi]);
