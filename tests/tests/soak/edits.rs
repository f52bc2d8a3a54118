//! A project of a thousand files, and every way of changing them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::ledger::{Ledger, digest};

const FOLDERS: usize = 40;
const FILES_OF_A_FOLDER: usize = 25;
const LIBRARIES: usize = 20;

/// The file whose check says that everything before it was heard.
pub const SENTINEL: &str = "zz-sentinel.clnrm.toml";

/// Ways of putting a text into a file.
const SAVES: [Save; 9] = [
    Save::InPlace,
    Save::Slowly,
    Save::ByRename,
    Save::WithBackup,
    Save::ByCopy,
    Save::InABurst,
    Save::Anew,
    Save::BehindALink,
    Save::BySed,
];

#[derive(Clone, Copy, Debug)]
enum Save {
    InPlace,
    /// Half, a pause, the rest.
    Slowly,
    ByRename,
    WithBackup,
    ByCopy,
    /// Three texts in a row.
    InABurst,
    /// Removed, and made again.
    Anew,
    /// The name becomes a link to another file.
    BehindALink,
    BySed,
}

pub struct Project {
    /// Removed with the project.
    _dir: TempDir,
    root: PathBuf,
    random: u64,
    serial: u64,
    /// What the files under test hold.
    files: BTreeMap<String, String>,
    /// Which library a file reads.
    reads: BTreeMap<String, usize>,
    /// What libraries hold; `None`: there is none of this number.
    libraries: Vec<Option<String>>,
}

