//! `cuofeng init DIR`: a new site with comments, and the default rules to edit.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::{Call, misread};
use crate::embedded::{File, NEW, RULES};
use crate::msg;

/// Writes a new site; refuses a folder that holds one.
pub fn init(call: &Call, dir: &Path) -> anyhow::Result<ExitCode> {
    if dir.join(crate::config::FILE).exists() || dir.join(crate::site::RESTORING).exists() {
        return Ok(misread(call, &msg!("init.exists", path = dir.display())));
    }
    write(dir, NEW)?;
    write(&dir.join("rules"), RULES)?;
    call.tell(&msg!("init.done", path = dir.display()));
    Ok(ExitCode::SUCCESS)
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
