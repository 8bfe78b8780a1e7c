//! The scores as JSON, `cuofeng.forecast.score/2`: one object, whatever the number of regions.
//!
//! In: scores. Out: one object; `null` where a figure is not defined. Can't happen: a figure with more than three
//! digits after the point, in which two machines might differ.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Scope, Side};
use cuofeng_air::forecast::score::{
    Contingency, DayPair, Errors, FeedScore, LeadDay, LevelScore, Quantity, ThresholdScore,
};
use cuofeng_aqi::{Pollutant, milli_words};

/// Everything that was scored, region by region.
pub(in crate::cli) fn all(regions: Vec<Value>, (from, to): (NaiveDate, NaiveDate)) -> Value {
    let mut all = json!({"schema": "cuofeng.forecast.score/2", "from": from.to_string(), "to": to.to_string()});
    all["regions"] = Value::Array(regions);
    all
}

/// What was scored in a region.
pub(in crate::cli) fn region(sides: &[Side<'_>], scope: &Scope<'_>) -> Value {
    let side = |side: &Side<'_>| {
        let correction = side.correction.map(|days| json!({"days": days}));
        json!({"correction": correction, "feeds": side.scores.iter().map(|f| feed(f, scope)).collect::<Vec<_>>()})
    };
    let sides: Vec<Value> = sides.iter().map(side).collect();
    json!({"region": scope.id, "name": scope.region, "sides": sides})
}

fn rounded(value: f64) -> f64 {
    let value = (value * 1000.0).round() / 1000.0;
    // Never -0.0.
    value + 0.0
}

fn feed(feed: &FeedScore, scope: &Scope<'_>) -> Value {
    let hourly: Vec<Value> = feed
        .hourly
        .iter()
        .map(|h| {
            json!({"variable": h.variable.name(), "unit": h.variable.unit(),
                   "lead_hours": [h.group.first(), h.group.last()], "errors": errors(&h.errors)})
        })
        .collect();
    let days: Vec<Value> = feed.days.iter().map(day).collect();
    let thresholds: Vec<Value> = feed.thresholds.iter().map(threshold).collect();
    json!({"feed": feed.feed, "provider": scope.providers.get(&feed.feed), "runs": feed.runs,
           "archived_runs": feed.archived, "hourly": hourly, "days": days, "thresholds": thresholds})
}

fn errors(errors: &Errors) -> Value {
    json!({"n": errors.n, "mean_forecast": rounded(errors.mean_forecast),
           "mean_observed": rounded(errors.mean_observed),
           "bias": rounded(errors.bias), "mae": rounded(errors.mae), "rmse": rounded(errors.rmse),
           "correlation": errors.correlation.map(rounded)})
}

fn day(day: &LeadDay) -> Value {
    let rule = day.rule.map(
        |r| json!({"days": r.days, "f1": rounded(r.f1), "f2": rounded(r.f2), "f3": rounded(r.f3), "s": rounded(r.s)}),
    );
    let ozone = day
        .ozone
        .as_ref()
        .map(|o| json!({"days": o.days, "f2": rounded(o.f2), "f3": rounded(o.f3), "levels": levels(&o.levels)}));
    json!({"lead_day": day.lead, "aqi": day.aqi.as_ref().map(errors), "o3_8h": day.o38h.as_ref().map(errors),
           "rule": rule, "levels": levels(&day.levels), "ozone_afternoon": ozone,
           "pairs": day.pairs.iter().map(pair).collect::<Vec<_>>()})
}

fn levels(levels: &[LevelScore]) -> Vec<Value> {
    let one = |l: &LevelScore| {
        json!({"level": l.level, "both": l.both, "forecast": l.forecast, "observed": l.observed,
               "ts": l.ts().map(rounded)})
    };
    levels.iter().map(one).collect()
}

fn pair(pair: &DayPair) -> Value {
    let aqi = pair.aqi.map(|(forecast, observed)| json!({"forecast": forecast, "observed": observed}));
    let words = |thousandths: i32| milli_words(thousandths.into());
    let both = |p| pair.concentration(p).map(|(f, o)| json!({"forecast": words(f), "observed": words(o)}));
    json!({"day": pair.day.to_string(), "aqi": aqi, "o3_8h": both(Pollutant::O38h), "pm25": both(Pollutant::Pm25)})
}

fn threshold(score: &ThresholdScore) -> Value {
    let quantity = match score.threshold.quantity {
        Quantity::Daily(pollutant) => format!("{}_day", pollutant.name()),
        Quantity::DailyAqi => "aqi_day".to_owned(),
        Quantity::Hour(variable) => format!("{}_hour", variable.name()),
    };
    let lead = |(lead, c): &(i64, Contingency)| {
        json!({"lead_day": lead, "hits": c.hits, "misses": c.misses, "false_alarms": c.false_alarms,
               "correct_rejections": c.rejections, "pod": c.pod().map(rounded), "far": c.far().map(rounded),
               "csi": c.csi().map(rounded)})
    };
    json!({"name": score.threshold.name, "quantity": quantity, "above": milli_words(score.threshold.above),
           "leads": score.leads.iter().map(lead).collect::<Vec<_>>()})
}
