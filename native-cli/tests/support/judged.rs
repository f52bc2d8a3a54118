//! One file, run by itself, and what is said of its only test.
#![allow(dead_code, reason = "each test file uses a part of it")]

use serde_json::Value;

use crate::engine::left;
use crate::support::{Project, Run};

/// Runs one file; says what came of it. Nothing may be left of it.
pub fn run_with(file: &str, text: &str, more: &[&str]) -> (Run, Value) {
    let project = Project::new(&[(file, text)]);
    let run = project.run(&[&["run", "--format", "json", file], more].concat());
    assert_eq!(left(file), "", "left behind");
    let json = run.json();
    (run, json)
}

/// The same, of which the exit code and the report are enough.
pub fn run(file: &str, text: &str) -> (i32, Value) {
    let (run, json) = run_with(file, text, &[]);
    (run.code, json)
}

/// Codes of the problems of the only test.
pub fn codes(json: &Value) -> Vec<&str> {
    let problems = problems(&json["tests"][0]);
    problems.into_iter().map(|(code, _)| code).collect()
}

/// Codes and messages of the problems of a test.
pub fn problems(test: &Value) -> Vec<(&str, &str)> {
    let problems = test["problems"].as_array().unwrap().iter();
    problems
        .map(|problem| {
            (
                problem["code"].as_str().unwrap(),
                problem["message"].as_str().unwrap(),
            )
        })
        .collect()
}
