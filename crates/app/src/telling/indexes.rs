//! The AQI of told days, each with whose it is.
//!
//! In: a scene and days. Out: one sentence for those worked out here, one for each publisher that states its own. Can't
//! happen: a published index called worked out here; a range told as one figure.

use chrono::NaiveDate;

use crate::judging::scene::Scene;
use cuofeng_air::forecast::{Origin, Outlook, Range};
use cuofeng_aqi::{Averaging, Index, Standard};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::day_words;
use cuofeng_office::site::Site;

/// AQI of days, those worked out here in one sentence, those that a publisher states in one for each publisher.
pub(crate) fn indexes(scene: &Scene<'_>, days: &[NaiveDate]) -> Vec<String> {
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    let mut groups: Vec<(Message, Vec<String>)> = Vec::new();
    let mut seen: Vec<NaiveDate> = Vec::new();
    for day in days {
        if seen.contains(day) {
            continue;
        }
        seen.push(*day);
        let stated = scene.merged.series.stated(*day, zone, &scene.site.standards);
        let found = match stated {
            Some((outlook, origin)) => stated_index(scene.site, outlook, origin),
            None => own_index(scene, *day),
        };
        let Some((whose, words)) = found else { continue };
        match groups.iter_mut().find(|(known, _)| *known == whose) {
            Some((_, all)) => all.push(words),
            None => groups.push((whose, vec![words])),
        }
    }
    groups.into_iter().map(|(whose, all)| whose.with("days", all).text(lang)).collect()
}

/// An index that a publisher states: the range as it is, or that of the levels where they alone are stated, by whom and by which standard.
fn stated_index(site: &Site, outlook: &Outlook, origin: &Origin) -> Option<(Message, String)> {
    let (config, lang) = (&site.config, site.config.language);
    let label = config.feeds.iter().find(|f| f.name == origin.feed()).map_or(origin.feed(), |f| f.label.as_str());
    let by = outlook.standard.as_ref().and_then(|id| site.standards.by_id(id));
    let governing = by.or_else(|| site.standards.on(outlook.day))?;
    let (range, of_levels) = outlook.index(governing)?;
    let level = |aqi: i64| u16::try_from(aqi).ok().and_then(|aqi| governing.level(aqi)).map(|l| l.words(lang));
    let level = match (level(range.low()), level(range.high())) {
        (Some(low), Some(high)) if low != high => msg!("notice.level_to", low = low, high = high).text(lang),
        (Some(same), _) | (_, Some(same)) => same.to_owned(),
        (None, None) => return None,
    };
    let day = day_words(outlook.day, lang);
    let words = if of_levels {
        msg!("notice.index_graded", day = day, low = range.low(), high = range.high(), level = level)
    } else {
        msg!("notice.index", day = day, aqi = range_words(range), level = level)
    };
    let whose = match by {
        Some(standard) => msg!("notice.index_stated_by", label = label, standard = &standard.title),
        None => msg!("notice.index_stated", label = label),
    };
    Some((whose, words.text(lang)))
}

/// An index worked out here.
fn own_index(scene: &Scene<'_>, day: NaiveDate) -> Option<(Message, String)> {
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    let standard = scene.site.standards.on(day)?;
    let index = scene.merged.series.daily_index(day, zone, &scene.site.standards)?;
    let aqi = index.aqi?;
    let message = index_words(&index, aqi, (day, standard), lang);
    // What an index is worked out without is said with every one that is; a published one is its publisher's.
    let own = !index.items.is_empty();
    let left: Vec<&str> = standard.left_out().filter(|_| own).map(|p| p.words(lang)).collect();
    let title = if left.is_empty() {
        standard.title.clone()
    } else {
        msg!("notice.index_without", standard = &standard.title, left = left.join(lang.comma())).text(lang)
    };
    Some((msg!("notice.index_own", standard = title), message.text(lang)))
}

/// A day's index in words: of a bound what it lacks, and that it may be worse where anything is.
fn index_words(index: &Index, aqi: u16, (day, standard): (NaiveDate, &Standard), lang: Lang) -> Message {
    let level = standard.level(aqi).map_or("", |l| l.words(lang));
    let (day, last) = (day_words(day, lang), standard.level_number(aqi) == standard.level_count());
    if index.missing.is_empty() || aqi >= standard.end() {
        return msg!("notice.index", day = day, aqi = aqi, level = level);
    }
    // Where every pollutant lacks something, its hours have not all come yet.
    if index.missing.len() == standard.pollutants(Averaging::Day).count() {
        return if last {
            msg!("notice.index_partial_last", day = day, aqi = aqi, level = level)
        } else {
            msg!("notice.index_partial", day = day, aqi = aqi, level = level)
        };
    }
    let missing = index.missing.iter().map(|p| p.words(lang)).collect::<Vec<_>>().join(lang.comma());
    if last {
        msg!("notice.index_at_least_last", day = day, aqi = aqi, level = level, missing = missing)
    } else {
        msg!("notice.index_at_least", day = day, aqi = aqi, level = level, missing = missing)
    }
}

/// A stated index: `90~120`, or the one figure.
pub(crate) fn range_words(range: Range) -> String {
    if range.low() == range.high() { range.low().to_string() } else { format!("{}~{}", range.low(), range.high()) }
}
