//! The command line's help in the language of the call.
//!
//! In: the commands as declared. Out: the same with every text from the catalogue. Can't happen: an option or command
//! whose help is missing (a test walks all of them).

use std::ffi::OsString;

use cuofeng_base::fault;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};

/// The language named in the arguments, read before they are parsed so that help and errors are in it.
pub(super) fn asked_lang(args: &[OsString]) -> Lang {
    let english = |w: &[OsString]| w[0] == "--lang" && w[1] == "en";
    if args.windows(2).any(english) || args.iter().any(|a| a == "--lang=en") { Lang::En } else { Lang::Zh }
}

/// What a command does; the name of a command inside another is joined to its parent's.
fn about(path: &str) -> Option<Message> {
    Some(match path {
        "cuofeng" => msg!("cli.about"),
        "init" => msg!("cli.init"),
        "check" => msg!("cli.check"),
        "tables" => msg!("cli.tables"),
        "aqi" => msg!("cli.aqi"),
        "demo" => msg!("cli.demo"),
        "once" => msg!("cli.once"),
        "run" => msg!("cli.run"),
        "runs" => msg!("cli.runs"),
        "forecast" => msg!("cli.forecast"),
        "forecast show" => msg!("cli.forecast_show"),
        "forecast runs" => msg!("cli.forecast_runs"),
        "forecast add" => msg!("cli.forecast_add"),
        "forecast withdraw" => msg!("cli.forecast_withdraw"),
        "forecast score" => msg!("cli.forecast_score"),
        "forecast backfill" => msg!("cli.forecast_backfill"),
        "bulletin" => msg!("cli.bulletin"),
        "bulletin list" => msg!("cli.bulletin_list"),
        "bulletin read" => msg!("cli.bulletin_read"),
        "bulletin confirm" => msg!("cli.bulletin_confirm"),
        "bulletin drop" => msg!("cli.bulletin_drop"),
        "order" => msg!("cli.order"),
        "order add" => msg!("cli.order_add"),
        "order lift" => msg!("cli.order_lift"),
        "order relay" => msg!("cli.order_relay"),
        "order list" => msg!("cli.order_list"),
        "warnings" => msg!("cli.warnings"),
        "warnings list" => msg!("cli.warnings_list"),
        "warnings show" => msg!("cli.warnings_show"),
        "warnings approve" => msg!("cli.warnings_approve"),
        "warnings reject" => msg!("cli.warnings_reject"),
        "warnings hold" => msg!("cli.warnings_hold"),
        "warnings wording" => msg!("cli.warnings_wording"),
        "warnings edit" => msg!("cli.warnings_edit"),
        "warnings lift" => msg!("cli.warnings_lift"),
        "warnings cancel" => msg!("cli.warnings_cancel"),
        "warnings again" => msg!("cli.warnings_again"),
        "mode" => msg!("cli.mode"),
        "mode show" => msg!("cli.mode_show"),
        "mode set" => msg!("cli.mode_set"),
        "stop" => msg!("cli.stop"),
        "resume" => msg!("cli.resume"),
        "ack" => msg!("cli.ack"),
        "ack list" => msg!("cli.ack_list"),
        "ack add" => msg!("cli.ack_add"),
        "ack unable" => msg!("cli.ack_unable"),
        "ack grant" => msg!("cli.ack_grant"),
        "ack refuse" => msg!("cli.ack_refuse"),
        "escalation" => msg!("cli.escalation"),
        "escalation list" => msg!("cli.escalation_list"),
        "hand" => msg!("cli.hand"),
        "hand list" => msg!("cli.hand_list"),
        "hand show" => msg!("cli.hand_show"),
        "hand audio" => msg!("cli.hand_audio"),
        "hand sheet" => msg!("cli.hand_sheet"),
        "hand done" => msg!("cli.hand_done"),
        "notices" => msg!("cli.notices"),
        "notices list" => msg!("cli.notices_list"),
        "notices show" => msg!("cli.notices_show"),
        "notices group" => msg!("cli.notices_group"),
        "notices preview" => msg!("cli.notices_preview"),
        "outbox" => msg!("cli.outbox"),
        "outbox list" => msg!("cli.outbox_list"),
        "outbox settle" => msg!("cli.outbox_settle"),
        "outbox resend" => msg!("cli.outbox_resend"),
        "outbox pause" => msg!("cli.outbox_pause"),
        "outbox resume" => msg!("cli.outbox_resume"),
        "cap" => msg!("cli.cap"),
        "cap list" => msg!("cli.cap_list"),
        "cap show" => msg!("cli.cap_show"),
        "cap check" => msg!("cli.cap_check"),
        "cap export" => msg!("cli.cap_export"),
        "reply" => msg!("cli.reply"),
        "reply list" => msg!("cli.reply_list"),
        "reply add" => msg!("cli.reply_add"),
        "reply settle" => msg!("cli.reply_settle"),
        "sms" => msg!("cli.sms"),
        "sms templates" => msg!("cli.sms_templates"),
        "rules" => msg!("cli.rules"),
        "rules check" => msg!("cli.rules_check"),
        "rules fmt" => msg!("cli.rules_fmt"),
        "rules test" => msg!("cli.rules_test"),
        "rules explain" => msg!("cli.rules_explain"),
        "rules replay" => msg!("cli.rules_replay"),
        "rules diff" => msg!("cli.rules_diff"),
        "rules status" => msg!("cli.rules_status"),
        "rules propose" => msg!("cli.rules_propose"),
        "rules accept" => msg!("cli.rules_accept"),
        "rules withdraw" => msg!("cli.rules_withdraw"),
        "rules move" => msg!("cli.rules_move"),
        _ => return about_more(path),
    })
}

