//! `cuofeng once`: one cycle.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Call, say, say_behind};
use cuofeng_app::{App, Report};
use cuofeng_base::msg;
use cuofeng_service::set_right;
use cuofeng_store::held::Hold;
use cuofeng_store::held::Why;

/// Runs one cycle at `now`; exit code 1 where a feed failed, a letter is in trouble or the files have errors: what was
/// decided or settled must leave whatever is wrong with them, so the cycle goes on by those that had none.
pub async fn once(call: &Call, now: Option<DateTime<Utc>>, dry_run: bool) -> anyhow::Result<ExitCode> {
    let by_the_clock = now.is_none();
    let now = now.unwrap_or_else(Utc::now);
    let mut app =
        if dry_run { App::apart(&call.site(), now).await? } else { App::start_again(&call.site(), now).await? };
    say_behind(call, &app);
    if !dry_run {
        let problems = app.behind.as_ref().map_or(&[][..], |behind| behind.problems.as_slice());
        app.alarms().tell_files(problems, now).await?;
    }
    // An hour that somebody names says nothing of the clock.
    if by_the_clock && !dry_run {
        set_right::set_right(&app.site, &app.store, None, now).await?;
    }
    let report = app.cycle(now, dry_run, &CancellationToken::new()).await?;
    let hold = app.store.hold().await?;
    if call.json {
        let problems = app.behind.iter().flat_map(|behind| &behind.problems).map(|problem| problem.json(call.lang));
        let mut value = json(&report, hold.as_ref(), call);
        value["files"] = problems.collect();
        say(&value.to_string());
    } else {
        let stopped = hold.as_ref().map(|hold| hold.message(call.lang));
        if let Some(words) = &stopped {
            call.tell(words);
        }
        print(&report, call, dry_run);
        if let Some(words) = &stopped {
            call.tell(words);
        }
    }
    app.returns().finish_reading().await;
    app.store.close().await;
    let wrong = !report.feed_errors.is_empty() || report.drained.trouble > 0 || app.behind.is_some();
    Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn print(report: &Report, call: &Call, dry_run: bool) {
    for error in &report.feed_errors {
        call.tell(&msg!("once.feed", error = error));
    }
    for waits in &report.feed_waits {
        call.tell(&msg!("once.waits", waits = waits));
    }
    if report.lines_wait > 0 {
        call.tell(&msg!("once.lines_wait", count = report.lines_wait));
    }
    for words in &report.remarks {
        call.tell(&msg!("once.remark", words = words));
    }
    for never in &report.unanswerable {
        call.tell(&msg!("once.never", words = never.clone()));
    }
    for edit in &report.pending {
        let (what, advice) = (edit.what.clone(), edit.advice.clone());
        call.tell(&msg!("once.pending", file = &edit.file, what = what, advice = advice));
    }
    for why in &report.unheard {
        call.tell(&msg!("once.unheard", why = why.clone()));
    }
    for line in &report.lines {
        let action = line.action.message();
        let base =
            msg!("once.line", rule = &line.rule, region = &line.region, action = action, reason = line.reason.clone());
        call.tell(&base);
        if line.joined > 0 {
            call.tell(&msg!("once.joined", count = line.joined));
        }
        if !line.periods.is_empty() {
            let (periods, notices) = (&line.periods, line.notices);
            call.tell(&msg!("once.told", periods = periods, notices = notices, unreachable = line.unreachable));
            if !line.quiet_until.is_empty() {
                call.tell(&msg!("once.quiet", until = &line.quiet_until));
            }
        }
    }
    if dry_run {
        for (name, form, body) in &report.previews {
            say(&format!("--- {name} ({form})\n{body}"));
        }
        if let Some(bill) = report.bill.filter(|bill| bill.messages > 0) {
            call.tell(&bill.message());
        }
        call.tell(&msg!("once.dry_run"));
    } else {
        let d = &report.drained;
        call.tell(&msg!("once.sent", sent = d.sent, later = d.later, trouble = d.trouble, expired = d.expired));
    }
}

fn json(report: &Report, hold: Option<&Hold>, call: &Call) -> serde_json::Value {
    let stopped =
        hold.map(|hold| json!({"by": hold.by, "reason": hold.words(call.lang), "why": hold.why.map(Why::word)}));
    let lines: Vec<_> = report
        .lines
        .iter()
        .map(|l| {
            json!({"rule": l.rule, "region": l.region, "action": l.action.word(), "periods": l.periods,
                   "reason": l.reason.text(call.lang), "notices": l.notices, "joined": l.joined,
                   "unreachable": l.unreachable})
        })
        .collect();
    let d = &report.drained;
    let never: Vec<String> = report.unanswerable.iter().map(|never| never.text(call.lang)).collect();
    let pending: Vec<_> = report
        .pending
        .iter()
        .map(
            |edit| json!({"file": edit.file, "what": edit.what.text(call.lang), "advice": edit.advice.text(call.lang)}),
        )
        .collect();
    let unheard: Vec<_> = report.unheard.iter().map(|why| why.text(call.lang)).collect();
    json!({"schema": "cuofeng.once/1", "rules_pending": pending, "alerts_unheard": unheard,
           "feed_errors": report.feed_errors, "feed_waits": report.feed_waits, "remarks": report.remarks, "lines_wait": report.lines_wait,
           "unanswerable": never, "decisions": lines, "stopped": stopped,
           "sent": d.sent, "later": d.later, "trouble": d.trouble, "expired": d.expired})
}
