use super::super::variables::Inputs;
use super::*;
use crate::diagnostic::Code;

/// Stands in for the engine: knows `{{ name }}` and text around it, and that `{{ fail }}` fails.
struct Plain<'a>(&'a str);

impl Evaluate for Plain<'_> {
    fn string(&mut self, span: Span, context: &Context) -> Evaluated {
        let mut out = Evaluated::default();
        let Some((_, content)) = Quotes::of(self.0, span) else {
            return out;
        };
        let mut text = String::new();
        let mut rest = content.of(self.0);
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").unwrap_or((after, ""));
            text.push_str(before);
            let mut path = name.trim().split('.');
            let root = path.next().unwrap_or_default();
            out.read.insert(root.into());
            let value = path.try_fold(context.get(root).cloned(), |value, key| {
                Some(value?.get_attr(key).ok())
            });
            match value.flatten().filter(|value| !value.is_undefined()) {
                Some(value) => text.push_str(&value.to_string()),
                None => {
                    let what = format!("undefined variable `{}`", name.trim());
                    out.faults.push(Finding::new(Code::T102, span, what));
                    text.push('0');
                }
            }
            rest = after;
        }
        text.push_str(rest);
        out.text = Some(text);
        out
    }

    fn determinism(&mut self, _seed: Option<u64>, _freeze_clock: Option<&str>) {}
}

fn outside(variables: &[(&str, &str)]) -> Outside {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect();
    let environment = Arc::new(BTreeMap::new());
    Outside::new(Inputs {
        variables: &variables,
        vars_file: None,
        project: &BTreeMap::from([("weak".into(), Value::from("w"))]),
        environment: &environment,
        readable: &environment,
    })
}

fn read_with(text: &str, outside: &Outside, combination: Option<&Combination>) -> Prelude {
    let scan = Scan::of(text);
    read(text, &scan, outside, combination, &mut Plain(text))
}

fn of(text: &str) -> Prelude {
    read_with(text, &outside(&[]), None)
}

fn vars(prelude: &Prelude) -> Vec<String> {
    prelude
        .vars
        .iter()
        .map(|own| match &own.value {
            Some(value) => format!("{}={value}", own.name),
            None => format!("{} undefined", own.name),
        })
        .collect()
}

/// What a path came to in the root context, with nothing given from outside.
fn seen(prelude: &Prelude, path: &[&str]) -> Option<String> {
    seen_over(&outside(&[]), prelude, path)
}

fn seen_over(outside: &Outside, prelude: &Prelude, path: &[&str]) -> Option<String> {
    let context = prelude.context(outside, &Combination::new());
    let value = context.get(path[0])?.clone();
    let value = path[1..]
        .iter()
        .try_fold(value, |value, key| value.get_attr(key).ok())?;
    (!value.is_undefined()).then(|| value.to_string())
}

#[test]
fn values_of_every_type() {
    let prelude = of(
        "[vars]\na = 'x'\nb = 1\nc = 1.5\nd = true\ne = [1, 'y']\nf = { g = 2 }\nh = 2025-01-01\n",
    );
    assert_eq!(
        vars(&prelude),
        [
            "a=x",
            "b=1",
            "c=1.5",
            "d=True",
            "e=[1, 'y']",
            "f={'g': 2}",
            "h=2025-01-01"
        ]
    );
    assert_eq!(seen(&prelude, &["vars", "f", "g"]).as_deref(), Some("2"));
    assert_eq!(seen(&prelude, &["c"]).as_deref(), Some("1.5"));
}

#[test]
fn an_entry_that_reads_its_own_name_sees_the_next_weaker_source() {
    let prelude = of(
        "[vars]\nsvc = \"{{ svc }}\"\nweak = \"{{ weak }}-more\"\nnone = \"{{ none }}\"\nnone2 = \"{{ none2 }}!\"\n",
    );
    assert_eq!(
        vars(&prelude),
        [
            "svc=clnrm",
            "weak=w-more",
            "none undefined",
            "none2 undefined"
        ]
    );
    assert!(prelude.read.contains("svc"));
}

#[test]
fn entries_see_what_stands_before_them() {
    let prelude = of(
        "[template.vars]\na = 'x'\nb = \"{{ a }}y\"\n[template.db]\nname = \"{{ vars.b }}z\"\nport = 5432\n[vars]\nurl = \"{{ db.name }}:{{ db.port }}\"\nlate = \"{{ later }}\"\nlater = 1\n",
    );
    assert_eq!(
        vars(&prelude),
        ["a=x", "b=xy", "url=xyz:5432", "late=1", "later=1"]
    );
    assert_eq!(seen(&prelude, &["db", "port"]).as_deref(), Some("5432"));
    assert_eq!(seen(&prelude, &["vars", "db"]), None);
}

#[test]
fn a_stronger_source_stands_and_is_read() {
    let prelude = read_with(
        "[vars]\nsvc = \"mine\"\nb = \"{{ svc }}\"\n",
        &outside(&[("svc", "theirs")]),
        None,
    );
    assert_eq!(vars(&prelude), ["svc undefined", "b=theirs"]);
    let outside = outside(&[("svc", "theirs")]);
    let seen = seen_over(&outside, &prelude, &["vars", "svc"]);
    assert_eq!(seen.as_deref(), Some("theirs"));
    assert!(prelude.read.contains("svc"));
}

#[test]
fn what_does_not_parse_does_not_hide_the_rest() {
    let prelude = of(
        "{% set x = 1 %}\n[vars]\na = {{ x }}\nb = \"ok\"\n{% if x %}\nc = 2\n{% endif %}\n= 3\nd = 4\n[meta]\nname = {{ x }}\n",
    );
    let vars = vars(&prelude);
    for wanted in ["b=ok", "c=2", "d=4"] {
        assert!(vars.iter().any(|var| var == wanted), "{wanted} in {vars:?}");
    }
}

