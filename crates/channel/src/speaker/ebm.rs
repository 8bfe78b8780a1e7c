//! Messages in the shape of the national emergency broadcast system (应急广播): an `EBD` that holds an `EBM`.
//!
//! In: who sends, one text for one village, the messages that it takes the place of. Out: XML. Can't happen: a message
//! with an identifier of another one; a text without its end.
//!
//! What is established: the elements, their order and the make-up of identifiers, by four platforms' public source code
//! that agree with each other (`EBDVersion` 1, `EBDID` = `10`, the sender's 23 digits and 16 more; `EBMID` = the sender's
//! 23 digits, the day and 4 more; `MsgType` 1 asks for a broadcast and 2 takes one back; times `yyyy-MM-dd HH:mm:ss`
//! without a zone). What is not: the text of the standards (GD/J 079 to 089 of 2018, GY/T since), which could not be
//! read; the values of `TestType`; `SentTime`, which some platforms call `SendTime`; the signature, which takes a card
//! that the county issues. A platform that wants it otherwise must be asked.

use std::io;

use chrono::{DateTime, Utc};

use crate::setting::speaker::DropConfig;
use cuofeng_base::time::Zone;
use cuofeng_cap::xml::Xml;

/// A message's number: of a letter, and which of those that are written for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// The letter.
    pub letter: i64,
    /// How often it was given before.
    pub taken: u32,
    /// 0 for the message itself, then those that take others back.
    pub place: usize,
}

/// What asks for a broadcast.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The village, by its twelve-digit code.
    pub village: &'a str,
    /// The title.
    pub title: &'a str,
    /// The words.
    pub text: &'a str,
    /// From when.
    pub from: DateTime<Utc>,
    /// Before when it must be through.
    pub until: DateTime<Utc>,
    /// Whether it is a drill.
    pub drill: bool,
    /// Name and length of the audio file beside it.
    pub audio: Option<(&'a str, usize)>,
}

/// Who sends, and when.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// What the site file says.
    pub config: &'a DropConfig,
    /// The office's name.
    pub office: &'a str,
    /// The site's zone.
    pub zone: &'a Zone,
    /// The present.
    pub now: DateTime<Utc>,
}

impl Sender<'_> {
    fn time(&self, at: DateTime<Utc>) -> String {
        self.zone.local(at).format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The packet's identifier: the same however often it is written.
    #[must_use]
    pub fn packet(&self, number: Number) -> String {
        let Number { letter, taken, place } = number;
        format!("10{}{letter:012}{:02}{:02}", self.config.sender, taken % 100, place % 100)
    }

    /// A letter's message, or one that is written beside it to take another back. The day is that of its end, which does
    /// not move; of the four digits behind it there are enough for 2500 letters a day.
    #[must_use]
    pub fn message(&self, letter: i64, place: usize, begin_before: DateTime<Utc>) -> String {
        let day = self.zone.local(begin_before).format("%Y%m%d");
        format!("{}{day}{:04}", self.config.sender, letter % 2500 * 4 + i64::try_from(place.min(3)).unwrap_or(3))
    }

    fn begin(&self, number: Number) -> io::Result<Xml> {
        let mut xml = Xml::new()?;
        xml.open("EBD", &[("xmlns:xs", "http://www.w3.org/2001/XMLSchema")])?;
        xml.text("EBDVersion", "1")?;
        xml.text("EBDID", &self.packet(number))?;
        xml.text("EBDType", "EBM")?;
        xml.open("SRC", &[])?;
        xml.text("EBRID", &self.config.sender)?;
        xml.close("SRC")?;
        if let Some(receiver) = &self.config.receiver {
            xml.open("DEST", &[])?;
            xml.text("EBRID", receiver)?;
            xml.close("DEST")?;
        }
        xml.text("EBDTime", &self.time(self.now))?;
        xml.open("EBM", &[])?;
        xml.text("EBMVersion", "1")?;
        Ok(xml)
    }

    fn basics(&self, xml: &mut Xml, kind: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> io::Result<()> {
        xml.open("MsgBasicInfo", &[])?;
        xml.text("MsgType", kind)?;
        xml.text("SenderName", self.office)?;
        xml.text("SenderCode", &self.config.sender_code)?;
        xml.text("SentTime", &self.time(self.now))?;
        xml.text("EventType", &self.config.event)?;
        xml.text("Severity", &self.config.severity.to_string())?;
        xml.text("StartTime", &self.time(from))?;
        xml.text("EndTime", &self.time(until))?;
        xml.close("MsgBasicInfo")
    }

    /// A message that asks for a broadcast.
    pub fn request(&self, number: Number, message: &str, request: &Request<'_>) -> io::Result<String> {
        let mut xml = self.begin(number)?;
        xml.text("EBMID", message)?;
        if request.drill {
            xml.text("TestType", &self.config.test_type)?;
        }
        self.basics(&mut xml, "1", request.from, request.until)?;
        xml.open("MsgContent", &[])?;
        xml.text("LanguageCode", "zho")?;
        xml.text("MsgTitle", request.title)?;
        xml.text("MsgDesc", request.text)?;
        xml.text("AreaCode", request.village)?;
        if let Some((file, length)) = request.audio {
            xml.open("Auxiliary", &[])?;
            // 2: an audio file.
            xml.text("AuxiliaryType", "2")?;
            xml.text("AuxiliaryDesc", file)?;
            xml.text("Size", &length.to_string())?;
            xml.close("Auxiliary")?;
        }
        xml.close("MsgContent")?;
        xml.close("EBM")?;
        xml.close("EBD")?;
        xml.finish()
    }

    /// A message that takes an earlier one back.
    pub fn withdrawal(
        &self,
        number: Number,
        (message, earlier): (&str, &str),
        until: DateTime<Utc>,
    ) -> io::Result<String> {
        let mut xml = self.begin(number)?;
        xml.text("EBMID", message)?;
        xml.open("RelatedEBM", &[])?;
        xml.text("EBMID", earlier)?;
        xml.close("RelatedEBM")?;
        self.basics(&mut xml, "2", self.now, until)?;
        xml.close("EBM")?;
        xml.close("EBD")?;
        xml.finish()
    }
}
