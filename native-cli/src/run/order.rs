//! What happens when in a test: containers start after those that they depend on, scenarios run after
//! theirs.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use clnrm_core::config::model::Scenario;
use futures_util::future::{join_all, try_join_all};

use super::container::{self, Told};
use super::outcome::{ScenarioOutcome, Verdict};
use super::plan::Container;
use super::problem::Stop;
use super::ready;
use super::record::{Record, lock};
use super::scenario::Stage;
use super::workplace::{Started, Workplace};

/// Containers that were started, by name.
pub type All<'a> = HashMap<String, (&'a Container, Started)>;

/// Starts all containers: each when those that it depends on are ready, those that can at once.
pub async fn start_all<'a>(place: &'a Workplace, told: &Told) -> Result<All<'a>, Stop> {
    let containers = &place.planned.containers;
    let mut all = All::new();
    let mut waiting: Vec<&Container> = containers.iter().collect();
    while !waiting.is_empty() {
        let depends = |container: &Container| {
            let names = container
                .service
                .iter()
                .flat_map(|service| &service.depends_on);
            names.clone().any(|name| {
                !all.contains_key(&name.value)
                    && containers.iter().any(|other| other.name == name.value)
            })
        };
        let (later, now): (Vec<&Container>, Vec<&Container>) =
            waiting.iter().partition(|container| depends(container));
        // A cycle was reported by the check; should one get here all the same, it must not hang.
        let (later, now) = if now.is_empty() {
            (Vec::new(), later)
        } else {
            (later, now)
        };
        let begun = now.iter().map(|container| async {
            let started = container::start(place, container, told).await?;
            place.hears().await?;
            ready::wait(place, container, &started).await?;
            Ok::<_, Stop>((container.name.clone(), (*container, started)))
        });
        // The first that fails is enough; what the others made carries its labels.
        all.extend(try_join_all(begun).await?);
        waiting = later;
    }
    Ok(all)
}

/// Runs the scenarios: in order of file, or side by side if all say so, each after those that it
/// depends on. One whose forerunner failed is not run.
pub async fn scenarios(
    place: &Workplace,
    containers: &All<'_>,
    record: &Mutex<Record>,
) -> Result<(), Stop> {
    let file = place.planned.says();
    let stage = Stage {
        place,
        containers,
        count: AtomicUsize::new(0),
    };
    let concurrent = !file.scenarios.is_empty()
        && file
            .scenarios
            .iter()
            .all(|one| one.concurrent.is_some_and(|concurrent| concurrent.value));
    let mut passed: HashSet<&str> = HashSet::new();
    let mut over: HashSet<&str> = HashSet::new();
    let mut waiting: Vec<(usize, &Scenario)> = file.scenarios.iter().enumerate().collect();
    while !waiting.is_empty() {
        let name_of = |scenario: &'_ Scenario| {
            scenario
                .name
                .as_ref()
                .map_or("", |name| name.value.as_str())
                .to_owned()
        };
        let (mut now, mut later): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, scenario)| {
                scenario.depends_on.iter().all(|name| {
                    over.contains(name.value.as_str())
                        || !file.scenarios.iter().any(|one| name_of(one) == name.value)
                })
            });
        if now.is_empty() {
            std::mem::swap(&mut now, &mut later);
        }
        if !concurrent {
            later.splice(0..0, now.drain(1..));
            later.sort_by_key(|(index, _)| *index);
        }
        let stage = &stage;
        let running = now.iter().map(|(index, scenario)| {
            let missing = scenario.depends_on.iter().find(|name| {
                over.contains(name.value.as_str()) && !passed.contains(name.value.as_str())
            });
            let begin = missing.is_none();
            async move {
                if begin {
                    Some(stage.run(*index, scenario).await)
                } else {
                    None
                }
            }
        });
        let done = join_all(running).await;
        for ((_, scenario), done) in now.iter().zip(done) {
            let name = scenario
                .name
                .as_ref()
                .map_or("", |name| name.value.as_str());
            over.insert(name);
            let (outcome, problems) = match done {
                Some(done) => done?,
                None => (
                    ScenarioOutcome {
                        name: Some(name.to_owned()),
                        verdict: Verdict::NotRun,
                        attempts: 0,
                        duration_us: 0,
                        steps: Vec::new(),
                    },
                    Vec::new(),
                ),
            };
            if outcome.verdict == Verdict::Passed {
                passed.insert(name);
            }
            let mut record = lock(record);
            record.scenarios.push(outcome);
            record.problems.extend(problems);
        }
        waiting = later;
    }
    Ok(())
}
