//! `cuofeng init DIR`: a new site with comments, and the default rules to edit.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::{Call, misread};
use cuofeng_base::file;
use cuofeng_base::msg;
use cuofeng_base::word::Identity;
use cuofeng_office::embedded::{File, NEW, RULES};

/// Writes a new site; refuses a folder that holds one.
pub fn init(call: &Call, dir: &Path) -> anyhow::Result<ExitCode> {
    if file::is_there(&dir.join(cuofeng_base::setting::FILE))?
        || file::is_there(&dir.join(cuofeng_office::site::RESTORING))?
    {
        return Ok(misread(call, &msg!("init.exists", path = dir.display())));
    }
    write(dir, NEW)?;
    name(dir, call)?;
    write(&dir.join("rules"), RULES)?;
    call.tell(&msg!("init.done", path = dir.display()));
    Ok(ExitCode::SUCCESS)
}

/// Gives a new site its identity.
fn name(dir: &Path, call: &Call) -> anyhow::Result<()> {
    let identity = Identity::random().context("random bytes")?;
    let path = dir.join(cuofeng_base::setting::FILE);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    std::fs::write(&path, identity.put(&text, call.lang)).with_context(|| path.display().to_string())
}

/// Writes embedded files below a folder.
pub(super) fn write(root: &Path, files: &[File]) -> anyhow::Result<()> {
    for (path, bytes) in files {
        let target = root.join(path);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        std::fs::write(&target, bytes).with_context(|| target.display().to_string())?;
    }
    Ok(())
}
