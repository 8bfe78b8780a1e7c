//! A plan as a picture: its bars over the forecast's ozone, and the load before and after.
//!
//! In: a plan and the site's words. Out: an SVG document. Can't happen: a bar for what nothing is asked of.

use super::super::chart::gantt::{Bar, Gantt, gantt};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::day_words;
use cuofeng_office::site::Site;
use cuofeng_plan::{Plan, Way};

/// Draws a plan.
pub(super) fn svg(plan: &Plan, site: &Site, episode: &str, lang: Lang) -> String {
    let horizon = &plan.horizon;
    let bars = plan.rows.iter().filter(|row| !row.stop.is_empty()).map(|row| Bar {
        name: format!("{} {}", row.enterprise_name, row.name),
        on: row.on.clone(),
        usual: row.usual.clone(),
        stop: row.stop.clone(),
    });
    let ozone = |slot: usize| plan.ozone.get(horizon.hour_of(slot)).copied().flatten().map(|v| f64::from(v) / 1000.0);
    let load = |way| plan.load(way).into_iter().map(thousandths).collect();
    let names = [
        msg!("picture.on"),
        msg!("picture.usual"),
        msg!("picture.stop"),
        msg!("picture.ozone"),
        msg!("picture.before"),
        msg!("picture.after"),
        msg!("picture.load"),
    ];
    gantt(&Gantt {
        lang,
        title: msg!("picture.title", episode = episode).text(lang),
        slots: (horizon.slots(), horizon.per_day()),
        days: (0..horizon.days()).map(|day| day_words(horizon.date(day, &site.config.zone), lang)).collect(),
        bars: bars.collect(),
        curve: (0..horizon.slots()).map(ozone).collect(),
        loads: [load(Way::Usual), load(Way::Planned)],
        names: names.map(|name| name.text(lang)),
    })
}

fn thousandths(figure: i64) -> f64 {
    i32::try_from(figure).map_or(f64::from(i32::MAX), f64::from) / 1000.0
}