#[test]
fn quotes_within_tags_do_no_harm() {
    let prelude = of("[template.vars]\nci = \"{{ env(name=\"CI\") }}\"\nnext = 1\n");
    assert_eq!(prelude.vars.len(), 2);
    assert_eq!(vars(&prelude)[1], "next=1");
}

#[test]
fn determinism_is_read_literally_or_rendered() {
    let prelude = of("[determinism]\nseed = 42\nfreeze_clock = \"2025-01-01T00:00:00Z\"\n");
    assert_eq!(prelude.seed, Some(42));
    assert_eq!(
        prelude.freeze_clock.as_deref(),
        Some("2025-01-01T00:00:00Z")
    );
    let prelude = of(
        "[determinism]\nfreeze_clock = \"{{ freeze_clock }}\"\n[vars]\nfreeze_clock = \"2026-01-01T00:00:00Z\"\n",
    );
    assert_eq!(
        prelude.freeze_clock.as_deref(),
        Some("2026-01-01T00:00:00Z")
    );
    assert_eq!(of("[determinism]\nseed = -1\n").seed, None);
    assert_eq!(of("determinism.seed = 7\n[meta]\n").seed, Some(7));
}

#[test]
fn the_matrix_and_plain_lists() {
    let prelude = of(
        "[vars]\nx = 'p'\n[matrix]\nos = [\"{{ x }}a\", 'b']\n[template.matrix]\nplain = [1, 2]\n",
    );
    let axes: Vec<_> = prelude
        .axes
        .iter()
        .map(|axis| (&*axis.name, axis.values.len()))
        .collect();
    assert_eq!(axes, [("os", 2)]);
    assert_eq!(
        seen(&prelude, &["matrix", "plain"]).as_deref(),
        Some("[1, 2]")
    );
    assert_eq!(
        seen(&prelude, &["matrix_all", "os"]).as_deref(),
        Some("['pa', 'b']")
    );
    assert!(!prelude.by_combination);
}

#[test]
fn variables_may_depend_on_the_combination() {
    let text = "[matrix]\nos = ['a', 'b']\n[vars]\nimage = \"app:{{ matrix.os }}\"\n";
    let first = of(text);
    assert!(first.by_combination);
    assert_eq!(first.axes.len(), 1);
    let combination = vec![("os".into(), Value::from("b"))];
    let second = read_with(text, &outside(&[]), Some(&combination));
    assert_eq!(vars(&second), ["image=app:b"]);
}

#[test]
fn otel_is_gathered_where_it_can_be_seen() {
    let table =
        "[otel]\nexporter = 'otlp'\nendpoint = \"{{ endpoint }}\"\n[otel.resources]\na = 'b'\n";
    assert!(of(table).otel.is_empty());
    let prelude = of(&format!(
        "{table}[meta]\nname = \"{{{{ otel.exporter }}}}\"\n"
    ));
    assert_eq!(
        seen(&prelude, &["otel", "endpoint"]).as_deref(),
        Some("http://localhost:4318")
    );
    assert_eq!(
        seen(&prelude, &["otel", "resources", "a"]).as_deref(),
        Some("b")
    );
}

#[test]
fn key_places_are_those_of_the_file() {
    let text = "# first\n[meta]\nname = 'x'\n[vars]\nab = 1\n";
    let prelude = of(text);
    assert_eq!(prelude.vars[0].span.of(text), "ab");
}

#[test]
fn a_file_without_such_tables_costs_nothing() {
    let prelude = of("[meta]\nname = \"{{ svc }}\"\n");
    let outside = outside(&[]);
    let context = prelude.context(&outside, &Combination::new());
    assert!(Arc::ptr_eq(&context, outside.context()) && prelude.vars.is_empty());
}

#[test]
fn an_entry_may_read_what_stands_below_it_and_its_own_table() {
    let text = "[vars]\na = \"{{ b }}!\"\nb = \"{{ c }}?\"\nc = \"x\"\n\
         [template.t]\nx = \"1\"\ny = \"{{ t.x }}2\"\nz = \"{{ t.y }}3\"\nw = \"{{ u.x }}\"\n\
         [template.u]\nx = \"u\"\n[vars.v]\nx = \"1\"\ny = \"{{ v.x }}2\"\n";
    let prelude = read_with(text, &outside(&[]), None);
    for (name, value) in [
        ("a", "x?!"),
        ("b", "x?"),
        ("t.z", "123"),
        ("t.w", "u"),
        ("v.y", "12"),
        ("vars.v.y", "12"),
    ] {
        let path: Vec<_> = name.split('.').collect();
        assert_eq!(seen(&prelude, &path).as_deref(), Some(value), "{name}");
    }
    assert!(prelude.faults.is_empty());
    assert_eq!(prelude.vars.len(), 4);
}

#[test]
fn entries_that_read_each_other_are_a_fault() {
    let text = "[vars]\na = \"{{ b }}!\"\nb = \"{{ a }}!\"\nc = \"{{ nope }}!\"\n";
    let prelude = read_with(text, &outside(&[]), None);
    let faults = prelude.faults.iter();
    let faults: Vec<_> = faults
        .map(|(span, faults)| (span.of(text), faults[0].message.as_str()))
        .collect();
    assert_eq!(
        faults,
        [
            ("\"{{ b }}!\"", "undefined variable `b`"),
            ("\"{{ nope }}!\"", "undefined variable `nope`"),
        ]
    );
}
