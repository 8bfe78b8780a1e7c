//! The site file `cuofeng.toml`.
//!
//! In: its text. Out: a [`Config`] whose every value has been checked, or every problem at its place.
//! Can't happen: a secret in the file (only the name of a variable or of a file that holds it); a zone whose clocks
//! change; a route to a channel that is not set up.

mod backup;
mod channel;
mod console;
mod deliver;
mod email;
mod escalation;
mod feeds;
pub mod gateway;
pub mod identity;
mod limit;
mod mode;
mod planning;
pub mod push;
mod schedule;
mod sections;
pub mod smpp;
pub mod sms;
pub mod speaker;
mod speech;
mod tables;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::fault;
use crate::file::Access;
use crate::fire::Place;
use crate::forecast::Variable;
use crate::msg;
use crate::problem::{Problem, is_identifier, of_toml};
use crate::roster::Own;
use crate::text::{Lang, Message};
use crate::time::Zone;
pub use backup::BackupConfig;
pub use channel::ChannelName;
use channel::Channels;
pub use console::{ConsoleConfig, Doors};
pub use email::{Bounces, DkimSetting, EmailConfig, MailServer, Mailbox, Security};
pub use escalation::Policy;
pub use feeds::{BulletinPlace, FeedConfig, Source};
pub use identity::Identity;
pub use limit::{Limit, Window};
pub use mode::Mode;
pub use planning::{Ceiling, Limited, Planning};
pub use schedule::{Job, Missed, Plan, Schedule};
use sections::{RegionSection, SiteFile};
pub use speech::{SpeechConfig, Terms, Voice};

/// The site file's name inside the site folder.
pub const FILE: &str = "cuofeng.toml";

/// A checked site file.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which site this is; none where no version that knows of it has worked on it.
    pub identity: Option<Identity>,
    /// Who speaks: the office's name, as it stands at the head of every notice.
    pub name: String,
    /// Whom to call: the office's telephone, as printed in every notice.
    pub phone: String,
    /// Language of notices and of the command line, unless the call says otherwise.
    pub language: Lang,
    /// The site's zone.
    pub zone: Zone,
    /// The pollutants without which the AQI is not known: all six unless the site does without some.
    pub index_needs: Vec<Variable>,
    /// Regions with a forecast of their own.
    pub regions: Vec<Region>,
    /// Where forecasts come from, in order of preference.
    pub feeds: Vec<FeedConfig>,
    /// What is done where no answer comes.
    pub escalation: Policy,
    /// How villages' texts are read and played.
    pub speech: SpeechConfig,
    /// Set up only where the file has `[channel.email]`.
    pub email: Option<EmailConfig>,
    /// Set up only where the file has `[channel.aliyun]`.
    pub aliyun: Option<sms::ProviderConfig>,
    /// Set up only where the file has `[channel.tencent]`.
    pub tencent: Option<sms::ProviderConfig>,
    /// Set up only where the file has `[channel.sms_http]`.
    pub sms_http: Option<gateway::GatewayConfig>,
    /// Set up only where the file has `[channel.smpp]`.
    pub smpp: Option<smpp::SmppConfig>,
    /// Set up only where the file has `[channel.mqtt]`.
    pub mqtt: Option<speaker::MqttConfig>,
    /// Set up only where the file has `[channel.speaker_http]`.
    pub speaker_http: Option<gateway::GatewayConfig>,
    /// Set up only where the file has `[channel.speaker_file]`.
    pub speaker_file: Option<speaker::DropConfig>,
    /// Folder of the folder channel, relative to the site.
    pub folder: String,
    /// Who may read what is written there.
    pub access: Access,
    /// Which channel carries which form.
    pub routes: BTreeMap<Form, ChannelName>,
    /// Further channels of a form, tried one after another where one fails or is late.
    pub spares: BTreeMap<Form, Vec<ChannelName>>,
    /// Minutes after which a letter that has not arrived goes on by the next way, 5–1440.
    pub next_after_minutes: u32,
    /// The mode that a new site begins in; from then on the database owns it.
    pub mode: Mode,
    /// Addresses and mobiles that an exercise may reach.
    pub exercise_to: Vec<String>,
    /// The pages, where the site has any.
    pub console: Option<ConsoleConfig>,
    /// When the service does what.
    pub schedule: Schedule,
    /// What becomes of backups.
    pub backup: BackupConfig,
    /// Days for which every run is kept, 0–36 500; of older days the first run of each feed is.
    pub full_days: u32,
    /// Days from which the bias of a forecast is worked out; none where it is not corrected.
    pub bias_days: Option<u16>,
    /// How hours are planned.
    pub planning: Planning,
    /// What the site calls the columns of its tables.
    pub tables: Own,
}

/// The form a notice takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A letter.
    #[serde(alias = "邮件", alias = "电子邮件")]
    Email,
    /// A short message.
    #[serde(alias = "短信")]
    Sms,
    /// A text to be read aloud.
    #[serde(alias = "广播", alias = "喊话")]
    Speech,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Speech];

    /// The name in files and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Speech => "speech",
        }
    }

    /// The form with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    /// The form in a table or sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        match self {
            Self::Email => Message::new("form.email"),
            Self::Sms => Message::new("form.sms"),
            Self::Speech => Message::new("form.speech"),
        }
    }
}

