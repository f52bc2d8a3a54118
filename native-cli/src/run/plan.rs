//! From a valid file to what a run has to do: which containers, in which order, where each command
//! runs, and what all of it needs.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clnrm_core::checker::{Runnable, RunnableTest};
use clnrm_core::config::model::{Limits, Plugin, Scenario, Service, Step, TestFile};
use clnrm_core::config::presets::{self, Preset};
use clnrm_core::diagnostic::Code;
use clnrm_core::source::Span;

use super::problem::Problem;
use crate::discover::Found;
use crate::session::Session;

/// Of a test, where nobody says how long it may take.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The image of scenarios that name no service, where nobody names another.
const IMAGE: &str = "alpine:latest";

/// A test that is to be run.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its file.
    pub file: Arc<Runnable>,
    /// Which test of the file.
    pub index: usize,
    /// Its path, as people read it.
    pub path: Arc<str>,
    /// Its name.
    pub name: String,
    /// The combination of the file's matrix.
    pub matrix: BTreeMap<String, String>,
    /// The folder that its file is in, and relative paths start from.
    pub folder: PathBuf,
    /// Of the whole test.
    pub timeout: Duration,
    /// Its containers.
    pub containers: Vec<Container>,
    /// What it takes.
    pub needs: Needs,
}

/// A container of a test.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name within the test.
    pub name: String,
    /// The image.
    pub image: String,
    /// Where the image, or what asks for the container, stands.
    pub at: Span,
    /// The service; `None`: a fresh container for a scenario that names none.
    pub service: Option<Service>,
    /// What is known of the kind of service.
    pub preset: Option<&'static Preset>,
    /// What it may use.
    pub limits: Limits,
}

/// What a test takes while it runs.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Needs {
    /// Containers.
    pub containers: u64,
    /// MiB, of the containers that have a limit.
    pub memory_mb: u64,
    /// Processors, of the containers that have a limit.
    pub cpus: f64,
}

/// The tests of a file. `timeout` is that of the command line, for those that set none.
pub fn tests(
    session: &Session,
    found: &Found,
    runnable: Arc<Runnable>,
    timeout: Option<Duration>,
) -> Vec<Planned> {
    let run = session.run_settings();
    let image = run.default_image.as_deref().unwrap_or(IMAGE);
    let other = timeout
        .or(run.timeout.map(Duration::from_micros))
        .unwrap_or(TIMEOUT);
    let folder = found.path.parent().unwrap_or(session.base.folder());
    let one = |(index, test): (usize, &RunnableTest)| {
        let meta = &test.file.meta;
        let containers = containers(&test.file, image);
        let name = meta.name.as_ref();
        let matrix = test.matrix.iter();
        Planned {
            file: runnable.clone(),
            index,
            path: found.name.clone(),
            name: name.map_or_else(|| found.name.to_string(), |name| name.value.clone()),
            matrix: matrix
                .map(|(name, value)| (name.clone(), value.to_string()))
                .collect(),
            folder: folder.to_owned(),
            timeout: meta
                .timeout
                .map_or(other, |timeout| Duration::from_micros(timeout.value)),
            needs: needs(&containers),
            containers,
        }
    };
    runnable.tests.iter().enumerate().map(one).collect()
}

impl Planned {
    /// The test as the core knows it.
    pub fn test(&self) -> &RunnableTest {
        &self.file.tests[self.index]
    }

    /// What its file says.
    pub fn says(&self) -> &TestFile {
        &self.test().file
    }

    /// The test's name and combination, such as `checkout [os=alpine]`.
    pub fn title(&self) -> String {
        title(&self.name, &self.matrix)
    }

    /// Where the test as a whole stands: its name.
    pub fn at(&self) -> Span {
        let meta = &self.says().meta;
        meta.name
            .as_ref()
            .map(|name| name.span)
            .or(meta.header)
            .unwrap_or_default()
    }
}

