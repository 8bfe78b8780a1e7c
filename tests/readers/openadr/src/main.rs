//! In: a JSON array of event requests on standard input. Out: one JSON object a line with what was understood of each:
//! name, targets, and of every interval its start, end, type and values. Fails where the types don't take an event or
//! its values don't fit their type.

use std::process::ExitCode;

use openleadr_wire::event::EventRequest;
use serde_json::json;
use validator::Validate;

fn main() -> ExitCode {
    let events: Vec<EventRequest> = match serde_json::from_reader(std::io::stdin()) {
        Ok(events) => events,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    for event in &events {
        if let Err(errors) = event.validate() {
            eprintln!("{:?}: {errors}", event.event_name);
            return ExitCode::FAILURE;
        }
        let mut intervals = Vec::new();
        for interval in event.intervals.iter().flatten() {
            let Some(period) = &interval.interval_period else {
                eprintln!("{:?}: an interval without a period", event.event_name);
                return ExitCode::FAILURE;
            };
            let length = period.duration.as_ref().map(|d| d.to_chrono_at_datetime(period.start));
            let end = period.start + length.unwrap_or_default();
            for payload in &interval.payloads {
                intervals.push(json!({"start": period.start.to_rfc3339(), "end": end.to_rfc3339(),
                    "type": payload.value_type, "values": payload.values}));
            }
        }
        let targets: Vec<&str> = event.targets.iter().map(|target| target.as_str()).collect();
        println!("{}", json!({"name": event.event_name, "targets": targets, "intervals": intervals}));
    }
    ExitCode::SUCCESS
}