/// What the commands about backups, the site's place and plans do.
fn about_more(path: &str) -> Option<Message> {
    Some(match path {
        "backup" => msg!("cli.backup"),
        "backup list" => msg!("cli.backup_list"),
        "backup check" => msg!("cli.backup_check"),
        "restore" => msg!("cli.restore"),
        "site" => msg!("cli.of_site"),
        "site show" => msg!("cli.site_show"),
        "site moved" => msg!("cli.site_moved"),
        "site copied" => msg!("cli.site_copied"),
        "plan" => msg!("cli.plan"),
        "plan solve" => msg!("cli.plan_solve"),
        "plan show" => msg!("cli.plan_show"),
        "plan compare" => msg!("cli.plan_compare"),
        "plan explain" => msg!("cli.plan_explain"),
        "plan ics" => msg!("cli.plan_ics"),
        "plan openadr" => msg!("cli.plan_openadr"),
        "plan pin" => msg!("cli.plan_pin"),
        "plan cannot" => msg!("cli.plan_cannot"),
        "plan release" => msg!("cli.plan_release"),
        _ => return None,
    })
}

/// What an argument of `plan` means.
fn planning(path: &str, argument: &str) -> Option<Message> {
    Some(match (path, argument) {
        ("plan compare", "first") => msg!("cli.plan_first"),
        ("plan compare", "second") => msg!("cli.plan_second"),
        ("plan show" | "plan compare" | "plan explain" | "plan ics" | "plan openadr", "warning") => {
            msg!("cli.plan_warning")
        }
        ("plan openadr", "program") => msg!("cli.plan_program"),
        ("plan show", "svg") => msg!("cli.plan_svg"),
        ("plan show", "csv") => msg!("cli.plan_csv"),
        ("plan show", "xlsx") => msg!("cli.plan_xlsx"),
        ("plan explain" | "plan ics", "enterprise") => msg!("cli.plan_enterprise"),
        ("plan pin" | "plan cannot" | "plan release", "process") => msg!("cli.plan_process"),
        ("plan pin", "from") => msg!("cli.plan_from"),
        ("plan pin", "to") => msg!("cli.plan_to"),
        ("plan pin", "off") => msg!("cli.plan_off"),
        ("plan pin" | "plan cannot", "reason") => msg!("cli.plan_reason"),
        ("plan solve", "instance") => msg!("cli.plan_instance"),
        ("plan solve", "out") => msg!("cli.plan_out"),
        ("plan solve", "threads") => msg!("cli.plan_threads"),
        ("plan solve", "strict") => msg!("cli.plan_strict"),
        ("plan solve", "effort") => msg!("cli.plan_effort"),
        _ => return None,
    })
}

