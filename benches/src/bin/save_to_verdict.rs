//! From a save to the verdict: `clnrm watch` against a plain loop of `inotifywait` and `dry-run`, in
//! the same run, over 1, 100 and 1,000 templates; and the memory of `watch` before and after ten
//! thousand saves, with what it used of a processor while nothing happened.
//!
//! ```text
//! cargo build --release -p clnrm-cli
//! cargo run --release -p clnrm-benches --bin save_to_verdict               prints two tables
//! cargo run --release -p clnrm-benches --bin save_to_verdict -- --write    puts them into the page
//! ```

use std::io::{self, BufRead, BufReader, Error};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use clnrm_benches::{document, program, template};

const SIZES: [usize; 3] = [1, 100, 1000];
/// Of a template, in bytes.
const TEMPLATE: usize = 10_000;
/// Of one file, by one person.
const SAVES: usize = 100;
/// Between two saves: longer than the longest window.
const PAUSE: Duration = Duration::from_millis(230);
const PATIENCE: Duration = Duration::from_secs(60);
const IDLE: Duration = Duration::from_secs(5);

fn main() -> io::Result<()> {
    let clnrm = program();
    let tables = [
        ("watch-verdict", verdicts(&clnrm)?),
        ("watch-memory", memory(&clnrm)?),
    ];
    for (name, table) in &tables {
        println!("{name}\n{table}");
    }
    if std::env::args().any(|argument| argument == "--write") {
        let page = document::page();
        let text = std::fs::read_to_string(&page)?;
        let filled = document::fill::<document::Unclosed>(&text, |name, held| {
            let ours = tables.iter().find(|(table, _)| *table == name);
            Ok(ours.map_or(held, |(_, table)| table).to_owned())
        });
        std::fs::write(&page, filled.map_err(Error::other)?)?;
    }
    Ok(())
}

/// From the save to the verdict.
fn verdicts(clnrm: &Path) -> io::Result<String> {
    let mut table =
        String::from("| templates | | p50, ms | p95, ms | p99, ms |\n|--:|---|--:|--:|--:|\n");
    for files in SIZES {
        for (name, adaptive) in [("watch, adaptive", true), ("watch, window of 50 ms", false)] {
            let project = Project::new(files, adaptive)?;
            let watch = Running::start(&mut watch(clnrm, &project), "\"event\":\"pass\"")?;
            watch.answer()?;
            table += &row(files, name, &mut saves(&project, &watch)?);
        }
        if !has_inotifywait() {
            eprintln!("inotifywait is not installed (inotify-tools): no peer for {files}");
            continue;
        }
        let project = Project::new(files, true)?;
        let peer = Running::start(&mut plain_loop(clnrm, &project), "verdict")?;
        // Until it watches, which it does not tell.
        std::thread::sleep(Duration::from_secs(2));
        let name = "`inotifywait`, then `dry-run`";
        table += &row(files, name, &mut saves(&project, &peer)?);
    }
    Ok(table)
}

/// A folder of templates.
struct Project {
    dir: tempfile::TempDir,
    files: Vec<PathBuf>,
    text: String,
}

impl Project {
    fn new(number: usize, adaptive: bool) -> io::Result<Self> {
        let dir = tempfile::tempdir()?;
        let text = template(TEMPLATE, false);
        let settings = format!("[watch]\nadaptive = {adaptive}\n");
        std::fs::write(dir.path().join("clnrm.toml"), settings)?;
        std::fs::create_dir(dir.path().join("t"))?;
        let mut project = Self {
            files: (0..number)
                .map(|index| dir.path().join(format!("t/{index}.clnrm.toml.tera")))
                .collect(),
            dir,
            text,
        };
        for index in 0..number {
            project.save(index, 0)?;
        }
        Ok(project)
    }

    /// Writes a file with other bytes than before, in place, as `cp` does.
    fn save(&mut self, file: usize, serial: usize) -> io::Result<()> {
        std::fs::write(&self.files[file], self.other(file, serial))
    }

