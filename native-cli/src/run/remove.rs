//! Removing what runs made: found by its labels, whoever made it and however that ended.

use std::collections::HashMap;
use std::time::Duration;

use bollard::errors::Error as EngineError;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder,
};
use futures_util::future::join_all;

use super::engine::{Engine, full, status};
use super::owner;

/// An object of the engine that a run made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its id, or a volume's name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: HashMap<String, String>,
}

/// Kinds of objects, in the order in which they can be removed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Container,
    Network,
    Volume,
}

impl Kind {
    /// What people call it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
        }
    }
}

/// All objects with a label, such as `clnrm.session` or `clnrm.session=12ab`.
pub async fn list(engine: &Engine, label: &str) -> Result<Vec<Object>, EngineError> {
    let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
    let docker = &engine.docker;
    let mut objects = Vec::new();
    let options = ListContainersOptionsBuilder::default()
        .all(true)
        .filters(&filters)
        .build();
    for found in docker.list_containers(Some(options)).await? {
        let Some(id) = found.id else { continue };
        let name = found.names.and_then(|names| names.into_iter().next());
        objects.push(Object {
            kind: Kind::Container,
            name: name.map_or_else(
                || id.clone(),
                |name| name.trim_start_matches('/').to_owned(),
            ),
            id,
            labels: found.labels.unwrap_or_default(),
        });
    }
    let options = ListNetworksOptionsBuilder::default()
        .filters(&filters)
        .build();
    for found in docker.list_networks(Some(options)).await? {
        let Some(id) = found.id else { continue };
        objects.push(Object {
            kind: Kind::Network,
            name: found.name.unwrap_or_else(|| id.clone()),
            id,
            labels: found.labels.unwrap_or_default(),
        });
    }
    let options = ListVolumesOptionsBuilder::default()
        .filters(&filters)
        .build();
    for found in docker
        .list_volumes(Some(options))
        .await?
        .volumes
        .unwrap_or_default()
    {
        objects.push(Object {
            kind: Kind::Volume,
            id: found.name.clone(),
            name: found.name,
            labels: found.labels,
        });
    }
    Ok(objects)
}

/// Removes objects, each kind at once. What could not be removed, and why, comes back.
pub async fn remove(engine: &Engine, objects: &[Object]) -> Vec<(Object, String)> {
    let mut left = Vec::new();
    for kind in [Kind::Container, Kind::Network, Kind::Volume] {
        let of_kind = objects.iter().filter(|object| object.kind == kind);
        let done =
            join_all(of_kind.map(|object| async move { (object, one(engine, object).await) }));
        for (object, result) in done.await {
            if let Err(error) = result {
                left.push((object.clone(), full(&error)));
            }
        }
    }
    left
}

async fn one(engine: &Engine, object: &Object) -> Result<(), EngineError> {
    let docker = &engine.docker;
    let mut attempts = 0;
    loop {
        let result = match object.kind {
            Kind::Container => {
                let options = RemoveContainerOptionsBuilder::default()
                    .force(true)
                    .v(true)
                    .build();
                docker.remove_container(&object.id, Some(options)).await
            }
            Kind::Network => docker.remove_network(&object.id).await,
            Kind::Volume => {
                let options = RemoveVolumeOptionsBuilder::default().force(true).build();
                docker.remove_volume(&object.id, Some(options)).await
            }
        };
        match result {
            Ok(()) => return Ok(()),
            Err(error) => match status(&error) {
                // It is gone, which is what was wanted.
                Some(404) => return Ok(()),
                // Being removed by somebody else, or still held by something that is: in a moment.
                Some(403 | 409 | 500) if attempts < 10 => {
                    attempts += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                _ => return Err(error),
            },
        }
    }
}

/// Removes everything with a label until nothing with it turned up for the time `settled`: a request
/// that was under way when its sender died may still make something. What is left comes back.
pub async fn remove_all(
    engine: &Engine,
    label: &str,
    patience: Duration,
    settled: Duration,
) -> Vec<(Object, String)> {
    let mut empty: Option<tokio::time::Instant> = None;
    let mut left = Vec::new();
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        match list(engine, label).await {
            Ok(objects) if objects.is_empty() => {
                left.clear();
                let since = *empty.get_or_insert_with(tokio::time::Instant::now);
                if since.elapsed() >= settled {
                    return left;
                }
            }
            Ok(objects) => {
                empty = None;
                left = remove(engine, &objects).await;
            }
            // Nobody knows what there is; nothing is no answer to that.
            Err(error) => {
                empty = None;
                if left.is_empty() {
                    left.push((unknown(label), full(&error)));
                }
            }
        }
        if tokio::time::Instant::now() >= deadline {
            return left;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Whatever it is that carries a label.
fn unknown(label: &str) -> Object {
    Object {
        kind: Kind::Network,
        id: label.to_owned(),
        name: label.to_owned(),
        labels: HashMap::new(),
    }
}

/// Objects of runs that are certainly over and were not asked to leave anything standing.
pub async fn leftovers(engine: &Engine) -> Result<Vec<Object>, EngineError> {
    let mut objects = list(engine, owner::SESSION).await?;
    objects.retain(|object| {
        owner::is_over(&object.labels) && !object.labels.contains_key(owner::KEEP)
    });
    Ok(objects)
}
