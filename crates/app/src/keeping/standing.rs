//! Whether the database is this site's, and knows all that has left.
//!
//! In: the site file's identity, the database's, the number in it, and the mark beside it. Out: the identity, made where
//! there was none; the mark for this worker; or why everything is held. Can't happen: an identity of its own making in
//! the file that the database does not have, unless it ended in between (foreign then, and held); a mark of another
//! folder's site written by this one; a number that is caught up with before the hold is on record.
//!
//! ```text
//! database        beside it                                   so
//! no identity     no mark of the file's identity or folder    begins (a new site, or a version before marks)
//! no identity     the file's mark, in a folder that has it    copied
//! no identity     a mark that counts, or a damaged one        forgotten: emptied, or older than the identity
//! not the file's                                              foreign
//! the file's      no mark at all                              copied (another machine, another user)
//! the file's      a mark in a folder that still has it        copied
//! the file's      a mark that this user may not look at       copied (another user's)
//! the file's      a mark with a higher number, or damaged     forgotten: an older copy
//! the file's      else                                        goes on; a folder that was moved takes the mark along
//! ```

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::error::AppError;
use crate::keeping::held::begin_at_start;
use cuofeng_base::boundary::boundary;
use cuofeng_base::file::{self, FileError};
use cuofeng_base::setting;
use cuofeng_base::text::Lang;
use cuofeng_base::word::Identity;
use cuofeng_channel::link::LinkError;
use cuofeng_office::site::Site;
use cuofeng_store::held::Why;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::mark::{Found, Mark, MarkError, Marks};
use cuofeng_store::own::{self, Own};
use cuofeng_store::{Store, StoreError};

/// How a site stands at its worker's start.
pub(crate) struct Standing {
    /// The mark to keep; none where the database may not be this site's to send from.
    pub(crate) mark: Option<Mark>,
    /// Why everything is to be held; none where that is on record already.
    pub(crate) why: Option<Why>,
}

/// Looks, makes an identity where there is none, and opens the mark.
pub(crate) async fn look(
    site: &mut Site,
    store: &Store,
    marks: &Marks,
    now: DateTime<Utc>,
) -> Result<Standing, AppError> {
    let here = folder(&site.root)?;
    let own = store.own().await?;
    let filed = site.config.identity.clone();
    let beside = marks.of_folder(&here).map_err(StoreError::from)?;
    let Some(named) = own.identity.clone() else {
        return unnamed(site, store, (marks, &here), beside, now).await;
    };
    let hold = |why| Ok(Standing { mark: None, why: Some(why) });
    let other = filed.clone().or_else(|| beside.map(|(identity, _)| identity)).filter(|other| *other != named);
    let (marks, found) = seat(&own, marks, &named).map_err(StoreError::from)?;
    match found {
        Some(found) if other.is_none() && !lives_elsewhere(&found.folder, &named, &here) => {
            if filed.is_none() {
                file_identity(site, &named);
                site.config.identity = Some(named.clone());
            }
            go_on(store, (&marks, &named), (&own, &found), &here, (site.config.language, now)).await
        }
        _ if other.is_some() => hold(Why::Foreign),
        _ => hold(Why::Copied),
    }
}

/// Of a database that no version has named.
async fn unnamed(
    site: &mut Site,
    store: &Store,
    (marks, here): (&Marks, &Path),
    beside: Option<(Identity, Found)>,
    now: DateTime<Utc>,
) -> Result<Standing, AppError> {
    let identity = match (&site.config.identity, beside) {
        (Some(filed), _) => filed.clone(),
        (None, Some((identity, _))) => identity,
        (None, None) => Identity::random().ok_or(LinkError::Random)?,
    };
    let found = marks.find(&identity).map_err(StoreError::from)?;
    if found.as_ref().is_some_and(|found| lives_elsewhere(&found.folder, &identity, here)) {
        return Ok(Standing { mark: None, why: Some(Why::Copied) });
    }
    let counts = found.is_some_and(|found| found.last.is_none_or(|(number, _)| number > 0));
    if counts {
        begin_at_start(store, Why::Forgotten, site.config.language, now).await?;
    }
    boundary("standing-held");
    let mark = take(store, (marks, &identity), here, now).await?;
    boundary("standing-settled");
    if site.config.identity.is_none() {
        file_identity(site, &identity);
        site.config.identity = Some(identity.clone());
    }
    Ok(Standing { mark: Some(mark), why: None })
}

