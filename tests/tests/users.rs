//! Files as people write them, in the older spellings too, raise no error: `mutants/users.txt`. Each
//! is held with LF and with CRLF.

use std::fs;
use std::time::Duration;

use clnrm_tests::program::{clnrm, run};

#[test]
fn what_people_write_is_no_error() {
    let list = include_str!("../mutants/users.txt");
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for file in list.split("\n=== ").skip(1) {
        let (name, text) = file.split_once('\n').unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let crlf = format!("crlf-{name}");
        fs::write(folder.path().join(&crlf), text.replace('\n', "\r\n")).unwrap();
        names.extend([name.to_owned(), crlf]);
    }
    assert!(names.len() >= 60);
    let ended = run(
        clnrm(folder.path()).args(["dry-run", "--format", "json", "."]),
        Duration::from_secs(60),
    );
    let report = ended.json();
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), names.len());
    let mut wrong = Vec::new();
    for file in files {
        let diagnostics = file["diagnostics"].as_array().unwrap();
        for diagnostic in diagnostics.iter().filter(|d| d["severity"] == "error") {
            let (code, message) = (&diagnostic["code"], &diagnostic["message"]);
            let line = &diagnostic["primary"]["start"]["line"];
            wrong.push(format!("{}:{line} {code} {message}", file["path"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
