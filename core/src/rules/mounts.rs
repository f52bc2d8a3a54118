//! `X118` mount-outside: a volume that a run mounts only where the project file allows it.
//!
//! What a path means depends on the folder of the test, which is not known here: a text is judged
//! alike wherever it stands. A relative path that climbs out of its folder leaves it everywhere; an
//! absolute one may lie within it, so that is said with the condition.

use super::world::World;
use crate::diagnostic::{Code, Finding, Findings};

pub fn check(world: &World, found: &mut Findings) {
    for service in &world.file.services {
        for volume in &service.volumes {
            let Some(host) = &volume.host else { continue };
            let path = &host.value;
            let message = match place(path) {
                Place::Within => continue,
                Place::Outside => format!("`{path}` leaves the folder of the test"),
                Place::Absolute => {
                    format!("`{path}` is mounted only if it lies in the folder of the test")
                }
            };
            found.push(
                Finding::new(Code::X118, host.span, message)
                    .help("name what is beside the test, or allow the folder in clnrm.toml: `[run] allow_host_paths = [\"…\"]`"),
            );
        }
    }
}

#[derive(PartialEq, Debug)]
enum Place {
    /// In the folder of the test; or the name of a volume, or not known.
    Within,
    Outside,
    Absolute,
}

fn place(path: &str) -> Place {
    // A run takes the folder of the test for the working directory.
    let path = match path.strip_prefix("${PWD}") {
        Some(rest) => rest.trim_start_matches('/'),
        None if path.starts_with('/') => return Place::Absolute,
        None => path,
    };
    if path.contains("${") {
        return Place::Within;
    }
    let mut depth = 0_i32;
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return Place::Outside;
        }
    }
    Place::Within
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PAYS, clean, trips};
    use super::*;

    fn with_volume(volume: &str) -> String {
        PAYS.replace(
            "[[scenario]]",
            &format!("volumes = [{volume}]\n[[scenario]]"),
        )
    }

    #[test]
    fn what_climbs_out_of_the_folder_is_told_and_what_returns_is_not() {
        for path in [
            "..",
            "../data",
            "./a/../../b",
            "${PWD}/..",
            "${PWD}/../x",
            "a/../..",
        ] {
            assert_eq!(place(path), Place::Outside, "{path}");
        }
        for path in [
            ".",
            "./data",
            "a/../b",
            "${PWD}",
            "${PWD}/a/..",
            "cache",
            "${DATA}/../x",
            "..data",
        ] {
            assert_eq!(place(path), Place::Within, "{path}");
        }
        assert_eq!(place("/tmp/x"), Place::Absolute);
    }

    #[test]
    fn both_ways_to_write_a_volume_are_judged() {
        trips(
            Code::X118,
            &with_volume("\"../../etc:/data\""),
            &["\"../../etc:/data\""],
        );
        trips(
            Code::X118,
            &with_volume("{ host_path = \"/etc\", container_path = \"/data\" }"),
            &["\"/etc\""],
        );
        clean(&with_volume(
            "\"./data:/data\", \"cache:/cache\", \"/anonymous\"",
        ));
    }
}
