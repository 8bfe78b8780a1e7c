//! The words that signs, units and letters are read with.

/// Names and terms that have a reading of their own, longest first among those that begin alike. Capital and small
/// letters count as the same where `true`.
pub(super) const TERMS: [(&str, &str, bool); 34] = [
    ("PM2.5", "细颗粒物", true),
    ("PM10", "可吸入颗粒物", true),
    ("O3-8h", "臭氧八小时", true),
    ("O3", "臭氧", true),
    ("O₃", "臭氧", true),
    ("SO2", "二氧化硫", true),
    ("SO₂", "二氧化硫", true),
    ("NO2", "二氧化氮", true),
    ("NO₂", "二氧化氮", true),
    ("CO2", "二氧化碳", true),
    ("CO₂", "二氧化碳", true),
    ("NH3", "氨", true),
    ("NOx", "氮氧化物", true),
    ("NMHC", "非甲烷总烃", false),
    ("VOCs", "挥发性有机物", true),
    ("VOC", "挥发性有机物", true),
    ("CO", "一氧化碳", false),
    ("AQI", "空气质量指数", true),
    ("GDP", "生产总值", false),
    ("WiFi", "无线网络", true),
    ("App", "手机应用", true),
    ("pH值", "酸碱度", false),
    ("pH", "酸碱度", false),
    ("Ⅰ", "一", false),
    ("Ⅱ", "二", false),
    ("Ⅲ", "三", false),
    ("Ⅳ", "四", false),
    ("Ⅴ", "五", false),
    ("Ⅵ", "六", false),
    ("½", "二分之一", false),
    ("①", "一，", false),
    ("②", "二，", false),
    ("③", "三，", false),
    ("④", "四，", false),
];

/// Units by their signs; the longer of two that begin alike comes first.
pub(super) const UNITS: [(&str, &str); 64] = [
    ("微克/立方米", "微克每立方米"),
    ("毫克/立方米", "毫克每立方米"),
    ("立方米/小时", "立方米每小时"),
    ("立方米/时", "立方米每小时"),
    ("公里/小时", "公里每小时"),
    ("千克/小时", "千克每小时"),
    ("吨/小时", "吨每小时"),
    ("米/秒", "米每秒"),
    ("吨/天", "吨每天"),
    ("吨/年", "吨每年"),
    ("μg/m³", "微克每立方米"),
    ("μg/m3", "微克每立方米"),
    ("µg/m³", "微克每立方米"),
    ("µg/m3", "微克每立方米"),
    ("ug/m³", "微克每立方米"),
    ("ug/m3", "微克每立方米"),
    ("mg/m³", "毫克每立方米"),
    ("mg/m3", "毫克每立方米"),
    ("mg/L", "毫克每升"),
    ("m³/h", "立方米每小时"),
    ("m3/h", "立方米每小时"),
    ("km/h", "公里每小时"),
    ("kg/h", "千克每小时"),
    ("t/h", "吨每小时"),
    ("t/d", "吨每天"),
    ("t/a", "吨每年"),
    ("m/s", "米每秒"),
    ("kW·h", "千瓦时"),
    ("kWh", "千瓦时"),
    ("kVA", "千伏安"),
    ("kW", "千瓦"),
    ("MW", "兆瓦"),
    ("kV", "千伏"),
    ("hPa", "百帕"),
    ("kPa", "千帕"),
    ("MPa", "兆帕"),
    ("Pa", "帕"),
    ("dB(A)", "分贝"),
    ("dB", "分贝"),
    ("ppm", "百万分之一"),
    ("km²", "平方公里"),
    ("km2", "平方公里"),
    ("km", "公里"),
    ("cm", "厘米"),
    ("mm", "毫米"),
    ("μm", "微米"),
    ("m³", "立方米"),
    ("m3", "立方米"),
    ("m²", "平方米"),
    ("m2", "平方米"),
    ("m", "米"),
    ("mg", "毫克"),
    ("μg", "微克"),
    ("kg", "千克"),
    ("g", "克"),
    ("t", "吨"),
    ("mL", "毫升"),
    ("L", "升"),
    ("min", "分钟"),
    ("h", "小时"),
    ("s", "秒"),
    ("V", "伏"),
    ("㎡", "平方米"),
    ("㎥", "立方米"),
];

/// Signs of degrees, after which a minus means below zero.
pub(super) const CELSIUS: [&str; 3] = ["℃", "°C", "°c"];

/// Letters as Chinese speakers name them; a site may name its own readings of whole words.
pub(super) const LETTERS: [&str; 26] = [
    "诶", "必", "西", "弟", "衣", "艾弗", "记", "艾尺", "爱", "杰", "开", "艾勒", "艾姆", "恩", "欧", "批", "丘", "阿尔",
    "艾斯", "提", "优", "维", "达不溜", "艾克斯", "歪", "贼",
];

/// What two of are 两; 二级, 二号, 二月, 二组 and 二分 are numbered, not counted.
pub(super) const LIANG: [&str; 46] = [
    "个", "次", "户", "家", "人", "名", "台", "辆", "吨", "亩", "天", "周", "遍", "处", "倍", "种", "条", "项", "件",
    "份", "套", "根", "块", "座", "间", "批", "轮", "车", "趟", "元", "米", "位", "村", "小时", "公里", "公斤", "公顷",
    "分钟", "秒", "平方", "立方", "年", "万", "亿", "千", "头",
];

/// Words after which a run of digits is a telephone number.
pub(super) const CALLS: [&str; 17] = [
    "电话", "热线", "拨打", "致电", "手机", "座机", "咨询", "联系", "报警", "匪警", "火警", "急救", "值班室", "请打",
    "号码", "打到", "请拨",
];

/// What is counted or measured, by its first character.
pub(super) const MEASURES: &str =
    "个次户家人名台辆吨亩天周遍处倍种条项件份套根块座间支层批轮车趟元米克升位村小公千万亿分秒年月日时点级号度岁头只平立毫厘微百余多斤";

/// What a number of four digits may stand before and still be a value.
pub(super) const FOLLOWS: &str = "左以至到和及的，。、；）)！？,;";