    fn other(&self, file: usize, serial: usize) -> String {
        format!("# {file} {serial}\n{}", self.text)
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}

fn watch(clnrm: &Path, project: &Project) -> Command {
    let mut command = Command::new(clnrm);
    command
        .args(["watch", "t", "--format", "json"])
        .current_dir(project.path());
    command
}

fn plain_loop(clnrm: &Path, project: &Project) -> Command {
    let script = format!(
        "inotifywait -m -q -r -e close_write,moved_to t | while read -r line; do
            '{}' dry-run t > /dev/null; echo verdict; done",
        clnrm.display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(project.path());
    command
}

fn has_inotifywait() -> bool {
    Command::new("inotifywait")
        .arg("--help")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// A process, and when it printed a verdict.
struct Running {
    child: Child,
    verdicts: Receiver<Instant>,
}

impl Running {
    fn start(command: &mut Command, verdict: &'static str) -> io::Result<Self> {
        // With all that it starts: the plain loop is three processes.
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| Error::other("no pipe"))?;
        let (sender, verdicts) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let at = Instant::now();
                match line {
                    Ok(line) if line.contains(verdict) && sender.send(at).is_ok() => {}
                    Ok(_) => {}
                    Err(_) => return,
                }
            }
        });
        Ok(Self { child, verdicts })
    }

    fn answer(&self) -> io::Result<Instant> {
        self.verdicts
            .recv_timeout(PATIENCE)
            .map_err(|_| Error::other("no verdict came"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}

fn saves(project: &Project, running: &Running) -> io::Result<Vec<Duration>> {
    let file = project.files.len() / 2;
    let mut times = Vec::with_capacity(SAVES);
    for serial in 1..=SAVES {
        std::thread::sleep(PAUSE);
        while running.verdicts.try_recv().is_ok() {}
        let text = project.other(file, serial);
        std::fs::write(&project.files[file], text)?;
        let saved = Instant::now();
        times.push(running.answer()?.saturating_duration_since(saved));
    }
    Ok(times)
}

fn row(files: usize, name: &str, times: &mut [Duration]) -> String {
    times.sort_unstable();
    let millis = |percent: usize| {
        let rank = (times.len() * percent).div_ceil(100).max(1);
        times.get(rank - 1).map_or(0.0, Duration::as_secs_f64) * 1000.0
    };
    format!(
        "| {files} | {name} | {:.2} | {:.2} | {:.2} |\n",
        millis(50),
        millis(95),
        millis(99)
    )
}

/// What the process uses, as Linux tells it, while nothing happens and over ten thousand saves.
fn memory(clnrm: &Path) -> io::Result<String> {
    const FILES: usize = 1000;
    const ROUNDS: usize = 200;
    const OF_A_ROUND: usize = 50;
    let mut project = Project::new(FILES, true)?;
    let running = Running::start(&mut watch(clnrm, &project), "\"event\":\"pass\"")?;
    running.answer()?;
    let id = running.child.id();
    std::thread::sleep(Duration::from_secs(1));
    let mut table = format!(
        "| `watch` over {FILES} templates of {} KB | |\n|---|--:|\n| after the first pass | {} |\n",
        TEMPLATE / 1000,
        resident(id)
    );
    let before = ticks(id);
    std::thread::sleep(IDLE);
    let used = ticks(id).saturating_sub(before) * 10;
    table += &format!(
        "| processor in {} s without a change | {used} ms |\n",
        IDLE.as_secs()
    );
    for round in 0..ROUNDS {
        for index in 0..OF_A_ROUND {
            project.save((round * OF_A_ROUND + index) % FILES, round + 1)?;
        }
        running.answer()?;
        if (round + 1) % (ROUNDS / 5) == 0 {
            let saves = (round + 1) * OF_A_ROUND;
            table += &format!("| after {saves} saves | {} |\n", resident(id));
        }
    }
    Ok(table)
}

fn resident(id: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or_else(
        || "not told by this system".into(),
        |line| line.trim().to_owned(),
    )
}

/// Hundredths of a second of a processor.
fn ticks(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let fields = after.split_whitespace();
    fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum()
}