/// What an argument means of the commands about answers and about words passed on by hand.
fn help_of_answers(path: &str, argument: &str) -> Option<Message> {
    Some(match (path, argument) {
        ("ack grant" | "ack refuse", "answer") => msg!("cli.ack_answer"),
        ("ack grant", "processes") => msg!("cli.ack_processes"),
        ("ack add", "notice") => msg!("cli.ack_notice"),
        ("ack add", "said") => msg!("cli.ack_said"),
        ("ack add", "reason") => msg!("cli.ack_reason"),
        ("escalation list", "csv") => msg!("cli.escalation_csv"),
        ("hand list", "all") => msg!("cli.hand_all"),
        ("hand show" | "hand audio", "letter") | ("hand done", "letters") => msg!("cli.hand_letter"),
        ("hand sheet", "letters") => msg!("cli.hand_letters"),
        ("hand sheet" | "hand audio", "to") => msg!("cli.hand_to"),
        ("hand done", "how") => msg!("cli.hand_how"),
        ("hand done", "at") => msg!("cli.hand_at"),
        ("hand done", "note") => msg!("cli.hand_note"),
        _ => return None,
    })
}

/// What an argument of `forecast` and of its region means.
fn help_of_forecasts(path: &str, argument: &str) -> Option<Message> {
    Some(match (path, argument) {
        ("forecast runs", "days") => msg!("cli.forecast_runs_days"),
        ("forecast add", "region") => msg!("cli.forecast_add_region"),
        ("forecast add", "day") => msg!("cli.forecast_add_day"),
        ("forecast add", "index") => msg!("cli.forecast_add_index"),
        ("forecast add", "primary") => msg!("cli.forecast_add_primary"),
        ("forecast add", "source") => msg!("cli.forecast_add_source"),
        ("forecast add", "issued") => msg!("cli.forecast_add_issued"),
        ("forecast withdraw", "hour") => msg!("cli.forecast_withdraw_hour"),
        ("forecast withdraw", "day") => msg!("cli.forecast_withdraw_day"),
        ("forecast withdraw", "version") => msg!("cli.forecast_withdraw_version"),
        ("forecast show" | "forecast score" | "forecast runs" | "rules explain", "region") => {
            msg!("cli.forecast_region")
        }
        ("forecast score", "correct") => msg!("cli.score_correct"),
        ("forecast score" | "rules replay", "svg") => msg!("cli.score_svg"),
        ("forecast show", "hours") => msg!("cli.forecast_hours"),
        _ => return None,
    })
}

