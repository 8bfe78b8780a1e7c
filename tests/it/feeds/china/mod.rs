//! QWeather and the bureaus' bulletins against a far side on loopback and files in a folder.

mod bulletins;
mod qweather;

use std::time::Duration;

use chrono::{DateTime, Utc};
use cuofeng_base::time::Zone;
use cuofeng_feed::http::{Client, Limits};
use cuofeng_feed::{Ask, Feed, FeedError, Memory, Pulled};

use crate::far_side::Asked;

fn client() -> Client {
    let limits = Limits { first_wait: Duration::ZERO, longest_wait: Duration::ZERO, ..Limits::default() };
    Client::new(&limits).expect("a client")
}

fn now() -> DateTime<Utc> {
    "2026-07-15T00:20:00Z".parse().expect("a time")
}

async fn pull(feed: &dyn Feed, memory: &Memory) -> Result<Pulled, FeedError> {
    pull_at(feed, memory, now()).await
}

async fn pull_at(feed: &dyn Feed, memory: &Memory, now: DateTime<Utc>) -> Result<Pulled, FeedError> {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    feed.pull(Ask { now, zone: &zone, memory }).await
}

fn body(asked: &Asked) -> &'static str {
    match asked.target.split('?').next().unwrap_or("") {
        path if path.starts_with("/airquality/v1/hourly/") => {
            r#"{"metadata":{"tag":"h1","attributions":["数据来自某某监测网"]},"hours":[{"forecastTime":"2026-07-15T01:00Z",
            "indexes":[{"code":"cn-mee-1h","aqi":58,"level":"2","primaryPollutant":{"code":"o3"}}],"pollutants":[]}]}"#
        }
        path if path.starts_with("/airquality/v1/daily/") => {
            r#"{"metadata":{"tag":"d1","attributions":["数据来自某某监测网","QWeather"]},"days":[{"forecastStartTime":"2026-07-14T16:00Z",
            "indexes":[{"code":"cn-mee","aqi":112,"level":"3","primaryPollutant":{"code":"o3"}}]}]}"#
        }
        path if path.starts_with("/weather/v1/hourly/") => {
            r#"{"metadata":{"tag":"w1"},"hours":[{"forecastTime":"2026-07-15T01:00Z","temperature":{"value":31.12,"unit":"°C"}}]}"#
        }
        _ => r#"{"metadata":{"tag":"a1","zeroResult":true},"alerts":[]}"#,
    }
}
