//! The columns of processes.

use super::super::unit::Quantity::{Emission, Power, Yuan, YuanPerHour};
use super::{Choice, Column, may, must};

pub(super) const PROCESSES: [Column; 22] = [
    must("id", &["编号", "工序编号"], "columns.process_id").like("P001", "P001").text(),
    must("enterprise", &["企业", "企业编号", "所属企业"], "columns.process_enterprise").like("E001", "E001").text(),
    must("name", &["名称", "工序名称", "工序"], "columns.process_name").like("喷烤漆房喷涂", "booth spraying"),
    must("activity", &["活动", "作业类型", "作业"], "columns.activity").like("喷涂", "spray").one_of(Choice::Activity),
    must("kind", &["类型", "工序类型"], "columns.kind").like("可间断", "interruptible").one_of(Choice::Kind),
    may("slots_per_day", &["每日小时数"], "columns.slots_per_day").like("6", "6"),
    may("duration", &["批次时长"], "columns.duration"),
    may("batches_per_day", &["每日批次"], "columns.batches_per_day"),
    may("min_on", &["最短运行"], "columns.min_on").like("1", "1"),
    may("min_off", &["最短停机"], "columns.min_off").like("1", "1"),
    may("voc", &["VOCs", "挥发性有机物", "VOC", "VOCs排放"], "columns.voc").like("2.5", "2.5").of(Emission),
    may("nox", &["NOx", "氮氧化物", "NOx排放"], "columns.nox").like("0", "0").of(Emission),
    may("reactivity", &["反应活性"], "columns.reactivity").like("2", "2"),
    may("power", &["功率"], "columns.power").like("25", "25").of(Power),
    may("start_cost", &["启动费用"], "columns.start_cost").like("30", "30").of(Yuan),
    may("disruption", &["改时费用"], "columns.disruption").like("50", "50").of(YuanPerHour),
    may("allowed", &["可运行时段"], "columns.allowed").text().like("06-22", "06-22"),
    may("usual", &["平时时段", "生产时段"], "columns.usual").text().like("09-18", "09-18"),
    may("near_homes", &["邻近居民"], "columns.near_homes").like("否", "no").one_of(Choice::YesNo),
    may("workdays", &["仅工作日"], "columns.workdays").like("否", "no").one_of(Choice::YesNo),
    may("voc_mix", &["溶剂配比"], "columns.voc_mix"),
    may("night_premium", &["夜间加班费"], "columns.night_premium").of(YuanPerHour),
];
