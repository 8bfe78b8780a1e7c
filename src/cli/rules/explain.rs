//! `cuofeng rules explain`: why or why not, for one hour.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::cli::{Call, look, misread, say};
use cuofeng_app::App;
use cuofeng_aqi::milli_words;
use cuofeng_base::msg;
use cuofeng_base::time::Hour;
use cuofeng_rules::report::{self, LevelReport};

/// Explains a rule at an hour in every region, or in one.
pub(super) async fn explain(
    call: &Call,
    id: &str,
    at: DateTime<Utc>,
    region: Option<&str>,
    now: DateTime<Utc>,
) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let Some(rule) = app.judging().rule(id) else {
        let known: Vec<&str> = app.site.rules.iter().map(|r| r.id.as_str()).collect();
        return Ok(misread(call, &msg!("explain.no_rule", rule = id, known = known.join(", "))));
    };
    let regions: Vec<_> = app.site.config.regions.iter().filter(|r| region.is_none_or(|id| r.id == id)).collect();
    if regions.is_empty() {
        return Ok(misread(call, &msg!("config.feed_region", region = region.unwrap_or_default())));
    }
    let hour = Hour::containing(at);
    let zone = &app.site.config.zone;
    let mut values = Vec::new();
    for region in regions {
        let reports = app.judging().explain(&rule, &region.id, hour, now).await?;
        if call.json {
            values.push(json!({"region": region.id, "levels": levels_json(&reports, call, &app)}));
            continue;
        }
        let when = zone.words(hour.start(), call.lang);
        call.tell(&msg!("explain.head", rule = &rule.name, region = &region.name, when = when));
        if !rule.season.contains(zone.day_of(hour)) {
            call.tell(&msg!("explain.out_of_season"));
        }
        for report in &reports {
            let answer = report::answer_words(report.answer);
            call.tell(&msg!("explain.level", name = &report.name, id = &report.level, answer = answer));
            if !report.when.is_empty() {
                call.tell(&msg!("explain.when", when = &report.when));
            }
            for evidence in &report.evidence {
                say(&format!("      {}", report::sentence(evidence, zone, call.lang).text(call.lang)));
            }
        }
        call.tell(&msg!("explain.source", source = &rule.source, file = &rule.file));
    }
    if call.json {
        let at = zone.rfc3339(hour.start());
        say(&json!({"schema": "cuofeng.rules.explain/1", "rule": rule.id, "at": at, "regions": values}).to_string());
    }
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn levels_json(reports: &[LevelReport], call: &Call, app: &App) -> Vec<serde_json::Value> {
    let zone = &app.site.config.zone;
    let answer = |answer| match answer {
        cuofeng_rules::expr::Tri::True => json!(true),
        cuofeng_rules::expr::Tri::False => json!(false),
        cuofeng_rules::expr::Tri::Unknown => json!(null),
    };
    let evidence = |e: &cuofeng_rules::expr::Evidence| {
        json!({"answer": answer(e.answer), "hour": zone.rfc3339(e.hour.start()), "value": e.value.map(milli_words),
               "unit": e.unit, "needed": e.needed.map(milli_words), "feed": e.origin.as_ref().map(cuofeng_air::forecast::Origin::feed),
               "issued": e.origin.as_ref().and_then(cuofeng_air::forecast::Origin::issued_at).map(|at| zone.rfc3339(at)),
               "text": report::sentence(e, zone, call.lang).text(call.lang)})
    };
    let level = |r: &LevelReport| {
        let evidence: Vec<_> = r.evidence.iter().map(evidence).collect();
        json!({"level": r.level, "name": r.name, "when": r.when, "answer": answer(r.answer), "evidence": evidence})
    };
    reports.iter().map(level).collect()
}
