//! Making and starting a container: its image, what it is told, what it may use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bollard::models::{
    ContainerCreateBody, EndpointSettings, HostConfig, ImageConfig, Mount, MountType,
    MountVolumeOptions, NetworkingConfig, PortBinding,
};
use bollard::query_parameters::{CreateContainerOptionsBuilder, CreateImageOptionsBuilder};
use clnrm_core::config::model::{Command, Pair, Pull, Service, Volume};
use clnrm_core::diagnostic::Code;
use futures_util::StreamExt as _;

use super::engine::{full, is_lost, status};
use super::plan::Container;
use super::problem::{Problem, Stop};
use super::workplace::{Started, Workplace};

/// What keeps a container alive that has nothing to do by itself.
const IDLE: [&str; 2] = ["sleep", "2147483647"];

/// What a run tells its containers.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Environment variables; the file's own are stronger.
    pub env: Vec<(String, String)>,
    /// Folders that volumes may mount beside the test's own.
    pub allowed_paths: Vec<PathBuf>,
}

/// Makes sure of the image, makes the container and starts it.
pub async fn start(place: &Workplace, container: &Container, told: &Told) -> Result<Started, Stop> {
    let image = image(place, container).await?;
    let body = body(place, container, told, &image)?;
    let docker = &place.engine.docker;
    let name = place.name_of(&container.name);
    let options = CreateContainerOptionsBuilder::default().name(&name).build();
    let what = format!("cannot make the container of `{}`", container.name);
    let made = docker
        .create_container(Some(options), body)
        .await
        .map_err(|error| Stop::refused(&error, container.at, &what))?;
    if let Err(error) = docker.start_container(&made.id, None).await {
        let what = format!("cannot start the container of `{}`", container.name);
        return Err(Stop::refused(
            &error,
            place_of_fault(container, &error),
            &what,
        ));
    }
    let found = place.engine.inspect(&made.id).await;
    let address = found.ok().and_then(|found| {
        let networks = found.network_settings?.networks?;
        networks
            .get(&place.network.name)?
            .ip_address
            .as_ref()?
            .parse()
            .ok()
    });
    Ok(Started {
        id: made.id,
        address,
    })
}

/// A taken port is shown at the port, all else at the image.
fn place_of_fault(
    container: &Container,
    error: &bollard::errors::Error,
) -> clnrm_core::source::Span {
    let said = full(error);
    let ports = container.service.iter().flat_map(|service| &service.ports);
    let mut named = ports.filter(|port| {
        port.value.host.is_some_and(|host| {
            said.contains(&format!(":{host} ")) || said.contains(&format!(":{host}:"))
        })
    });
    let command = container.service.as_ref().and_then(|service| {
        service
            .entrypoint
            .as_ref()
            .or(service.args.as_ref())
            .map(Command::span)
    });
    let is_program = said.contains("executable file") || said.contains("exec:");
    named
        .next()
        .map(|port| port.span)
        .or(command.filter(|_| is_program))
        .unwrap_or(container.at)
}

/// What the image says, after it was fetched if need be.
async fn image(place: &Workplace, container: &Container) -> Result<ImageConfig, Stop> {
    let docker = &place.engine.docker;
    let pull = container.service.as_ref().and_then(|service| service.pull);
    let name = &container.image;
    let pull = pull.map_or(Pull::Missing, |pull| pull.value);
    let missing = |reason: String| {
        Stop::from(
            Problem::new(
                Code::R102,
                container.at,
                format!("the image `{name}` is not to be had: {reason}"),
            )
            .help(format!(
                "check its name, or fetch it by hand: `docker pull {name}`"
            )),
        )
    };
    let known = match docker.inspect_image(name).await {
        Ok(found) => Some(found),
        Err(error) if status(&error) == Some(404) => None,
        Err(error) if is_lost(&error) => return Err(Stop::Engine(full(&error))),
        Err(error) => return Err(missing(full(&error))),
    };
    match (known, pull) {
        (Some(found), Pull::Missing | Pull::Never) => Ok(found.config.unwrap_or_default()),
        (None, Pull::Never) => Err(missing(
            "it is not on this machine, and `pull = \"never\"`".to_owned(),
        )),
        (_, Pull::Missing | Pull::Always) => {
            // Without a tag the engine would fetch all tags there are.
            let tagged = name
                .rsplit('/')
                .next()
                .is_some_and(|last| last.contains([':', '@']));
            let options = CreateImageOptionsBuilder::default().from_image(name);
            let options = if tagged {
                options
            } else {
                options.tag("latest")
            };
            let mut progress = docker.create_image(Some(options.build()), None, None);
            while let Some(step) = progress.next().await {
                if let Err(error) = step {
                    return Err(if is_lost(&error) {
                        Stop::Engine(full(&error))
                    } else {
                        missing(full(&error))
                    });
                }
            }
            let found = docker.inspect_image(name).await;
            Ok(found
                .map_err(|error| missing(full(&error)))?
                .config
                .unwrap_or_default())
        }
    }
}

