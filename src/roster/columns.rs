//! The columns of the four tables, by their English and Chinese names.

use super::table::{ColumnName, optional, required};

pub(super) const ENTERPRISES: [ColumnName; 15] = [
    required("id", &["编号", "企业编号"]),
    required("name", &["名称", "企业名称"]),
    required("sector", &["行业"]),
    required("village", &["村", "村代码", "所在村"]),
    optional("grade", &["绩效等级", "等级"]),
    optional("contact", &["联系人"]),
    optional("mobile", &["手机", "联系手机", "手机号"]),
    optional("email", &["邮箱", "电子邮箱"]),
    optional("backup_contact", &["备用联系人"]),
    optional("backup_mobile", &["备用手机"]),
    optional("backup_email", &["备用邮箱"]),
    optional("route", &["联系次序"]),
    optional("exemption", &["豁免", "豁免类型"]),
    optional("exemption_reason", &["豁免理由"]),
    optional("tags", &["标签"]),
];

pub(super) const PROCESSES: [ColumnName; 22] = [
    required("id", &["编号", "工序编号"]),
    required("enterprise", &["企业", "企业编号"]),
    required("name", &["名称", "工序名称"]),
    required("activity", &["活动", "作业类型"]),
    required("kind", &["类型"]),
    optional("slots_per_day", &["每日小时数"]),
    optional("duration", &["批次时长"]),
    optional("batches_per_day", &["每日批次"]),
    optional("min_on", &["最短运行"]),
    optional("min_off", &["最短停机"]),
    optional("voc", &["挥发性有机物", "VOCs", "vocs"]),
    optional("nox", &["氮氧化物", "NOx"]),
    optional("reactivity", &["反应活性"]),
    optional("power", &["功率"]),
    optional("start_cost", &["启动费用"]),
    optional("disruption", &["改时费用"]),
    optional("allowed", &["可运行时段"]),
    optional("usual", &["平时时段"]),
    optional("near_homes", &["邻近居民"]),
    optional("workdays", &["仅工作日"]),
    optional("voc_mix", &["溶剂配比"]),
    optional("night_premium", &["夜间加班费"]),
];

pub(super) const VILLAGES: [ColumnName; 11] = [
    required("code", &["代码", "村代码"]),
    required("name", &["名称", "村名"]),
    optional("cadre", &["村干部"]),
    optional("cadre_mobile", &["村干部手机"]),
    optional("grid_worker", &["网格员"]),
    optional("grid_mobile", &["网格员手机"]),
    optional("loudspeaker", &["大喇叭", "大喇叭地址"]),
    optional("play_hours", &["播放时段"]),
    optional("latitude", &["纬度"]),
    optional("longitude", &["经度"]),
    optional("tags", &["标签"]),
];

pub(super) const DEPARTMENTS: [ColumnName; 4] = [
    required("name", &["名称", "单位"]),
    optional("subjects", &["事项"]),
    optional("mobile", &["手机"]),
    optional("email", &["邮箱"]),
];

pub(super) const DUTY: [ColumnName; 4] = [
    required("from", &["开始", "起"]),
    required("to", &["结束", "止"]),
    required("name", &["值班人", "姓名"]),
    optional("deputy", &["代班人", "副班"]),
];

pub(super) const STAFF: [ColumnName; 5] = [
    required("name", &["姓名"]),
    required("role", &["角色"]),
    optional("duty", &["值班"]),
    optional("mobile", &["手机"]),
    optional("email", &["邮箱"]),
];
