//! The columns of enterprises, villages, staff, duty and departments.

use super::{Choice, Column, may, must};

/// Names under which a mobile often stands, and as often a landline.
const PHONE: &[&str] = &["联系电话", "电话", "电话号码", "联系方式"];

pub(super) const ENTERPRISES: [Column; 15] = [
    must("id", &["编号", "企业编号"], "columns.enterprise_id")
        .or(&["统一社会信用代码", "社会信用代码", "信用代码"])
        .like("E001", "E001")
        .text(),
    must("name", &["名称", "企业名称", "单位名称", "公司名称"], "columns.enterprise_name")
        .or(&["企业", "单位"])
        .like("某某汽车维修店", "Example Car Painting"),
    must("sector", &["行业", "行业类别", "行业类型", "所属行业"], "columns.sector")
        .like("汽车喷漆", "auto_paint")
        .one_of(Choice::Sector),
    must("village", &["村", "村代码", "所在村", "所属村", "村居", "行政村"], "columns.village")
        .like("某某村", "Example Village"),
    may("grade", &["绩效等级", "等级", "绩效分级"], "columns.grade").one_of(Choice::Grade),
    may("contact", &["联系人", "企业联系人", "联系人姓名"], "columns.contact")
        .or(&["负责人", "环保负责人"])
        .like("张某某", "Zhang Moumou"),
    may("mobile", &["手机", "联系手机", "手机号", "手机号码", "联系人手机", "移动电话"], "columns.mobile")
        .or(PHONE)
        .like("10000009901", "10000009901")
        .text(),
    may("email", &["邮箱", "电子邮箱", "电子邮件", "邮件"], "columns.email")
        .like("zhang@example.com", "zhang@example.com"),
    may("backup_contact", &["备用联系人"], "columns.backup_contact").like("李某某", "Li Moumou"),
    may("backup_mobile", &["备用手机", "备用联系人手机", "备用手机号"], "columns.backup_mobile")
        .or(&["备用电话"])
        .like("10000009902", "10000009902")
        .text(),
    may("backup_email", &["备用邮箱"], "columns.backup_email"),
    may("route", &["联系次序"], "columns.route").like("短信>邮件>备用短信", "sms>email>backup_sms"),
    may("exemption", &["豁免", "豁免类型"], "columns.exemption"),
    may("exemption_reason", &["豁免理由"], "columns.exemption_reason"),
    may("tags", &["标签"], "columns.tags"),
];

pub(super) const VILLAGES: [Column; 11] = [
    must("code", &["代码", "村代码", "统计用区划代码", "区划代码"], "columns.village_code")
        .like("990000000201", "990000000201")
        .text(),
    must("name", &["名称", "村名", "村名称", "村", "村居"], "columns.village_name").like("某某村", "Example Village"),
    may("cadre", &["村干部", "村干部姓名"], "columns.cadre").or(&["村负责人", "村主任"]).like("王某某", "Wang Moumou"),
    may("cadre_mobile", &["村干部手机", "村干部手机号", "村干部电话"], "columns.cadre_mobile")
        .or(PHONE)
        .like("10000009903", "10000009903")
        .text(),
    may("grid_worker", &["网格员", "网格员姓名"], "columns.grid_worker").like("赵某某", "Zhao Moumou"),
    may("grid_mobile", &["网格员手机", "网格员手机号", "网格员电话"], "columns.grid_mobile")
        .like("10000009904", "10000009904")
        .text(),
    may("loudspeaker", &["大喇叭", "大喇叭地址", "广播地址"], "columns.loudspeaker").like("有", "yes"),
    may("play_hours", &["播放时段"], "columns.play_hours").text().like("07-12;14-20", "07-12;14-20"),
    may("latitude", &["纬度"], "columns.latitude").like("29.563", "29.563"),
    may("longitude", &["经度"], "columns.longitude").like("106.5516", "106.5516"),
    may("tags", &["标签"], "columns.tags"),
];

pub(super) const STAFF: [Column; 5] = [
    must("name", &["姓名"], "columns.staff_name").or(&["名称", "人员"]).like("陈某某", "Chen Moumou"),
    must("role", &["角色", "权限"], "columns.role").like("管理员", "admin").one_of(Choice::Role),
    may("duty", &["值班", "是否值班"], "columns.on_duty").like("是", "yes").one_of(Choice::YesNo),
    may("mobile", &["手机", "手机号", "手机号码", "移动电话"], "columns.mobile")
        .or(PHONE)
        .like("10000009905", "10000009905")
        .text(),
    may("email", &["邮箱", "电子邮箱", "电子邮件"], "columns.email").like("chen@example.com", "chen@example.com"),
];

pub(super) const DUTY: [Column; 4] = [
    must("from", &["开始", "起", "开始时间", "开始日期"], "columns.duty_from")
        .or(&["日期", "值班日期"])
        .like("2026-10-01 20:00", "2026-10-01 20:00")
        .text(),
    must("to", &["结束", "止", "结束时间", "结束日期"], "columns.duty_to")
        .like("2026-10-02 08:00", "2026-10-02 08:00")
        .text(),
    must("name", &["值班人", "姓名", "值班人员"], "columns.duty_name").like("陈某某", "Chen Moumou"),
    may("deputy", &["代班人", "副班", "替班人"], "columns.deputy"),
];

pub(super) const DEPARTMENTS: [Column; 4] = [
    must("name", &["名称", "单位", "单位名称", "部门"], "columns.department_name")
        .like("某某站所", "Example Department"),
    may("subjects", &["事项", "抄送事项"], "columns.subjects").like("臭氧；秸秆", "ozone; straw"),
    may("mobile", &["手机", "手机号", "手机号码"], "columns.mobile")
        .or(PHONE)
        .like("10000009906", "10000009906")
        .text(),
    may("email", &["邮箱", "电子邮箱", "电子邮件"], "columns.email").like("suo@example.com", "suo@example.com"),
];