fn body(
    place: &Workplace,
    container: &Container,
    told: &Told,
    image: &ImageConfig,
) -> Result<ContainerCreateBody, Stop> {
    let service = container.service.as_ref();
    let (entrypoint, cmd, open_stdin) = command(service, image);
    let endpoint = format!("http://{}", place.receiver.address);
    let mut env = super::spans::env(
        place.planned.says(),
        &endpoint,
        &container.name,
        place.own.parent(None),
    );
    env.extend(told.env.iter().cloned());
    let own = service.iter().flat_map(|service| &service.env);
    for Pair { name, value } in own {
        set(&mut env, &name.value, &value.value);
    }
    let limits = &container.limits;
    let memory = limits
        .memory
        .and_then(|memory| i64::try_from(memory.value).ok());
    let ports = service.map(ports).unwrap_or_default();
    let mut mounts = Vec::new();
    for volume in service.iter().flat_map(|service| &service.volumes) {
        mounts.push(mount(place, told, volume)?);
    }
    let mut labels = place.labels.clone();
    labels.insert("clnrm.service".to_owned(), container.name.clone());
    Ok(ContainerCreateBody {
        image: Some(container.image.clone()),
        hostname: Some(host_name(&container.name)),
        user: service
            .and_then(|service| service.user.as_ref())
            .map(|user| user.value.clone()),
        working_dir: service
            .and_then(|service| service.working_dir.as_ref())
            .map(|folder| folder.value.clone()),
        entrypoint,
        cmd,
        open_stdin: Some(open_stdin),
        env: Some(
            env.into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
        ),
        labels: Some(labels),
        exposed_ports: Some(ports.keys().cloned().collect()),
        host_config: Some(HostConfig {
            // Something must reap what commands leave behind, and pass signals on.
            init: Some(true),
            network_mode: Some(place.network.name.clone()),
            memory,
            // Without this a container may take the same again from the swap space.
            memory_swap: memory,
            #[expect(
                clippy::cast_possible_truncation,
                reason = "nobody has so many processors"
            )]
            nano_cpus: limits.cpus.map(|cpus| (cpus.value * 1e9) as i64),
            pids_limit: limits.pids.and_then(|pids| i64::try_from(pids.value).ok()),
            port_bindings: Some(ports),
            mounts: Some(mounts),
            ..HostConfig::default()
        }),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([(
                place.network.name.clone(),
                EndpointSettings {
                    aliases: Some(vec![container.name.clone()]),
                    ..EndpointSettings::default()
                },
            )])),
        }),
        ..ContainerCreateBody::default()
    })
}

/// Sets a variable; what was set before is replaced.
pub fn set(env: &mut Vec<(String, String)>, name: &str, value: &str) {
    match env.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => value.clone_into(old),
        None => env.push((name.to_owned(), value.to_owned())),
    }
}

/// Entry point, command, and whether standard input stays open. The last keeps images alive whose
/// command is a shell or another interpreter: it waits for input that never comes.
fn command(
    service: Option<&Service>,
    image: &ImageConfig,
) -> (Option<Vec<String>>, Option<Vec<String>>, bool) {
    let idle = |from: usize| Some(IDLE[from..].iter().map(|word| (*word).to_owned()).collect());
    let Some(service) = service else {
        return (Some(vec![IDLE[0].to_owned()]), idle(1), false);
    };
    let entrypoint = service.entrypoint.as_ref().map(argv);
    let args = service.args.as_ref().map(argv);
    let own = entrypoint.is_some() || args.is_some();
    let nothing = |words: &Option<Vec<String>>| words.as_ref().is_none_or(Vec::is_empty);
    if !own && nothing(&image.cmd) && nothing(&image.entrypoint) {
        return (None, idle(0), false);
    }
    (entrypoint, args, !own)
}

