//! What a test is made of, as a digest: equal for two runs that have no reason to end differently.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use clnrm_core::config::model::Pull;
use clnrm_core::digest::{Digest, DigestBuilder, DigestStream};

use super::container::host_path;
use super::engine::Engine;
use super::plan::Planned;
use crate::project::STATE_FOLDER;

/// Files and folders looked at of what a test mounts.
const MAX_ENTRIES: usize = 5_000;

/// Bytes read of them.
const MAX_BYTES: u64 = 64 << 20;

/// Fingerprints of one run: an image is asked for once.
#[derive(Debug, Default)]
pub struct Fingerprints {
    images: HashMap<String, Option<String>>,
}

impl Fingerprints {
    /// Of a test: the text that it renders to, the files and variables that this read, the digests of
    /// its images, and what its volumes mount of this machine. `None` if that cannot be said: the clock
    /// or chance have a part in it, an image is not here or is fetched anew each time, there is too much
    /// to look at.
    pub async fn of(&mut self, engine: &Engine, planned: &Planned) -> Option<Digest> {
        let (test, report) = (planned.test(), &planned.file.report);
        let (context, volatile) = match &report.renders {
            None => (report.context_digest, report.volatile),
            Some(renders) => {
                let mut renders = renders.iter();
                let render = renders.find(|render| render.matrix == test.matrix)?;
                (render.context_digest, render.volatile)
            }
        };
        if volatile {
            return None;
        }
        let mut builder = DigestBuilder::new();
        builder.part(env!("CARGO_PKG_VERSION").as_bytes());
        builder.part(test.text.as_bytes());
        part(&mut builder, context.as_ref());
        for file in &report.dependencies {
            builder.part(file.path.as_bytes());
            part(&mut builder, file.digest.as_ref());
        }
        let mut budget = Budget {
            entries: MAX_ENTRIES,
            bytes: MAX_BYTES,
        };
        for container in &planned.containers {
            let service = container.service.as_ref();
            let pull = service.and_then(|service| service.pull);
            if pull.is_some_and(|pull| pull.value == Pull::Always) {
                return None;
            }
            builder.part(self.image(engine, &container.image).await?.as_bytes());
            for volume in service.iter().flat_map(|service| &service.volumes) {
                if let Some(path) = host_path(&planned.folder, volume) {
                    add(&mut builder, &path.canonicalize().ok()?, &mut budget)?;
                }
            }
        }
        Some(builder.finish())
    }

    /// The digest of an image's configuration, which names its layers; `None` if it is not here.
    async fn image(&mut self, engine: &Engine, name: &str) -> Option<String> {
        if let Some(known) = self.images.get(name) {
            return known.clone();
        }
        let found = engine.docker.inspect_image(name).await;
        let id = found.ok().and_then(|image| image.id);
        self.images.insert(name.to_owned(), id.clone());
        id
    }
}

fn part(builder: &mut DigestBuilder, digest: Option<&Digest>) {
    builder.part(digest.map_or(&[], |digest| digest.as_bytes().as_slice()));
}

/// What may still be looked at.
struct Budget {
    entries: usize,
    bytes: u64,
}

/// Adds a file, or a folder with all that is in it. Links are not followed: a container sees them as
/// links, too. What clnrm keeps for itself does not count.
fn add(builder: &mut DigestBuilder, path: &Path, budget: &mut Budget) -> Option<()> {
    budget.entries = budget.entries.checked_sub(1)?;
    let meta = path.symlink_metadata().ok()?;
    if meta.is_symlink() {
        let target = fs::read_link(path).ok()?;
        builder
            .part(b"link")
            .part(target.as_os_str().as_encoded_bytes());
    } else if meta.is_dir() {
        let mut inside: Vec<_> = fs::read_dir(path).ok()?.collect::<Result<_, _>>().ok()?;
        inside.retain(|entry| entry.file_name() != STATE_FOLDER);
        inside.sort_by_key(fs::DirEntry::file_name);
        builder.part(b"folder").part(&inside.len().to_le_bytes());
        for entry in inside {
            builder.part(entry.file_name().as_encoded_bytes());
            add(builder, &entry.path(), budget)?;
        }
    } else if meta.is_file() {
        budget.bytes = budget.bytes.checked_sub(meta.len())?;
        let mut stream = DigestStream::default();
        // It may grow while it is read.
        let mut file = fs::File::open(path).ok()?.take(meta.len() + 1);
        let mut buffer = [0; 64 << 10];
        loop {
            let read = file.read(&mut buffer).ok()?;
            if read == 0 {
                break;
            }
            stream.update(&buffer[..read]);
        }
        builder.part(b"file").part(stream.finish().as_bytes());
    } else {
        builder.part(b"other");
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &Path) -> Option<Digest> {
        let mut builder = DigestBuilder::new();
        let mut budget = Budget {
            entries: 10,
            bytes: 100,
        };
        add(&mut builder, path, &mut budget)?;
        Some(builder.finish())
    }

    #[test]
    fn a_folder_is_its_names_and_contents() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        write("a", "1");
        let first = of(dir.path()).unwrap();
        assert_eq!(of(dir.path()), Some(first));
        write("a", "2");
        let second = of(dir.path()).unwrap();
        assert_ne!(second, first);
        fs::create_dir(dir.path().join(STATE_FOLDER)).unwrap();
        assert_eq!(of(dir.path()), Some(second), "our own state");
        fs::rename(dir.path().join("a"), dir.path().join("b")).unwrap();
        assert_ne!(of(dir.path()), Some(second));
    }

    #[test]
    fn what_is_too_much_to_look_at_is_not_known() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("large"), [0; 101]).unwrap();
        assert_eq!(of(dir.path()), None);
        fs::remove_file(dir.path().join("large")).unwrap();
        for name in 0..10 {
            fs::write(dir.path().join(name.to_string()), "").unwrap();
        }
        assert_eq!(of(dir.path()), None);
    }
}
