//! Files that have no name until they are whole.
//!
//! In: a folder, later the place of the file. Out: a file that nobody sees before it is named, and that is gone with the run that is killed.
//! Naming it takes the lock of the folder once, where making a file and renaming it takes it twice: a million small files cost the system
//! half as much so, and threads that write into one folder hardly wait for one another. Where the system cannot do it (other systems than Linux, some
//! network drives), files get a working name instead ([`target`](super::target)).

use std::fs::File;
use std::io;
use std::path::Path;

/// A file without a name in this folder, which is made where it is missing; `None` where there can be none.
#[cfg(target_os = "linux")]
pub(super) fn open(folder: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{Mode, OFlags};
    use rustix::io::Errno;
    use std::sync::LazyLock;

    /// Files are named by way of these.
    static DESCRIPTORS: LazyLock<bool> = LazyLock::new(|| Path::new("/proc/self/fd").exists());
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    if !*DESCRIPTORS {
        return Ok(None);
    }
    let opened = || rustix::fs::open(folder, flags, Mode::from_raw_mode(0o666));
    let file = match opened() {
        // Most files go where others went before them. All files of a folder are made in one way, so that none is left half by a killed run.
        Err(Errno::NOENT) => {
            std::fs::create_dir_all(folder)?;
            opened()
        }
        file => file,
    };
    // Whatever else stands against it is told on the way with names.
    Ok(file.ok().map(File::from))
}

/// Names a file; what stood there is replaced by way of the working name `part`.
#[cfg(target_os = "linux")]
pub(super) fn name(file: &File, path: &Path, part: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use rustix::io::Errno;
    use std::os::fd::AsRawFd;

    let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link = |to: &Path| linkat(CWD, descriptor.as_str(), CWD, to, AtFlags::SYMLINK_FOLLOW);
    match link(path) {
        Err(Errno::EXIST) => {}
        named => return Ok(named?),
    }
    if link(part) == Err(Errno::EXIST) {
        // What a killed run left there.
        std::fs::remove_file(part)?;
        link(part)?;
    }
    std::fs::rename(part, path).inspect_err(|_| {
        // Nothing is left to do when it cannot be removed: it bears a working name.
        let _ = std::fs::remove_file(part);
    })
}

/// There are none on this system.
#[cfg(not(target_os = "linux"))]
pub(super) fn open(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// There are none on this system.
#[cfg(not(target_os = "linux"))]
pub(super) fn name(_: &File, _: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_seen_when_it_is_named_and_replaces_what_stood_there() {
        let folder = tempfile::tempdir().expect("folder");
        let (path, part) = (folder.path().join("a.txt"), folder.path().join(".a.txt.naqi-part"));
        let names = || std::fs::read_dir(folder.path()).expect("listed").count();
        // Some file systems have no such files; then there is nothing to hold here.
        let Some(mut file) = open(folder.path()).expect("a folder") else { return };
        file.write_all(b"new").expect("written");
        assert_eq!(names(), 0);
        std::fs::write(&path, "old").expect("written");
        std::fs::write(&part, "left by a killed run").expect("written");
        name(&file, &path, &part).expect("named");
        assert_eq!((std::fs::read_to_string(&path).expect("read"), names()), ("new".to_owned(), 1));
        assert!(open(&folder.path().join("made/for/it")).expect("a folder").is_some());
        std::fs::create_dir(folder.path().join("b")).expect("made");
        name(&file, &folder.path().join("b"), &part).expect_err("a folder stands there");
        assert_eq!(names(), 3);
    }
}