impl Project {
    pub fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut project = Self {
            root: dir.path().canonicalize().unwrap(),
            _dir: dir,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            serial: 0,
            files: BTreeMap::new(),
            reads: BTreeMap::new(),
            libraries: vec![None; LIBRARIES],
        };
        project.write("clnrm.toml", "[template]\npaths = [\"t\"]\n");
        for library in 0..LIBRARIES - 3 {
            let text = project.part(library);
            project.write(&library_name(library), &text);
            project.libraries[library] = Some(text);
        }
        for folder in 0..FOLDERS {
            for file in 0..FILES_OF_A_FOLDER {
                project.add(&format!("t/d{folder}/f{file}"));
            }
        }
        project.sentinel();
        project
    }

    pub fn folder(&self) -> &Path {
        &self.root
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A number below `end` (xorshift64*).
    fn below(&mut self, end: usize) -> usize {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let high = self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % end
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    /// A test that was never written before, right or wrong.
    fn text(&mut self, name: &str) -> String {
        self.serial += 1;
        let serial = self.serial;
        if let Some(library) = self.reads.get(name) {
            return format!("# {serial}\n{{% include \"parts/p{library}.toml\" %}}\n");
        }
        let service = if self.one_in(3) { "bax" } else { "box" };
        format!(
            "# {serial}\n[meta]\nname = \"n\"\n[service.box]\nplugin = \"generic_container\"\n\
             image = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nservice = \"{service}\"\n\
             run = \"true\"\n"
        )
    }

    fn part(&mut self, library: usize) -> String {
        self.text(&format!("part {library}"))
    }

    /// A new file; one of two reads a library.
    fn add(&mut self, stem: &str) -> String {
        let reads = self.one_in(2).then(|| self.below(LIBRARIES));
        let ending = if reads.is_some() { ".tera" } else { "" };
        let name = format!("{stem}.clnrm.toml{ending}");
        if let Some(library) = reads {
            self.reads.insert(name.clone(), library);
        }
        let text = self.text(&name);
        self.write(&name, &text);
        self.files.insert(name.clone(), text);
        name
    }

    fn any(&mut self) -> String {
        let at = self.below(self.files.len());
        self.files.keys().nth(at).unwrap().clone()
    }

    fn some(&mut self, most: usize) -> BTreeSet<String> {
        let number = 1 + self.below(most);
        (0..number).map(|_| self.any()).collect()
    }

    /// Writes the sentinel; gives its name and digest.
    pub fn sentinel(&mut self) -> (String, String) {
        let name = format!("t/{SENTINEL}");
        let text = self.text(&name);
        let beside = self.path(".sentinel");
        fs::write(&beside, &text).unwrap();
        fs::create_dir_all(self.path("t")).unwrap();
        fs::rename(beside, self.path(&name)).unwrap();
        (name, digest(&text))
    }

    /// Some edits of one kind. Says of which.
    pub fn round(&mut self, ledger: &mut Ledger) -> String {
        match self.below(16) {
            0..=6 => {
                let save = SAVES[self.below(SAVES.len())];
                for name in self.some(6) {
                    self.save(&name, save, ledger);
                }
                format!("{save:?}")
            }
            7 => self.no_change(ledger),
            8 => self.remove(ledger),
            9 => self.new_files(ledger),
            10 => self.rename_a_folder(ledger),
            11 => self.checkout(ledger),
            12..=14 => self.edit_a_library(ledger),
            _ => self.remove_and_make_a_folder(ledger),
        }
    }

    fn save(&mut self, name: &str, save: Save, ledger: &mut Ledger) {
        let path = self.path(name);
        let mut text = self.text(name);
        // Behind a link that an earlier round made, tools write to the file it leads to.
        match save {
            Save::InPlace => {
                ledger.in_steps(name);
                fs::write(&path, &text).unwrap();
            }
            Save::Slowly => {
                ledger.in_steps(name);
                let (one, two) = text.split_at(text.len() / 2);
                let mut file = fs::File::create(&path).unwrap();
                file.write_all(one.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(10));
                file.write_all(two.as_bytes()).unwrap();
            }
            Save::ByRename => {
                let beside = path.with_file_name(".save.swp");
                fs::write(&beside, &text).unwrap();
                fs::rename(beside, &path).unwrap();
            }
            Save::WithBackup => {
                ledger.in_steps(name);
                let backup = path.with_file_name("backup~");
                fs::rename(&path, &backup).unwrap();
                fs::write(&path, &text).unwrap();
                fs::remove_file(backup).unwrap();
            }
            Save::ByCopy => {
                ledger.in_steps(name);
                let other = self.path(".other");
                fs::write(&other, &text).unwrap();
                fs::copy(other, &path).unwrap();
            }
            Save::InABurst => {
                ledger.in_steps(name);
                for _ in 0..2 {
                    fs::write(&path, &text).unwrap();
                    ledger.saved(name, &text);
                    text = self.text(name);
                }
                fs::write(&path, &text).unwrap();
            }
            Save::Anew => {
                ledger.in_steps(name);
                fs::remove_file(&path).unwrap();
                fs::write(&path, &text).unwrap();
            }
            Save::BehindALink => {
                self.serial += 1;
                let far = self.path(&format!("far/{}.toml", self.serial));
                fs::create_dir_all(far.parent().unwrap()).unwrap();
                fs::write(&far, &text).unwrap();
                let beside = path.with_file_name(".link");
                std::os::unix::fs::symlink(far, &beside).unwrap();
                fs::rename(beside, &path).unwrap();
            }
            Save::BySed => {
                let old = &self.files[name];
                let first = old.lines().next().unwrap();
                text = format!("{first} {}{}", self.serial, &old[first.len()..]);
                let script = format!("1s/$/ {}/", self.serial);
                let status = std::process::Command::new("sed")
                    .args(["-i", "--follow-symlinks", &script])
                    .arg(&path)
                    .status();
                if !status.is_ok_and(|status| status.success()) {
                    // A sed without that flag.
                    ledger.in_steps(name);
                    fs::write(&path, &text).unwrap();
                }
            }
        }
        ledger.saved(name, &text);
        self.files.insert(name.to_owned(), text);
    }

    fn no_change(&mut self, ledger: &mut Ledger) -> String {
        for name in self.some(6) {
            let path = self.path(&name);
            ledger.quiet(&name);
            match self.below(4) {
                0 => {
                    let file = fs::File::open(&path).unwrap();
                    file.set_modified(SystemTime::now()).unwrap();
                }
                1 => {
                    let mode = 0o600 + 0o044 * u32::try_from(self.below(2)).unwrap();
                    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
                }
                2 => {
                    let beside = path.with_file_name(".same");
                    fs::write(&beside, &self.files[&name]).unwrap();
                    fs::rename(beside, &path).unwrap();
                }
                _ => {
                    let folder = path.parent().unwrap();
                    for noise in ["4913", ".x.swp", "x~", "sedAbCdEf", "#x#"] {
                        fs::write(folder.join(noise), "noise").unwrap();
                        fs::remove_file(folder.join(noise)).unwrap();
                    }
                }
            }
        }
        "no change".into()
    }

    fn forget(&mut self, name: &str, ledger: &mut Ledger) -> String {
        ledger.gone(name);
        self.reads.remove(name);
        self.files.remove(name).unwrap()
    }

    fn remove(&mut self, ledger: &mut Ledger) -> String {
        for name in self.some(4) {
            fs::remove_file(self.path(&name)).unwrap();
            self.forget(&name, ledger);
        }
        "removed".into()
    }

    fn new_files(&mut self, ledger: &mut Ledger) -> String {
        self.serial += 1;
        let serial = self.serial;
        let folder = match self.below(3) {
            0 => format!("t/d{}", self.below(FOLDERS)),
            1 => format!("t/n{serial}"),
            _ => format!("t/n{serial}/deep/er"),
        };
        for index in 0..=self.below(5) {
            let name = self.add(&format!("{folder}/new{serial}-{index}"));
            ledger.in_steps(&name);
            ledger.saved(&name, &self.files[&name]);
        }
        format!("new files in {folder}")
    }

    /// A folder of test files, and these.
    fn a_folder(&mut self) -> (String, Vec<String>) {
        let name = self.any();
        let folder = name.rsplit_once('/').unwrap().0.to_owned();
        let within = format!("{folder}/");
        let names = self
            .files
            .keys()
            .filter(|name| name.starts_with(&within))
            .cloned()
            .collect();
        (folder, names)
    }

    fn rename_a_folder(&mut self, ledger: &mut Ledger) -> String {
        let (folder, names) = self.a_folder();
        self.serial += 1;
        let renamed = format!("t/r{}", self.serial);
        fs::rename(self.path(&folder), self.path(&renamed)).unwrap();
        for name in names {
            let library = self.reads.get(&name).copied();
            let text = self.forget(&name, ledger);
            let now = format!("{renamed}{}", &name[folder.len()..]);
            if let Some(library) = library {
                self.reads.insert(now.clone(), library);
            }
            ledger.saved(&now, &text);
            self.files.insert(now, text);
        }
        format!("{folder} is now {renamed}")
    }

    fn remove_and_make_a_folder(&mut self, ledger: &mut Ledger) -> String {
        let (folder, names) = self.a_folder();
        fs::remove_dir_all(self.path(&folder)).unwrap();
        for name in names {
            let text = self.text(&name);
            ledger.in_steps(&name);
            self.write(&name, &text);
            ledger.saved(&name, &text);
            self.files.insert(name, text);
        }
        format!("{folder} made anew")
    }

    /// As git does it: removed and made again, one after the other.
    fn checkout(&mut self, ledger: &mut Ledger) -> String {
        for name in self.some(200) {
            let text = self.text(&name);
            let path = self.path(&name);
            ledger.in_steps(&name);
            fs::remove_file(&path).unwrap();
            fs::write(&path, &text).unwrap();
            ledger.saved(&name, &text);
            self.files.insert(name, text);
        }
        "checkout".into()
    }

    /// Writes a library, removes it, or makes one that was missed.
    fn edit_a_library(&mut self, ledger: &mut Ledger) -> String {
        let library = self.below(LIBRARIES);
        let name = library_name(library);
        let is_there = self.libraries[library].is_some();
        let text = (!is_there || !self.one_in(4)).then(|| self.part(library));
        match &text {
            Some(text) => {
                let beside = self.path(".part");
                fs::write(&beside, text).unwrap();
                fs::rename(beside, self.path(&name)).unwrap();
            }
            None => fs::remove_file(self.path(&name)).unwrap(),
        }
        for (reader, read) in &self.reads {
            if *read == library {
                ledger.reads(reader, &name, text.as_deref());
            }
        }
        let what = format!("{name} {}", text.as_deref().map_or("removed", |_| "saved"));
        self.libraries[library] = text;
        what
    }

    /// The root is moved away, and another one with the same files put in its place.
    pub fn swap_the_root(&mut self) {
        fs::rename(self.path("t"), self.path("away")).unwrap();
        for (name, text) in &self.files {
            self.write(name, text);
        }
        for (library, text) in self.libraries.iter().enumerate() {
            if let Some(text) = text {
                self.write(&library_name(library), text);
            }
        }
    }
}

fn library_name(library: usize) -> String {
    format!("t/parts/p{library}.toml")
}