/// Of a database that is this site's.
async fn go_on(
    store: &Store,
    (marks, identity): (&Marks, &Identity),
    (own, found): (&Own, &Found),
    here: &Path,
    (lang, now): (Lang, DateTime<Utc>),
) -> Result<Standing, AppError> {
    // On record before the number is caught up with: a start that ends in between must not hide it from the next.
    if found.last.is_none_or(|(number, _)| number > own.number) {
        begin_at_start(store, Why::Forgotten, lang, now).await?;
    }
    boundary("standing-held");
    let mark = if found.folder != here || own.marks != marks.folder() {
        take(store, (marks, identity), here, now).await?
    } else {
        marks.open(identity).map_err(StoreError::from)?
    };
    settle_number(store, &mark, own.number, now).await?;
    boundary("standing-settled");
    Ok(Standing { mark: Some(mark), why: None })
}

/// Takes a mark over for this folder, and writes into the database whose it is.
pub(crate) async fn take(
    store: &Store,
    (marks, identity): (&Marks, &Identity),
    here: &Path,
    now: DateTime<Utc>,
) -> Result<Mark, AppError> {
    let number = store.own().await?.number;
    let mark = marks.open(identity).map_err(StoreError::from)?;
    mark.lies_in(here).map_err(StoreError::from)?;
    let mut tx = store.begin().await?;
    own::name(&mut tx, identity, marks, now).await?;
    ledger::write(&mut tx, &Actor::Program, Event::SiteHere, identity.as_str(), &here.display().to_string(), now)
        .await?;
    tx.commit().await?;
    settle_number(store, &mark, number, now).await?;
    Ok(mark)
}

/// The higher number of the two holds for both from now on.
async fn settle_number(store: &Store, mark: &Mark, number: i64, now: DateTime<Utc>) -> Result<(), AppError> {
    let last = mark.last();
    if last > number {
        let mut tx = store.begin().await?;
        own::catch_up(&mut tx, last, now).await?;
        tx.commit().await?;
    }
    mark.write(number, now).map_err(StoreError::from)?;
    Ok(())
}

/// The folder in which a site's mark is: this process's, or the one in which the database was marked last (a person who
/// runs the program by hand has another home than the service). A mark in a folder of another user's, which this one may
/// not look into, is none: a person says what the site is.
pub(crate) fn seat(own: &Own, marks: &Marks, identity: &Identity) -> Result<(Marks, Option<Found>), MarkError> {
    let found = marks.find(identity)?;
    let elsewhere = !own.marks.as_os_str().is_empty() && own.marks != marks.folder();
    if found.is_some() || !elsewhere {
        return Ok((marks.clone(), found));
    }
    let other = Marks::at(own.marks.clone());
    match other.find(identity) {
        Ok(Some(found)) => Ok((other, Some(found))),
        Ok(None) => Ok((marks.clone(), None)),
        Err(MarkError::File { cause, .. }) if cause.kind() == std::io::ErrorKind::PermissionDenied => {
            Ok((marks.clone(), None))
        }
        Err(error) => Err(error),
    }
}

/// The site's folder as the system names it.
pub(crate) fn folder(root: &Path) -> Result<PathBuf, AppError> {
    root.canonicalize().map_err(|cause| AppError::Lock { path: root.to_owned(), cause })
}

/// Whether another folder still holds the site.
pub(crate) fn lives_elsewhere(there: &Path, identity: &Identity, here: &Path) -> bool {
    if there.as_os_str().is_empty() || there == here {
        return false;
    }
    let node = |path: &Path| std::fs::metadata(path).ok().map(|meta| file::node(&meta));
    match file::text(&there.join(setting::FILE), file::TEXT) {
        _ if node(there).is_some() && node(there) == node(here) => false,
        Err(error) => !matches!(error, FileError::Absent | FileError::Dangling),
        Ok(text) => {
            let table: Option<toml::Table> = text.trim_start_matches('\u{feff}').parse().ok();
            let named = table.as_ref().and_then(|table| table.get("identity")?.as_str().map(str::to_owned));
            named.map_or_else(|| Site::database(there).exists(), |named| named == identity.as_str())
        }
    }
}

/// Writes the identity into the site file; where that can't be written, the database's alone holds.
fn file_identity(site: &Site, identity: &Identity) {
    if let Err(error) = write_identity(&site.root, identity, site.config.language) {
        tracing::warn!(%error, identity = identity.as_str(), "the identity can't be written into the site file");
    }
}

/// Puts the identity into a site file, which keeps everything else, its owner and its mode.
pub fn write_identity(root: &Path, identity: &Identity, lang: Lang) -> std::io::Result<()> {
    let path = root.join(setting::FILE).canonicalize()?;
    let (text, meta) = (file::text(&path, file::TEXT)?, std::fs::metadata(&path)?);
    let beside = path.with_extension("toml.new");
    std::fs::write(&beside, identity.put(&text, lang))?;
    std::fs::set_permissions(&beside, meta.permissions())?;
    // Only the superuser may give a file away; for others it is their own already.
    let _ = std::os::unix::fs::chown(&beside, Some(meta.uid()), Some(meta.gid()));
    File::open(&beside)?.sync_all()?;
    std::fs::rename(&beside, &path)
}
