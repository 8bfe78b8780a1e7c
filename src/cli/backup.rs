//! `cuofeng backup`: a site in one file; `cuofeng restore`: a site made of one.
//!
//! In: a site's folder, or an archive. Out: the archive and its attempt on record, what an archive holds, or a site that
//! is held until a releaser resumes it. Can't happen: a backup of a site that is being restored; a failure that is only
//! printed, where the database can note it; an archive with faults called whole.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Call, misread, refused, say};
use cuofeng_app::AppError;
use cuofeng_app::keeping::backup as own;
use cuofeng_app::keeping::backup::{attempted, own_folder};
use cuofeng_base::file;
use cuofeng_base::msg;
use cuofeng_base::setting;
use cuofeng_base::text::Message;
use cuofeng_base::time::Zone;
use cuofeng_office::backup::{self, Archive, BackupError, Why, keep};
use cuofeng_office::config::Config;
use cuofeng_office::site::{RESTORING, Site};
use cuofeng_store::Store;
use cuofeng_store::backups::Attempt;
use cuofeng_store::ledger::{self, Actor, Event};

/// How many attempts are listed.
const LISTED: u32 = 40;

#[derive(Debug, Subcommand)]
pub(super) enum BackupCommand {
    List,
    Check { file: PathBuf },
}

pub(super) async fn dispatch(
    call: &Call,
    (to, by): (Option<PathBuf>, Option<String>),
    command: Option<BackupCommand>,
) -> anyhow::Result<ExitCode> {
    match command {
        None => make(call, to, by.as_deref()).await,
        Some(BackupCommand::List) => list(call).await,
        Some(BackupCommand::Check { file }) => check(call, &file).await,
    }
}

