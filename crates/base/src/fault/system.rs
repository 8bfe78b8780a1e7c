//! What the system says.

use std::io::{Error, ErrorKind};

use rustix::io::Errno;

use crate::msg;
use crate::text::Message;

/// What the system's error means, with its own words behind.
#[must_use]
pub fn system(error: &Error) -> Message {
    let said = error.to_string();
    match (Errno::from_io_error(error), error.kind()) {
        (Some(Errno::MFILE | Errno::NFILE), _) => msg!("fault.crowded", said = said),
        (Some(Errno::LOOP), _) => msg!("fault.circle", said = said),
        (Some(Errno::IO), _) => msg!("fault.device", said = said),
        (_, ErrorKind::NotFound) => msg!("fault.absent", said = said),
        (_, ErrorKind::PermissionDenied) => msg!("fault.denied", said = said),
        (_, ErrorKind::AlreadyExists) => msg!("fault.there", said = said),
        (_, ErrorKind::StorageFull) => msg!("fault.full", said = said),
        (_, ErrorKind::QuotaExceeded) => msg!("fault.quota", said = said),
        (_, ErrorKind::ReadOnlyFilesystem) => msg!("fault.read_only", said = said),
        (_, ErrorKind::FileTooLarge) => msg!("fault.large", said = said),
        (_, ErrorKind::IsADirectory) => msg!("fault.is_folder", said = said),
        (_, ErrorKind::NotADirectory) => msg!("fault.not_folder", said = said),
        (_, ErrorKind::DirectoryNotEmpty) => msg!("fault.not_empty", said = said),
        (_, ErrorKind::CrossesDevices) => msg!("fault.other_disk", said = said),
        (_, ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy) => msg!("fault.busy", said = said),
        (_, ErrorKind::InvalidFilename) => msg!("fault.name", said = said),
        (_, ErrorKind::StaleNetworkFileHandle) => msg!("fault.share", said = said),
        (_, ErrorKind::OutOfMemory) => msg!("fault.memory", said = said),
        (_, ErrorKind::UnexpectedEof) => msg!("fault.cut", said = said),
        (_, ErrorKind::TimedOut) => msg!("fault.late", said = said),
        (_, ErrorKind::ConnectionRefused) => msg!("fault.refused", said = said),
        (_, ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe) => {
            msg!("fault.broke", said = said)
        }
        (_, ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown) => {
            msg!("fault.unreachable", said = said)
        }
        (_, ErrorKind::AddrInUse) => msg!("fault.address_taken", said = said),
        (_, ErrorKind::AddrNotAvailable) => msg!("fault.address_foreign", said = said),
        _ => msg!("fault.other", said = said),
    }
}

/// What to do about it.
#[must_use]
pub fn system_advice(error: &Error) -> Message {
    match (Errno::from_io_error(error), error.kind()) {
        (Some(Errno::MFILE | Errno::NFILE), _) => msg!("fault.crowded_advice"),
        (Some(Errno::IO), _) => msg!("fault.device_advice"),
        (Some(Errno::LOOP), _) | (_, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory) => {
            msg!("fault.path_advice")
        }
        (_, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => msg!("fault.denied_advice"),
        (_, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) => {
            msg!("fault.full_advice")
        }
        (_, ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::InvalidFilename) => {
            msg!("fault.there_advice")
        }
        (_, ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => msg!("fault.address_advice"),
        (
            _,
            ErrorKind::TimedOut
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::StaleNetworkFileHandle,
        ) => msg!("fault.network_advice"),
        _ => msg!("fault.other_advice"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn what_the_system_says_is_said_in_the_readers_language_with_the_original_behind() {
        for (errno, zh, advice) in [
            (Errno::NOENT, "没有这个文件或文件夹", "路径"),
            (Errno::ACCESS, "没有权限", "运行本程序的用户"),
            (Errno::NOSPC, "磁盘满了", "腾出空间"),
            (Errno::ROFS, "只能读", "运行本程序的用户"),
            (Errno::MFILE, "打开的文件太多", "ulimit"),
            (Errno::IO, "磁盘或设备读写出错", "硬盘"),
            (Errno::XDEV, "不在同一块磁盘上", ""),
            (Errno::ADDRINUSE, "已被占用", "listen"),
            (Errno::CONNREFUSED, "拒绝连接", "网络"),
            (Errno::NETUNREACH, "网络不通", "网络"),
        ] {
            let error = Error::from(errno);
            let (said, original) = (system(&error).text(Lang::Zh), error.to_string());
            assert!(said.contains(zh) && said.contains(&original), "{said}");
            assert!(system_advice(&error).text(Lang::Zh).contains(advice), "{zh}: {advice}");
            assert!(system(&error).text(Lang::En).contains(&original));
        }
        let odd = system(&Error::other("a strange thing")).text(Lang::Zh);
        assert!(odd.contains("系统报告") && odd.contains("a strange thing"), "{odd}");
    }
}
