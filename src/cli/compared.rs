//! `cuofeng plan compare`: two revisions of a warning's plan side by side.
//!
//! In: numbers of revisions; without them the last two. Out: whose hours differ on which day, and what each plan emits
//! under every set of weights, costs and has above the caps. Exit code 1 where there are no two such plans.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{Call, look, refused, say};
use cuofeng_aqi::milli_words;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::day_words;
use cuofeng_notice::hours::kilograms;
use cuofeng_office::site::Site;
use cuofeng_plan::compare::{Comparison, Pair};
use cuofeng_plan::horizon::Runs;
use cuofeng_store::plans::Kept;

#[derive(Debug, clap::Args)]
pub(super) struct Which {
    #[arg(value_name = "A")]
    first: Option<u32>,
    #[arg(value_name = "B")]
    second: Option<u32>,
    #[arg(long, value_name = "EPISODE")]
    warning: Option<String>,
}

/// Compares the plans that are asked for.
pub(super) async fn compare(call: &Call, which: &Which) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let plans = match &which.warning {
        Some(id) => app.store.plans(id).await?,
        None => match app.store.latest_planned().await? {
            Some(id) => app.store.plans(&id).await?,
            None => Vec::new(),
        },
    };
    app.store.close().await;
    let compared = chosen(&plans, which).and_then(|[first, second]| {
        let apart = msg!("compared.apart", first = first.revision, second = second.revision);
        Comparison::of(&first.plan, &second.plan).map(|found| (found, [first, second])).ok_or(apart)
    });
    match compared {
        Err(why) => return Ok(refused(call, &why)),
        Ok((found, kept)) if call.json => say(&as_json(&found, kept).to_string()),
        Ok((found, kept)) => print(call, &app.site, &found, kept),
    }
    Ok(ExitCode::SUCCESS)
}

/// The two plans: those named, else the last one and the one before it.
fn chosen<'a>(plans: &'a [Kept], which: &Which) -> Result<[&'a Kept; 2], Message> {
    let Some(last) = plans.last() else { return Err(msg!("planned.none")) };
    let find = |revision: u32| {
        let known: Vec<String> = plans.iter().map(|kept| kept.revision.to_string()).collect();
        let none = || {
            let (episode, known) = (&last.episode, known.join(", "));
            msg!("compared.none", episode = episode, revision = revision, known = known)
        };
        plans.iter().find(|kept| kept.revision == revision).ok_or_else(none)
    };
    let second = which.second.map_or(Ok(last), find)?;
    let before = plans.iter().rfind(|kept| kept.revision < second.revision);
    let first = match which.first {
        Some(first) => find(first)?,
        None => before.ok_or_else(|| msg!("compared.one", episode = &last.episode))?,
    };
    Ok([first, second])
}

fn as_json(found: &Comparison, kept: [&Kept; 2]) -> Value {
    let horizon = &found.horizon;
    let periods = |runs: &Runs| -> Vec<Value> {
        let period = |run: &(usize, usize)| horizon.period(*run);
        runs.iter().map(period).map(|period| json!({"start": period.start, "end": period.end})).collect()
    };
    let process = |pair: &Pair| {
        let [first, second] = &pair.rows;
        json!({"enterprise": second.enterprise, "process": second.process, "name": second.name,
            "asked": pair.asked, "on": [periods(&first.on), periods(&second.on)],
            "changed": periods(&pair.changed(horizon))})
    };
    let grams = |value: &cuofeng_plan::compare::Value| {
        json!({"set": value.set, "grams": value.grams,
        "difference": value.grams[1] - value.grams[0]})
    };
    let difference = |pair: [i64; 2]| pair[1] - pair[0];
    json!({"schema": "cuofeng.plan.compare/1", "episode": kept[0].episode,
        "revisions": kept.map(|k| k.revision), "told": kept.map(|k| k.told),
        "from": horizon.start_of(0), "to": horizon.start_of(horizon.slots()),
        "processes": found.pairs.iter().map(process).collect::<Vec<_>>(),
        "values": found.values.iter().map(grams).collect::<Vec<_>>(),
        "cost": {"thousandths_of_yuan": found.cost, "difference": difference(found.cost)},
        "overage": {"thousandths": found.overage, "difference": difference(found.overage)}})
}