/// A test's name and combination.
pub fn title(name: &str, matrix: &BTreeMap<String, String>) -> String {
    if matrix.is_empty() {
        return name.to_owned();
    }
    let values: Vec<String> = matrix
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{name} [{}]", values.join(", "))
}

/// The name of the fresh container of the scenario at `index`.
pub fn fresh_name(index: usize) -> String {
    format!("scenario-{}", index + 1)
}

/// The container in which a command of the scenario at `index` runs.
pub fn place(file: &TestFile, index: usize, scenario: &Scenario, step: Option<&Step>) -> String {
    let named = step
        .and_then(|step| step.service.as_ref())
        .or(scenario.service.as_ref());
    match (named, file.services.as_slice()) {
        (Some(name), _) => name.value.clone(),
        (None, [only]) => only.name.value.clone(),
        (None, _) => fresh_name(index),
    }
}

/// All containers of a test, services first.
pub fn containers(file: &TestFile, default_image: &str) -> Vec<Container> {
    let mut containers: Vec<Container> = Vec::new();
    let mut seen = HashSet::new();
    for service in &file.services {
        if !seen.insert(service.name.value.clone()) {
            continue;
        }
        let preset = match service.plugin.map(|plugin| plugin.value) {
            Some(Plugin::Preset(name)) => presets::find(name),
            _ => None,
        };
        let image = service.image.as_ref().map(|image| image.value.clone());
        let image = image.or_else(|| preset.map(|preset| preset.image.to_owned()));
        let at = service
            .image
            .as_ref()
            .map_or(service.header, |image| image.span);
        containers.push(Container {
            name: service.name.value.clone(),
            image: image.unwrap_or_default(),
            at,
            preset,
            limits: merged(&service.limits, &file.limits),
            service: Some(service.clone()),
        });
    }
    for (index, scenario) in file.scenarios.iter().enumerate() {
        let commands = scenario
            .run
            .iter()
            .map(|_| None)
            .chain(scenario.steps.iter().map(Some));
        let fresh = fresh_name(index);
        let parallel = !scenario.parallel_services.is_empty();
        if commands.clone().any(|step| {
            place(file, index, scenario, step) == fresh && !(parallel && step.is_some())
        }) {
            containers.push(Container {
                name: fresh,
                image: default_image.to_owned(),
                at: scenario.header,
                service: None,
                preset: None,
                limits: file.limits.clone(),
            });
        }
    }
    containers
}

fn merged(own: &Limits, other: &Limits) -> Limits {
    Limits {
        header: own.header.or(other.header),
        memory: own.memory.or(other.memory),
        cpus: own.cpus.or(other.cpus),
        pids: own.pids.or(other.pids),
    }
}

/// What containers take together.
pub fn needs(containers: &[Container]) -> Needs {
    Needs {
        containers: containers.len() as u64,
        memory_mb: containers
            .iter()
            .filter_map(|container| container.limits.memory)
            .map(|memory| memory.value.div_ceil(1 << 20))
            .sum(),
        cpus: containers
            .iter()
            .filter_map(|container| container.limits.cpus)
            .map(|cpus| cpus.value)
            .sum(),
    }
}

/// Settings that the file gives and a run goes on without; each is told, none dropped in silence.
pub fn not_honoured(file: &TestFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |at: Span, what: &str, why: &str| {
        problems.push(Problem::new(Code::R111, at, format!("{what}: {why}")));
    };
    if let Some(otel) = &file.otel
        && let Some(exporter) = otel.exporter
        && !exporter.value.is_collected()
        && exporter.value != clnrm_core::config::model::Exporter::None
    {
        say(
            exporter.span,
            "`otel.exporter`",
            "a run collects OTLP and standard output, nothing else",
        );
    }
    if let Some(endpoint) = super::spans::elsewhere(file) {
        say(
            endpoint.span,
            "`otel.endpoint`",
            "spans that are sent there are not seen by the run; leave it out to have them received",
        );
    }
    problems
}