/// What an argument means.
fn help(path: &str, argument: &str) -> Option<Message> {
    if let Some(found) = planning(path, argument)
        .or_else(|| help_of_answers(path, argument))
        .or_else(|| help_of_forecasts(path, argument))
    {
        return Some(found);
    }
    Some(match (path, argument) {
        (_, "site") => msg!("cli.site"),
        (_, "lang") => msg!("cli.lang"),
        (_, "json") => msg!("cli.json"),
        (_, "log_json") => msg!("cli.log_json"),
        (_, "by") => msg!("cli.by"),
        ("resume", "unjudged") => msg!("cli.resume_unjudged"),
        ("outbox settle" | "outbox resend", "number") => msg!("cli.letter_number"),
        (_, "number") => msg!("cli.number"),
        ("notices group", "revision") => msg!("cli.group_revision"),
        (_, "limit") => msg!("cli.limit"),
        ("outbox list", "state") => msg!("cli.letter_state"),
        ("outbox list", "acknowledged") => msg!("cli.letter_acknowledged"),
        ("outbox list", "no_way_left") => msg!("cli.no_way_left"),
        (_, "channel") => msg!("cli.channel"),
        ("outbox settle", "found") => msg!("cli.found"),
        ("outbox resend", "to") => msg!("cli.resend_to"),
        ("notices show", "notice") => msg!("cli.notice"),
        ("notices preview", "template") => msg!("cli.template"),
        ("notices preview", "form") => msg!("cli.form"),
        ("notices preview", "recipient") => msg!("cli.recipient"),
        ("init", "dir") => msg!("cli.dir"),
        ("tables", "xlsx") => msg!("cli.tables_xlsx"),
        ("backup", "to") => msg!("cli.backup_to"),
        ("backup check" | "restore", "file") => msg!("cli.backup_file"),
        ("aqi", "standard") => msg!("cli.aqi_standard"),
        ("aqi", "period") => msg!("cli.aqi_period"),
        ("aqi", "csv") => msg!("cli.aqi_csv"),
        ("aqi", "values") => msg!("cli.aqi_values"),
        ("demo", "now") => msg!("cli.demo_now"),
        ("demo", "full") => msg!("cli.demo_full"),
        ("once", "now") => msg!("cli.once_now"),
        ("once", "dry_run") => msg!("cli.dry_run"),
        ("bulletin confirm", "values") => msg!("cli.bulletin_values"),
        ("bulletin read", "feed") => msg!("cli.bulletin_feed"),
        ("bulletin read" | "bulletin confirm", "issued") => msg!("cli.bulletin_issued"),
        ("order add", "region") => msg!("cli.order_region"),
        ("order add", "subject") => msg!("cli.order_subject"),
        ("order add", "tier") => msg!("cli.order_tier"),
        ("order add", "from") => msg!("cli.order_from"),
        ("order add", "to") => msg!("cli.order_to"),
        ("order add", "issuer") => msg!("cli.order_issuer"),
        ("order add", "document") => msg!("cli.order_document"),
        ("order add", "measures") => msg!("cli.order_measures"),
        ("order add", "hours") => msg!("cli.order_hours"),
        ("order add", "addressees") => msg!("cli.order_for"),
        ("order add", "deadline") => msg!("cli.order_deadline"),
        ("order add", "file") => msg!("cli.order_file"),
        ("cap show", "identifier") => msg!("cli.cap_identifier"),
        ("cap check", "file") => msg!("cli.cap_file"),
        ("cap export", "to") => msg!("cli.cap_to"),
        ("reply list", "all") => msg!("cli.reply_all"),
        ("reply add", "from") => msg!("cli.reply_from"),
        ("reply add", "text") => msg!("cli.reply_text"),
        ("reply settle", "notice") => msg!("cli.reply_notice"),
        ("reply settle", "reason") => msg!("cli.reply_reason"),
        ("sms templates", "provider") => msg!("cli.sms_provider"),
        ("sms templates", "write") => msg!("cli.sms_write"),
        ("rules fmt", "check") => msg!("cli.rules_fmt_check"),
        ("rules fmt" | "rules test", "files") => msg!("cli.rules_files"),
        ("rules explain", "rule") => msg!("cli.rules_rule"),
        ("rules explain", "at") => msg!("cli.rules_at"),
        ("rules propose", "data") => msg!("cli.propose_data"),
        ("rules propose", "reason") => msg!("cli.propose_reason"),
        ("rules replay" | "rules diff", "data") => msg!("cli.rules_data"),
        ("rules replay" | "rules diff" | "rules propose", "map") => msg!("cli.rules_map"),
        ("rules replay" | "rules diff" | "rules propose", "mode") => msg!("cli.rules_mode"),
        ("rules diff", "old") => msg!("cli.rules_old"),
        ("rules diff", "new") => msg!("cli.rules_new"),
        ("rules accept", "code") => msg!("cli.rules_code"),
        (_, "episode") => msg!("cli.rules_episode"),
        ("warnings edit", "from") => msg!("cli.edit_from"),
        ("warnings edit", "to") => msg!("cli.edit_to"),
        (_, "reason") => msg!("cli.reason"),
        ("warnings wording", "approve") => msg!("cli.wording_approve"),
        ("warnings edit", "replace") => msg!("cli.warnings_replace"),
        ("mode set", "mode") => msg!("cli.mode_word"),
        (_, "from") => msg!("cli.from"),
        (_, "to") => msg!("cli.to"),
        (_, "now") => msg!("cli.now"),
        _ => return None,
    })
}