/// A region with a forecast of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Identifier, as feeds and the database use it.
    pub id: String,
    /// Name, as notices print it.
    pub name: String,
    /// Where it is, for feeds that ask by place.
    pub place: Option<Place>,
    /// The city it belongs to, for feeds that ask by city.
    pub city: Option<String>,
}

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file, relative to the site; its last line break is cut.
    File(String),
}

impl Config {
    /// What one part of a short message costs on the way it takes.
    #[must_use]
    pub fn sms_price(&self) -> Option<sms::Price> {
        match self.routes.get(&Form::Sms)? {
            ChannelName::Aliyun => self.aliyun.as_ref()?.price,
            ChannelName::Tencent => self.tencent.as_ref()?.price,
            ChannelName::SmsHttp => self.sms_http.as_ref()?.price,
            ChannelName::Smpp => self.smpp.as_ref()?.price,
            _ => None,
        }
    }

    /// Where devices fetch audio, if they can.
    #[must_use]
    pub fn audio_address(&self) -> Option<&str> {
        self.speech.audio_address.as_deref().filter(|_| self.console.is_some()).or_else(|| self.address())
    }

    /// The channel that a form takes first.
    #[must_use]
    pub fn routed(&self, form: Form) -> ChannelName {
        self.routes.get(&form).copied().unwrap_or(ChannelName::Folder)
    }

    /// The address for links in notices, if recipients can reach one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.console.as_ref()?.address.as_deref()
    }

    /// Reads and checks a site file.
    ///
    /// # Errors
    /// Every problem found, each at its place in the text.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        let text: Arc<str> = source.into();
        let file: SiteFile = toml::from_str(source).map_err(|error| vec![of_toml(FILE, &text, &error)])?;
        let mut reader = Reader { text, lang: file.site.language, problems: Vec::new() };
        let config = reader.config(file);
        if reader.problems.is_empty() { config.ok_or(reader.problems) } else { Err(reader.problems) }
    }
}

