//! Containers that end at all moments about a command: before it is there, while the engine starts it,
//! and while it runs.

use serde_json::Value;

use super::Project;

/// Writes tests whose only container ends by itself after 10 to 122 ms. Gives back how many there are.
pub fn write(project: &Project) -> usize {
    let times = (10..130).step_by(8);
    for after in times.clone() {
        let text = format!(
            "[meta]\nname = \"t{after}\"\n[service.box]\nimage = \"alpine:3.20\"\n\
             args = [\"sh\", \"-c\", \"usleep {after}000; exit 7\"]\n\
             [[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"true\"\n"
        );
        project.write(&format!("after-{after}.clnrm.toml"), &text);
    }
    times.count()
}

/// Whoever is told of a fault is told of the container, never of the command or the engine.
pub fn none_is_blamed(json: &Value, count: usize) {
    let tests = json["tests"].as_array().unwrap();
    assert_eq!(tests.len(), count);
    let problems = tests
        .iter()
        .flat_map(|test| test["problems"].as_array().unwrap());
    let told: Vec<&Value> = problems.collect();
    assert!(!told.is_empty(), "none ended in time: nothing was tested");
    for problem in told {
        assert_eq!(problem["code"], "R107", "{}", problem["message"]);
    }
}