/// A command as words: an array as it is, a string through the shell.
pub fn argv(command: &Command) -> Vec<String> {
    match command {
        Command::Shell(line) => vec!["sh".to_owned(), "-c".to_owned(), line.value.clone()],
        Command::Argv { words, .. } => words.iter().map(|word| word.value.clone()).collect(),
    }
}

fn ports(service: &Service) -> HashMap<String, Option<Vec<PortBinding>>> {
    let mut ports: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in &service.ports {
        let port = &port.value;
        let protocol = if port.udp { "udp" } else { "tcp" };
        let binding = PortBinding {
            host_ip: Some(
                port.host_ip
                    .clone()
                    .unwrap_or_else(|| "127.0.0.1".to_owned()),
            ),
            host_port: port.host.map(|host| host.to_string()),
        };
        ports
            .entry(format!("{}/{protocol}", port.container))
            .or_default()
            .get_or_insert_default()
            .push(binding);
    }
    ports
}

/// Host names have 63 characters, and few kinds of them.
fn host_name(name: &str) -> String {
    let name = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let name: String = name.take(63).collect();
    name.trim_matches('-').to_owned()
}

/// The path on this machine that a volume mounts, from the folder of the test; `None`: it has a name
/// instead, or none.
pub fn host_path(folder: &Path, volume: &Volume) -> Option<PathBuf> {
    let host = volume.host.as_ref()?;
    let written = host.value.replace("${PWD}", &folder.to_string_lossy());
    let is_path = written.starts_with(['.', '/', '~']) || written.contains(['/', '\\']);
    is_path.then(|| folder.join(written))
}

fn mount(place: &Workplace, told: &Told, volume: &Volume) -> Result<Mount, Stop> {
    let mount = Mount {
        target: Some(volume.container.value.clone()),
        read_only: Some(volume.read_only),
        typ: Some(MountType::VOLUME),
        ..Mount::default()
    };
    let Some(host) = &volume.host else {
        return Ok(mount);
    };
    let folder = &place.planned.folder;
    let Some(path) = host_path(folder, volume) else {
        return Ok(Mount {
            source: Some(place.name_of(&host.value)),
            volume_options: Some(MountVolumeOptions {
                labels: Some(place.labels.clone()),
                ..MountVolumeOptions::default()
            }),
            ..mount
        });
    };
    let fail = |message: String, help: &str| {
        Stop::from(Problem::new(Code::R110, host.span, message).help(help))
    };
    let path = path.canonicalize().map_err(|error| {
        fail(
            format!("cannot mount `{}`: {error}", host.value),
            "paths start from the test's own folder",
        )
    })?;
    let within = |allowed: &Path| {
        allowed
            .canonicalize()
            .is_ok_and(|allowed| path.starts_with(allowed))
    };
    if !within(folder) && !told.allowed_paths.iter().any(|allowed| within(allowed)) {
        return Err(fail(
            format!("`{}` leaves the folder of the test", host.value),
            "allow it in clnrm.toml: `[run] allow_host_paths = [\"…\"]`",
        ));
    }
    Ok(Mount {
        typ: Some(MountType::BIND),
        source: Some(path.to_string_lossy().into_owned()),
        ..mount
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_variable_replaces_an_earlier_one() {
        let mut env = vec![("A".to_owned(), "1".to_owned())];
        set(&mut env, "A", "2");
        set(&mut env, "B", "3");
        assert_eq!(
            env,
            [
                ("A".to_owned(), "2".to_owned()),
                ("B".to_owned(), "3".to_owned())
            ]
        );
    }

    #[test]
    fn an_image_without_a_command_is_kept_alive_and_a_shell_gets_open_input() {
        let service = Service::default();
        let (entrypoint, cmd, stdin) = command(Some(&service), &ImageConfig::default());
        assert_eq!(
            (entrypoint, cmd.map(|cmd| cmd[0].clone()), stdin),
            (None, Some("sleep".to_owned()), false)
        );
        let shell = ImageConfig {
            cmd: Some(vec!["sh".to_owned()]),
            ..ImageConfig::default()
        };
        assert_eq!(command(Some(&service), &shell), (None, None, true));
    }

    #[test]
    fn host_names_are_tame() {
        assert_eq!(host_name("my_db.v2 "), "my-db-v2");
    }
}