struct Reader {
    text: Arc<str>,
    lang: Lang,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, range: Range<usize>, what: Message, advice: Message) {
        self.problems.push(Problem::span(FILE, &self.text, range, what, advice));
    }

    fn config(&mut self, mut file: SiteFile) -> Option<Config> {
        for text in [&file.site.name, &file.site.phone] {
            if text.get_ref().trim().is_empty() {
                self.problem(text.span(), msg!("config.empty"), msg!("config.empty_advice"));
            }
        }
        let identity = file.identity.and_then(|text| {
            let identity = Identity::parse(text.get_ref());
            if identity.is_none() {
                self.problem(text.span(), msg!("identity.odd"), msg!("identity.odd_advice"));
            }
            identity
        });
        let zone = match Zone::named(file.site.timezone.get_ref()) {
            Ok(zone) => Some(zone),
            Err(error) => {
                self.problem(file.site.timezone.span(), error.message(), msg!("time.zone_advice"));
                None
            }
        };
        let index_needs = self.index_needs(file.site.index_needs);
        let full_days = self.number(file.forecast.full_days, 90, 0..=36_500);
        let bias_days = file.forecast.bias_days.map(|days| {
            if !(5..=60).contains(days.get_ref()) {
                self.problem(days.span(), msg!("config.bias_days"), msg!("config.bias_days_advice"));
            }
            days.into_inner()
        });
        let escalation = self.escalation(file.escalation);
        let speech = self.speech(file.speech);
        let schedule = self.schedule(file.schedule);
        let backup = self.backup(file.backup);
        let console = file.console.and_then(|section| self.console(section));
        let regions = self.regions(file.region);
        let feeds = self.feeds(file.feed, &regions);
        let planning = self.planning(file.plan, &regions);
        let tables = self.tables(file.tables);
        let (path, mode) = file.channel.folder.take().map_or((None, None), |section| (section.path, section.mode));
        let folder = path.map_or_else(|| "out".to_owned(), |path| self.inside(path));
        let access = self.access(mode, Access::Own);
        let channels = self.channels(file.channel, &speech, console.as_ref());
        let (routes, spares) = self.ways(file.deliver, &channels);
        let Channels { email, aliyun, tencent, sms_http, smpp, mqtt, speaker_http, speaker_file } = channels;
        let next_after_minutes = self.number(file.next_way.after_minutes, 30, 5..=1440);
        Some(Config {
            identity,
            name: file.site.name.into_inner(),
            phone: file.site.phone.into_inner(),
            language: file.site.language,
            zone: zone?,
            index_needs,
            regions,
            feeds,
            escalation,
            speech,
            email,
            aliyun,
            tencent,
            sms_http,
            smpp,
            mqtt,
            speaker_http,
            speaker_file,
            folder,
            access,
            routes,
            spares,
            next_after_minutes,
            mode: file.site.mode,
            exercise_to: file.exercise.to,
            console,
            schedule: schedule?,
            backup,
            full_days,
            bias_days,
            planning,
            tables,
        })
    }

    /// The pollutants that the AQI needs, each by its name here or as people write it.
    fn index_needs(&mut self, written: Option<Spanned<Vec<String>>>) -> Vec<Variable> {
        let Some(written) = written else { return Variable::AIR.to_vec() };
        let plain = |text: &str| text.to_lowercase().replace(['.', '_', ' '], "");
        let known = |name: &String| {
            let is = |words: &str| words.trim_end_matches('）').split('（').any(|half| plain(half) == plain(name));
            Variable::AIR.into_iter().find(|v| v.name() == plain(name) || is(v.words(Lang::Zh)))
        };
        let mut found: Vec<Variable> = written.get_ref().iter().filter_map(known).collect();
        let all_known = found.len() == written.get_ref().len();
        found.sort_unstable();
        found.dedup();
        if found.is_empty() || !all_known {
            let advice = msg!("config.index_needs_advice", known = Variable::AIR.map(Variable::name).join(", "));
            self.problem(written.span(), msg!("config.index_needs"), advice);
        }
        found
    }

    /// Whether others can open an address as it is written.
    fn open_address(&mut self, address: &Spanned<String>) -> bool {
        let plain = |rest: &str| !rest.is_empty() && !rest.contains(['?', '#', ' ', '@']) && rest.is_ascii();
        let text = address.get_ref().trim_end_matches('/');
        let opens = ["https://", "http://"].iter().any(|scheme| text.strip_prefix(scheme).is_some_and(plain));
        if !opens {
            self.problem(address.span(), msg!("config.console"), msg!("config.console_advice"));
        }
        opens
    }

    fn cron(&mut self, line: &Spanned<String>) -> Option<croner::Cron> {
        match cron(line.get_ref()) {
            Ok(cron) => Some(cron),
            Err(error) => {
                self.problem(line.span(), error, msg!("config.cron_advice"));
                None
            }
        }
    }

    fn regions(&mut self, list: Vec<RegionSection>) -> Vec<Region> {
        let mut out: Vec<Region> = Vec::new();
        for region in list {
            let span = region.id.span();
            let id = region.id.into_inner();
            if !is_identifier(&id) {
                self.problem(span, msg!("config.identifier", value = &id), msg!("config.identifier_advice"));
                continue;
            }
            if out.iter().any(|r| r.id == id) {
                self.problem(span, msg!("config.twice", value = &id), msg!("config.twice_advice"));
                continue;
            }
            let place = match (region.latitude, region.longitude) {
                (Some(latitude), Some(longitude)) => {
                    let place = place(*latitude.get_ref(), *longitude.get_ref());
                    if place.is_none() {
                        self.problem(latitude.span(), msg!("config.place"), msg!("config.place_advice"));
                    }
                    place
                }
                (None, None) => None,
                _ => {
                    self.problem(span, msg!("config.place_half"), msg!("config.place_advice"));
                    None
                }
            };
            out.push(Region { id, name: region.name, place, city: region.city });
        }
        out
    }

    fn limits(&mut self, written: Vec<Spanned<String>>) -> Vec<Limit> {
        let mut limits = Vec::new();
        for text in written {
            let Some(limit) = Limit::parse(text.get_ref()) else {
                let what = msg!("config.limit", value = text.get_ref());
                self.problem(text.span(), what, msg!("config.limit_advice"));
                continue;
            };
            limits.push(limit);
        }
        limits
    }

    /// Who may read the files of a folder, by the mode that they get.
    fn access(&mut self, mode: Option<Spanned<String>>, usual: Access) -> Access {
        let Some(mode) = mode else { return usual };
        let found = Access::parse(mode.get_ref());
        if found.is_none() {
            let what = msg!("config.mode_bits", value = mode.get_ref());
            self.problem(mode.span(), what, msg!("config.mode_bits_advice"));
        }
        found.unwrap_or(usual)
    }

    fn inside(&mut self, path: Spanned<String>) -> String {
        let relative = std::path::Path::new(path.get_ref())
            .components()
            .all(|c| matches!(c, std::path::Component::Normal(_) | std::path::Component::CurDir));
        if !relative || path.get_ref().is_empty() {
            self.problem(path.span(), msg!("config.path"), msg!("config.path_advice"));
        }
        path.into_inner()
    }
}

/// The place at degrees as written, to the millionth.
fn place(latitude: f64, longitude: f64) -> Option<Place> {
    let millionths = |degrees: f64| {
        let scaled = (degrees * 1e6).round();
        #[expect(clippy::cast_possible_truncation)]
        let whole = scaled as i32;
        (scaled.abs() <= 180e6).then_some(whole)
    };
    Place::new(millionths(latitude)?, millionths(longitude)?)
}

/// Reads a cron line of five fields (six with seconds in front).
///
/// # Errors
/// What is wrong with it.
pub fn cron(line: &str) -> Result<croner::Cron, Message> {
    let parser =
        croner::parser::CronParser::builder().seconds(croner::parser::Seconds::Optional).dom_and_dow(true).build();
    let reads = |line: &str| parser.parse(line).is_ok();
    parser.parse(line).map_err(|error| fault::cron(line, &error.to_string(), &reads))
}
