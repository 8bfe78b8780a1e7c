//! A message as XML.
//!
//! In: a [`Message`]. Out: UTF-8 in the order that the schema fixes (OASIS CAP 1.2, 3.4).
//! Can't happen: an element out of its order; a time in another form than `2026-07-14T08:00:00+08:00`.

use std::io;

use chrono::{DateTime, FixedOffset};

use super::xml::Xml;
use super::{Area, Info, Message, NAMESPACE, NamedValue, Word, moment};

/// Writes a message. The only error is the writer's own, which writes to memory.
pub fn write(message: &Message) -> io::Result<String> {
    let mut xml = Xml::new()?;
    xml.open("alert", &[("xmlns", NAMESPACE)])?;
    xml.text("identifier", message.identifier.as_str())?;
    xml.text("sender", message.sender.as_str())?;
    xml.text("sent", &moment::written(message.sent))?;
    xml.text("status", message.status.word())?;
    xml.text("msgType", message.msg_type.word())?;
    xml.text("scope", message.scope.word())?;
    xml.optional("restriction", message.restriction.as_deref())?;
    xml.optional("addresses", listed(&message.addresses).as_deref())?;
    for code in &message.codes {
        xml.text("code", code)?;
    }
    xml.optional("note", message.note.as_deref())?;
    if !message.references.is_empty() {
        let references: Vec<String> = message.references.iter().map(ToString::to_string).collect();
        xml.text("references", &references.join(" "))?;
    }
    xml.optional("incidents", listed(&message.incidents).as_deref())?;
    for info in &message.infos {
        write_info(&mut xml, info)?;
    }
    xml.close("alert")?;
    xml.finish()
}

fn write_info(xml: &mut Xml, info: &Info) -> io::Result<()> {
    xml.open("info", &[])?;
    xml.text("language", &info.language)?;
    for category in &info.categories {
        xml.text("category", category.word())?;
    }
    xml.text("event", &info.event)?;
    for response in &info.response_types {
        xml.text("responseType", response.word())?;
    }
    xml.text("urgency", info.urgency.word())?;
    xml.text("severity", info.severity.word())?;
    xml.text("certainty", info.certainty.word())?;
    xml.optional("audience", info.audience.as_deref())?;
    write_values(xml, "eventCode", &info.event_codes)?;
    write_time(xml, "effective", info.effective)?;
    write_time(xml, "onset", info.onset)?;
    write_time(xml, "expires", info.expires)?;
    xml.optional("senderName", info.sender_name.as_deref())?;
    xml.optional("headline", info.headline.as_deref())?;
    xml.optional("description", info.description.as_deref())?;
    xml.optional("instruction", info.instruction.as_deref())?;
    xml.optional("web", info.web.as_deref())?;
    xml.optional("contact", info.contact.as_deref())?;
    write_values(xml, "parameter", &info.parameters)?;
    for area in &info.areas {
        write_area(xml, area)?;
    }
    xml.close("info")
}

fn write_area(xml: &mut Xml, area: &Area) -> io::Result<()> {
    xml.open("area", &[])?;
    xml.text("areaDesc", &area.desc)?;
    for polygon in &area.polygons {
        xml.text("polygon", polygon)?;
    }
    for circle in &area.circles {
        xml.text("circle", circle)?;
    }
    write_values(xml, "geocode", &area.geocodes)?;
    xml.close("area")
}

fn write_time(xml: &mut Xml, name: &str, time: Option<DateTime<FixedOffset>>) -> io::Result<()> {
    xml.optional(name, time.map(moment::written).as_deref())
}

fn write_values(xml: &mut Xml, name: &str, values: &[NamedValue]) -> io::Result<()> {
    for value in values {
        xml.open(name, &[])?;
        xml.text("valueName", &value.name)?;
        xml.text("value", &value.value)?;
        xml.close(name)?;
    }
    Ok(())
}

/// A list as `addresses` and `incidents` write it: spaces between, quotation marks round what has a space itself.
fn listed(items: &[String]) -> Option<String> {
    let item = |item: &String| {
        let item = item.replace('"', "");
        if item.is_empty() || item.contains(char::is_whitespace) { format!("\"{item}\"") } else { item }
    };
    (!items.is_empty()).then(|| items.iter().map(item).collect::<Vec<_>>().join(" "))
}