/// Makes a backup, even where the site's files have errors.
async fn make(call: &Call, to: Option<PathBuf>, by: Option<&str>) -> anyhow::Result<ExitCode> {
    let (root, now) = (call.site(), Utc::now());
    if file::is_there(&root.join(RESTORING))? {
        return Ok(refused(call, &msg!("site.restoring")));
    }
    if let (Some(by), Some(site)) = (by, Site::read(&root).0)
        && site.roster.staff.iter().all(|member| member.name != by)
    {
        return Ok(refused(call, &msg!("backup.by", by = by)));
    }
    let config = file::text(&root.join(setting::FILE), file::TEXT).ok().and_then(|text| Config::parse(&text).ok());
    // The sum in the manifest does not hang on it: a file that can't be read leaves the time in UTC.
    let zone = config.map_or_else(|| Zone::named("UTC"), |config| Ok(config.zone))?;
    let name = keep::name(&backup::tag(&root).await, zone.local(now), None);
    let file = match to {
        None => own_folder(&root).join(name),
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => whole(&file),
    };
    let made_at = zone.rfc3339(now);
    let made = if file.parent() == Some(own_folder(&root).as_path()) {
        own::make(&root, &file, Why::Asked, &made_at).await
    } else {
        backup::make(&root, &file, Why::Asked, &made_at).await
    };
    let made = match made {
        Ok(made) => made,
        // That there is such a file says nothing of how backups stand.
        Err(error @ (BackupError::Exists { .. } | BackupError::NoDatabase { .. })) => {
            return Ok(refused(call, &error.message()));
        }
        Err(error) => {
            let why = error.message();
            record(&root, &attempted(&file, Why::Asked, Err(&why), (call.lang, now)), by, now).await?;
            return Ok(refused(call, &why));
        }
    };
    record(&root, &attempted(&file, Why::Asked, Ok(made.size), (call.lang, now)), by, now).await?;
    let (path, size) = (made.path.display().to_string(), made.size);
    if call.json {
        let value = json!({"schema": "cuofeng.backup/1", "file": path, "size": size, "manifest": made.manifest});
        say(&value.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let counts = made.manifest.counts;
    call.tell(&msg!("backup.made", file = path, size = megabytes(size)));
    call.tell(&holds(&made.manifest, call));
    call.tell(&msg!("backup.counts", letters = counts.letters, waiting = counts.waiting, ledger = counts.ledger));
    for left in &made.manifest.left_out {
        call.tell(&msg!("backup.left_out", path = &left.path, why = left_out(&left.why)));
    }
    Ok(ExitCode::SUCCESS)
}

/// The path as it is from the top.
fn whole(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

/// Puts an attempt on record where the database is of this program's schema: a backup changes none.
async fn record(root: &Path, attempt: &Attempt, by: Option<&str>, now: DateTime<Utc>) -> Result<(), AppError> {
    let database = Site::database(root);
    // What can't be read was not backed up, and was said so.
    if backup::schema(&database).await.unwrap_or(None) != Some(cuofeng_store::newest_schema()) {
        return Ok(());
    }
    let store = Store::open(&database).await?;
    store.record_backup(attempt).await?;
    if attempt.error.is_empty() {
        let mut tx = store.begin().await?;
        let subject = format!("{}/{}", attempt.place, attempt.file);
        ledger::write(
            &mut tx,
            &Actor::of(by.unwrap_or_default()),
            Event::Backup,
            &subject,
            by.unwrap_or_default(),
            now,
        )
        .await?;
        tx.commit().await?;
    }
    store.close().await;
    Ok(())
}

async fn list(call: &Call) -> anyhow::Result<ExitCode> {
    let app = super::look(call).await?;
    let (all, zone) = (app.store.backups(LISTED).await?, &app.site.config.zone);
    if call.json {
        let entry = |attempt: &Attempt| {
            json!({"at": zone.rfc3339(attempt.at), "place": attempt.place, "file": attempt.file,
                   "size": attempt.size, "why": attempt.why, "proved": attempt.error.is_empty(),
                   "error": attempt.error})
        };
        say(&json!({"schema": "cuofeng.backups/1", "backups": all.iter().map(entry).collect::<Vec<Value>>()})
            .to_string());
        return Ok(ExitCode::SUCCESS);
    }
    if all.is_empty() {
        call.tell(&msg!("backup.none"));
        return Ok(ExitCode::SUCCESS);
    }
    let heads = [msg!("backup.head_at"), msg!("backup.head_why"), msg!("backup.head_file"), msg!("backup.head_result")];
    let mut table = crate::cli::table::of(heads, call.lang);
    for attempt in &all {
        let why = Why::named(&attempt.why).map_or_else(|| attempt.why.clone(), |why| why.message().text(call.lang));
        let result = if attempt.error.is_empty() {
            msg!("backup.proved", size = megabytes(attempt.size)).text(call.lang)
        } else {
            msg!("backup.failed", why = &attempt.error).text(call.lang)
        };
        let file = Path::new(&attempt.place).join(&attempt.file).display().to_string();
        table.add_row([zone.words(attempt.at, call.lang), why, file, result]);
    }
    say(&table.to_string());
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Says what an archive holds and whether it is whole; exit code 1 where it is not.
async fn check(call: &Call, file: &Path) -> anyhow::Result<ExitCode> {
    let mut archive = match backup::check(file, &std::env::temp_dir()).await {
        Ok(archive) => archive,
        Err(error) => return Ok(refused(call, &error.message())),
    };
    let needs = archive.needs()?;
    if call.json {
        let value = json!({"schema": "cuofeng.backup_check/1", "file": file.display().to_string(),
                           "size": archive.size, "sha256": archive.sum, "manifest": archive.manifest,
                           "needs": needs});
        say(&value.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    print(call, &archive, &needs);
    Ok(ExitCode::SUCCESS)
}

fn print(call: &Call, archive: &Archive, needs: &[String]) {
    let (manifest, counts) = (&archive.manifest, archive.manifest.counts);
    call.tell(&msg!("backup.whole", file = archive.path.display(), size = megabytes(archive.size)));
    call.tell(&holds(manifest, call));
    call.tell(&msg!("backup.counts", letters = counts.letters, waiting = counts.waiting, ledger = counts.ledger));
    for entry in &manifest.entries {
        say(&format!("  {}  {} B", entry.path, entry.size));
    }
    for left in &manifest.left_out {
        call.tell(&msg!("backup.left_out", path = &left.path, why = left_out(&left.why)));
    }
    tell_needs(call, needs);
}

fn holds(manifest: &backup::Manifest, call: &Call) -> Message {
    let why = Why::named(&manifest.why).map_or_else(|| msg!("time.plain", text = &manifest.why), Why::message);
    msg!(
        "backup.holds",
        site = &manifest.site,
        made_at = &manifest.made_at,
        why = why.text(call.lang),
        schema = manifest.database_schema,
        program = &manifest.program,
        files = manifest.entries.len()
    )
}

fn left_out(why: &str) -> Message {
    match why {
        "secret" => msg!("backup.secret"),
        "private-key" => msg!("backup.private_key"),
        "not-a-file" => msg!("backup.not_a_file"),
        "too-large" => msg!("backup.too_large"),
        _ => msg!("backup.outside"),
    }
}

fn tell_needs(call: &Call, needs: &[String]) {
    if !needs.is_empty() {
        call.tell(&msg!("restore.needs", needs = needs.join(call.lang.comma())));
    }
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Makes a site of an archive in an empty folder, held until a releaser resumes.
pub(super) async fn restore(call: &Call, file: &Path, by: Option<&str>) -> anyhow::Result<ExitCode> {
    let Some(site) = &call.site else { return Ok(misread(call, &msg!("restore.where"))) };
    let restored = match own::restore(file, site, by.unwrap_or_default(), Utc::now()).await {
        Ok(restored) => restored,
        Err(AppError::Backup(error)) => return Ok(refused(call, &error.message())),
        Err(error) => return Err(error.into()),
    };
    if call.json {
        let value = json!({"schema": "cuofeng.restore/1", "site": site.display().to_string(),
                           "made_at": restored.manifest.made_at, "unknown": restored.letters,
                           "needs": restored.needs});
        say(&value.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let (path, made_at) = (site.display(), &restored.manifest.made_at);
    call.tell(&msg!("restore.done", site = path, made_at = made_at, letters = restored.letters));
    tell_needs(call, &restored.needs);
    call.tell(&msg!("restore.next", site = site.display()));
    Ok(ExitCode::SUCCESS)
}

/// That a database was not brought up to date because the backup before it failed: why, and in which folder that was to
/// be made.
pub(super) fn unready(path: &Path, from: i64, cause: &str) -> Message {
    let site = path.parent().and_then(Path::parent).unwrap_or(path);
    msg!(
        "backup.unready",
        from = from,
        to = cuofeng_store::newest_schema(),
        cause = cause,
        folder = own_folder(site).display()
    )
}

#[cfg(test)]
mod tests {
    use super::megabytes;

    #[test]
    fn sizes_are_said_in_megabytes() {
        assert_eq!([0, 99_999, 1_250_000].map(megabytes), ["0.0", "0.1", "1.3"]);
    }
}
