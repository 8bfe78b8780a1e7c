//! The site file `cuofeng.toml`.
//!
//! In: its text. Out: a [`Config`] whose every value has been checked, or every problem at its place.
//! Can't happen: a secret in the file (only the name of a variable or of a file that holds it); a zone whose clocks
//! change; a route to a channel that is not set up.

mod backup;
mod console;
mod schedule;
mod sections;
mod tables;

use toml::Spanned;

pub use self::backup::BackupConfig;
pub use self::console::{ConsoleConfig, Doors};
pub use self::schedule::{Job, Missed, Plan, Schedule};
use self::sections::{RegionSection, SiteFile};
use cuofeng_air::fire::Place;
use cuofeng_air::forecast::Variable;
use cuofeng_air::region::Region;
use cuofeng_base::fault;
use cuofeng_base::file::Access;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, is_identifier, of_toml};
use cuofeng_base::setting::{FILE, SiteText};
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Zone;
use cuofeng_base::word::{ChannelName, Form, Identity, Mode, Routes};
use cuofeng_channel::link;
use cuofeng_channel::setting::{Channels, EmailConfig, SpeechConfig, gateway, smpp, sms, speaker, speech};
use cuofeng_feed::setting as feeds;
use cuofeng_feed::setting::FeedConfig;
use cuofeng_plan::{Planning, planning};
use cuofeng_rules::escalation::{Policy, policy};
use cuofeng_town::roster::Own;

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
    /// Accounts with vendors of short messages, in the order of the vendors.
    pub providers: Vec<sms::ProviderConfig>,
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
    /// Which channels carry which form.
    pub routes: Routes,
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

impl Config {
    /// What one part of a short message costs on the way it takes.
    #[must_use]
    pub fn sms_price(&self) -> Option<sms::Price> {
        match self.routes.first(Form::Sms) {
            ChannelName::SmsHttp => self.sms_http.as_ref()?.price,
            ChannelName::Smpp => self.smpp.as_ref()?.price,
            name => self.provider(name)?.price,
        }
    }

    /// The account with the vendor behind a channel; none where the site has none, or no vendor stands behind it.
    #[must_use]
    pub fn provider(&self, name: ChannelName) -> Option<&sms::ProviderConfig> {
        self.providers.iter().find(|provider| provider.vendor.name == name)
    }

    /// Where devices fetch audio, if they can.
    #[must_use]
    pub fn audio_address(&self) -> Option<&str> {
        self.speech.audio_address.as_deref().filter(|_| self.console.is_some()).or_else(|| self.address())
    }

    /// The address for links in notices, if recipients can reach one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.console.as_ref()?.address.as_deref()
    }

    /// What stands before a letter's own code in the address of its page; empty where recipients can reach none.
    #[must_use]
    pub fn link(&self) -> String {
        self.address().map_or_else(String::new, |address| format!("{address}{}", link::PATH))
    }

    /// Reads and checks a site file.
    ///
    /// # Errors
    /// Every problem found, each at its place in the text.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        let text = source.into();
        let file: SiteFile = toml::from_str(source).map_err(|error| vec![of_toml(FILE, &text, &error)])?;
        let mut site = SiteText { text, lang: file.site.language, problems: Vec::new() };
        let config = config(&mut site, file);
        if site.problems.is_empty() { config.ok_or(site.problems) } else { Err(site.problems) }
    }
}

fn config(site: &mut SiteText, mut file: SiteFile) -> Option<Config> {
    for text in [&file.site.name, &file.site.phone] {
        if text.get_ref().trim().is_empty() {
            site.problem(text.span(), msg!("config.empty"), msg!("config.empty_advice"));
        }
    }
    let identity = file.identity.and_then(|text| {
        let identity = Identity::parse(text.get_ref());
        if identity.is_none() {
            site.problem(text.span(), msg!("identity.odd"), msg!("identity.odd_advice"));
        }
        identity
    });
    let zone = match Zone::named(file.site.timezone.get_ref()) {
        Ok(zone) => Some(zone),
        Err(error) => {
            site.problem(file.site.timezone.span(), error.message(), msg!("time.zone_advice"));
            None
        }
    };
    let index_needs = index_needs(site, file.site.index_needs);
    let full_days = site.number(file.forecast.full_days, 90, 0..=36_500);
    let bias_days = file.forecast.bias_days.map(|days| {
        if !(5..=60).contains(days.get_ref()) {
            site.problem(days.span(), msg!("config.bias_days"), msg!("config.bias_days_advice"));
        }
        days.into_inner()
    });
    let escalation = policy::read(site, file.escalation);
    let speech = speech::read(site, file.speech);
    let schedule = schedule::read(site, file.schedule);
    let backup = backup::read(site, file.backup);
    let console = file.console.and_then(|section| console::read(site, section));
    let regions = regions(site, file.region);
    let feeds = feeds::read(site, file.feed, &regions);
    let planning = planning::read(site, file.plan, &regions);
    let tables = tables::read(site, file.tables);
    let (path, mode) = file.channel.folder.take().map_or((None, None), |section| (section.path, section.mode));
    let folder = path.map_or_else(|| "out".to_owned(), |path| site.inside(path));
    let access = site.access(mode, Access::Own);
    let fetched =
        speech.audio_address.is_some() && console.is_some() || console.as_ref().is_some_and(|c| c.address.is_some());
    let channels = Channels::read(site, file.channel, speech.voice.is_some() && fetched);
    let routes = channels.ways(site, file.deliver);
    let Channels { email, providers, sms_http, smpp, mqtt, speaker_http, speaker_file } = channels;
    let next_after_minutes = site.number(file.next_way.after_minutes, 30, 5..=1440);
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
        providers,
        sms_http,
        smpp,
        mqtt,
        speaker_http,
        speaker_file,
        folder,
        access,
        routes,
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
fn index_needs(site: &mut SiteText, written: Option<Spanned<Vec<String>>>) -> Vec<Variable> {
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
        site.problem(written.span(), msg!("config.index_needs"), advice);
    }
    found
}

fn regions(site: &mut SiteText, list: Vec<RegionSection>) -> Vec<Region> {
    let mut out: Vec<Region> = Vec::new();
    for region in list {
        let span = region.id.span();
        let id = region.id.into_inner();
        if !is_identifier(&id) {
            site.problem(span, msg!("config.identifier", value = &id), msg!("config.identifier_advice"));
            continue;
        }
        if out.iter().any(|r| r.id == id) {
            site.problem(span, msg!("config.twice", value = &id), msg!("config.twice_advice"));
            continue;
        }
        let place = match (region.latitude, region.longitude) {
            (Some(latitude), Some(longitude)) => {
                let place = place(*latitude.get_ref(), *longitude.get_ref());
                if place.is_none() {
                    site.problem(latitude.span(), msg!("config.place"), msg!("config.place_advice"));
                }
                place
            }
            (None, None) => None,
            _ => {
                site.problem(span, msg!("config.place_half"), msg!("config.place_advice"));
                None
            }
        };
        out.push(Region { id, name: region.name, place, city: region.city });
    }
    out
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