fn print(call: &Call, site: &Site, found: &Comparison, kept: [&Kept; 2]) {
    let (horizon, zone) = (&found.horizon, &site.config.zone);
    let [first, second] = kept.map(|k| k.revision);
    let days = [0, horizon.days() - 1].map(|day| day_words(horizon.date(day, zone), call.lang));
    let days = days.join(if call.lang == Lang::Zh { "至" } else { " to " });
    call.tell(&msg!("compared.head", episode = &kept[0].episode, first = first, second = second, days = days));
    for waiting in kept.iter().filter(|k| !k.told) {
        call.tell(&msg!("compared.untold", revision = waiting.revision));
    }
    let lines = lines(call, site, found);
    if lines.is_empty() {
        call.tell(&msg!("compared.same"));
    } else {
        let head = [
            msg!("planned.head_enterprise"),
            msg!("planned.head_process"),
            msg!("sheet.day"),
            msg!("compared.revision", revision = first),
            msg!("compared.revision", revision = second),
            msg!("compared.head_difference"),
        ];
        let mut table = crate::cli::table::of(head, call.lang);
        table.add_rows(lines);
        say(&table.to_string());
    }
    let otherwise =
        found.pairs.iter().filter(|pair| pair.changed(horizon).is_empty() && pair.asked[0] != pair.asked[1]);
    let names: Vec<String> = otherwise.map(|p| format!("{} {}", p.rows[1].process, p.rows[1].name)).collect();
    if !names.is_empty() {
        let names = names.join(call.lang.comma());
        call.tell(&msg!("compared.asked", names = names));
    }
    totals(call, site, found);
}

fn totals(call: &Call, site: &Site, found: &Comparison) {
    for value in &found.values {
        let set = site.weights.set(&value.set).map_or(value.set.as_str(), |set| set.words(call.lang));
        let ([first, second], difference) = (value.grams.map(kilograms), more(value.grams, kilograms));
        call.tell(&msg!("compared.grams", set = set, first = first, second = second, difference = difference));
    }
    let ([first, second], difference) = (found.cost.map(milli_words), more(found.cost, milli_words));
    call.tell(&msg!("compared.cost", first = first, second = second, difference = difference));
    let ([first, second], difference) = (found.overage.map(milli_words), more(found.overage, milli_words));
    call.tell(&msg!("compared.overage", first = first, second = second, difference = difference));
}

/// By how much the second figure is more, with its sign.
fn more([first, second]: [i64; 2], words: impl Fn(i64) -> String) -> String {
    let sign = if second > first { "+" } else { "" };
    format!("{sign}{}", words(second - first))
}

/// A line for every process and day on which its hours differ.
fn lines(call: &Call, site: &Site, found: &Comparison) -> Vec<[String; 6]> {
    let (horizon, per_day) = (&found.horizon, found.horizon.per_day());
    let mut lines = Vec::new();
    for pair in &found.pairs {
        let changed = pair.changed(horizon);
        for day in 0..horizon.days() {
            if !changed.iter().any(|(from, to)| *from < (day + 1) * per_day && day * per_day < *to) {
                continue;
            }
            let hours = pair.rows.each_ref().map(|row| {
                let stretches = horizon.clocks(&row.on, day);
                let words: Vec<String> = stretches.iter().map(|(from, to)| format!("{from}—{to}")).collect();
                let none = || msg!("compared.idle").text(call.lang);
                if words.is_empty() { none() } else { words.join(call.lang.comma()) }
            });
            let [before, after] = hours;
            let row = &pair.rows[1];
            lines.push([
                row.enterprise_name.clone(),
                format!("{} {}", row.process, row.name),
                day_words(horizon.date(day, &site.config.zone), call.lang),
                before,
                after,
                more(found.on_day(pair, day), kilograms),
            ]);
        }
    }
    lines
}