/// The command with every text in `lang`.
pub(super) fn localized(command: clap::Command, lang: Lang) -> clap::Command {
    let version = clap::Arg::new("version")
        .long("version")
        .short('V')
        .action(clap::ArgAction::Version)
        .help(msg!("cli.version").text(lang));
    one(command, "", lang).disable_version_flag(true).arg(version)
}

/// What is wrong with a call, how it is written, and the original words.
pub(super) fn misread(error: &clap::Error, args: &[OsString], lang: Lang) -> String {
    let shown = error.render().to_string();
    let head = msg!("cli.misread").text(lang);
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return format!("{head}\n{}", shown.trim_end());
    }
    let mut command = <super::Cli as clap::CommandFactory>::command();
    // An argument shows itself only where its command is built.
    command.build();
    let what = fault::call(error, &|argument| meaning(&command, args, argument));
    let mut lines = vec![head, what.text(lang)];
    let usage = error.get(clap::error::ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    if let Some((_, usage)) = usage.split_once(": ") {
        lines.push(msg!("fault.call_usage", usage = usage.trim()).text(lang));
    }
    let said: Vec<&str> = shown.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let said = said.join(" ");
    lines.push(msg!("fault.call_original", said = said.strip_prefix("error: ").unwrap_or(&said)).text(lang));
    lines.join("\n")
}

/// What an argument of the command that was called means, as clap shows it: `--now <TIME>`.
fn meaning(command: &clap::Command, args: &[OsString], argument: &str) -> Option<Message> {
    let (mut command, mut path) = (command, String::new());
    for word in args.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(next) = command.get_subcommands().find(|sub| sub.get_name() == word) {
            command = next;
            path = if path.is_empty() { word.to_owned() } else { format!("{path} {word}") };
        }
    }
    let found = command.get_arguments().find(|known| known.to_string() == argument)?;
    help(&path, found.get_id().as_str())
}

fn one(command: clap::Command, parent: &str, lang: Lang) -> clap::Command {
    let text = |message: Message| message.text(lang);
    let path = match parent {
        "" | "cuofeng" => command.get_name().to_owned(),
        parent => format!("{parent} {}", command.get_name()),
    };
    let usage = text(msg!("cli.usage"));
    let template = format!("{{about-with-newline}}\n{usage}: {{usage}}\n\n{{all-args}}{{after-help}}");
    let (options, arguments) = (text(msg!("cli.options")), text(msg!("cli.arguments")));
    let mut command = command
        .about(about(&path).map_or_else(String::new, text))
        .help_template(template)
        .subcommand_help_heading(text(msg!("cli.commands")))
        .next_help_heading(options.clone())
        .disable_help_flag(true);
    command = command.mut_args(|arg| {
        let words = help(&path, arg.get_id().as_str()).map_or_else(String::new, text);
        let heading = if arg.is_positional() { arguments.clone() } else { options.clone() };
        let id = arg.get_id().to_string();
        let arg = arg.help(words).help_heading(heading).hide_default_value(id == "lang");
        arg.hide_possible_values(matches!(id.as_str(), "period" | "effort"))
    });
    command = command.mut_subcommands(|sub| one(sub, &path, lang));
    let help = msg!("cli.help").text(lang);
    let flag = clap::Arg::new("help").long("help").short('h').action(clap::ArgAction::Help).help(help);
    command.arg(flag.help_heading(options))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn walk(command: &clap::Command, parent: &str) {
        let path = match parent {
            "" | "cuofeng" => command.get_name().to_owned(),
            parent => format!("{parent} {}", command.get_name()),
        };
        assert!(about(&path).is_some(), "{path} does not say what it does");
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            assert!(help(&path, id).is_some(), "{path} does not say what {id} means");
        }
        for sub in command.get_subcommands() {
            walk(sub, &path);
        }
    }

    #[test]
    fn every_command_and_argument_says_what_it_is() {
        walk(&super::super::Cli::command(), "");
    }
}
