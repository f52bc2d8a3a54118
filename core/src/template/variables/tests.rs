use super::*;

struct Given4 {
    variables: BTreeMap<String, Value>,
    file: VarsFile,
    project: BTreeMap<Arc<str>, Value>,
    environment: Arc<BTreeMap<String, String>>,
}

fn all(variables: &[&str], file: &[&str], project: &[&str], environment: &[&str]) -> Given4 {
    let split = |pairs: &[&str]| {
        pairs
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    };
    let values = |pairs: &[&str]| {
        split(pairs)
            .into_iter()
            .map(|(name, value)| (Arc::from(name), Value::from(value)))
            .collect::<Vec<(Arc<str>, Value)>>()
    };
    Given4 {
        variables: split(variables)
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect(),
        file: VarsFile::new(values(file)),
        project: values(project).into_iter().collect(),
        environment: Arc::new(split(environment).into_iter().collect()),
    }
}

impl Given4 {
    fn outside(&self) -> Outside {
        Outside::new(Inputs {
            variables: &self.variables,
            vars_file: Some(&self.file),
            project: &self.project,
            environment: &self.environment,
            readable: &self.environment,
        })
    }

    fn value(&self, name: &str) -> Option<String> {
        Some(self.outside().get(name)?.value.to_string())
    }
}

#[test]
fn the_strongest_source_wins() {
    let mut layers = [
        &["svc=1"][..],
        &["svc=3"],
        &["svc=4"],
        &["CLNRM_VAR_svc=2", "SERVICE_NAME=5"],
    ];
    let seen = |layers: &[&[&str]; 4]| all(layers[0], layers[1], layers[2], layers[3]).value("svc");
    assert_eq!(seen(&layers).as_deref(), Some("1"));
    layers[0] = &[];
    assert_eq!(seen(&layers).as_deref(), Some("2"));
    layers[3] = &["SERVICE_NAME=5"];
    assert_eq!(seen(&layers).as_deref(), Some("3"));
    layers[1] = &[];
    assert_eq!(seen(&layers).as_deref(), Some("4"));
    layers[2] = &[];
    assert_eq!(seen(&layers).as_deref(), Some("5"));
    layers[3] = &[];
    assert_eq!(seen(&layers).as_deref(), Some("clnrm"));
}

#[test]
fn prefixed_variables_set_the_lower_case_name_too() {
    let upper = all(&[], &[], &[], &["CLNRM_VAR_FOO=1"]);
    assert_eq!(upper.value("foo").as_deref(), Some("1"));
    let both = all(&[], &[], &[], &["CLNRM_VAR_FOO=1", "CLNRM_VAR_foo=2"]);
    assert_eq!(both.value("foo").as_deref(), Some("2"));
    assert_eq!(both.value("FOO").as_deref(), Some("1"));
    assert_eq!(all(&[], &[], &[], &["CLNRM_VAR_=1"]).value(""), None);
}

#[test]
fn a_vars_file_merges_its_tables() {
    let table = |name: &str, value: &str| Value::from_pairs([(name, value)]);
    let file = VarsFile::new([
        ("vars".into(), table("a", "1")),
        ("matrix".into(), table("os", "x")),
        ("otel".into(), table("endpoint", "y")),
        ("b".into(), Value::from(2)),
    ]);
    assert_eq!(
        file.variables.keys().map(|k| &**k).collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert!(file.matrix.contains_key("os") && file.otel.contains_key("endpoint"));
}

#[test]
fn no_variable_takes_the_place_of_a_gathered_name() {
    let given = all(&["vars=x", "matrix=y"], &[], &[], &[]);
    assert!(given.value("vars").is_none() && given.value("matrix").is_none());
}

#[test]
fn digests_tell_values_apart_by_kind() {
    let digest = |value: Value| {
        let variables = BTreeMap::from([("x".to_owned(), value)]);
        let mut given = all(&[], &[], &[], &[]);
        given.variables = variables;
        given.outside().digest("x")
    };
    let values = [
        Value::from(1),
        Value::from(1.0),
        Value::from("1"),
        Value::from(true),
        Value::from("true"),
        Value::from(()),
        Value::from(vec![1, 2]),
        Value::from(vec![12]),
        Value::from_pairs([("a", 1)]),
    ];
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate() {
            assert_eq!(digest(a.clone()) == digest(b.clone()), i == j, "{a} {b}");
            assert_eq!(same_value(a, b), i == j, "{a} {b}");
        }
    }
    assert_eq!(all(&[], &[], &[], &[]).outside().digest("x"), None);
}

#[test]
fn strong_and_weak_values_are_told_apart() {
    // A file that sets `x` sees the one, but not the other.
    let strong = all(&["x=1"], &[], &[], &[]).outside().digest("x");
    let weak = all(&[], &[], &["x=1"], &[]).outside().digest("x");
    assert_ne!(strong, weak);
}

#[test]
fn gathered_names_stand_for_everything() {
    let before = all(&["a=1"], &[], &[], &[]).outside();
    let same = all(&["a=1"], &[], &[], &[]).outside();
    let after = all(&["a=1", "b=2"], &[], &[], &[]).outside();
    assert_eq!(before.digest("vars"), same.digest("vars"));
    assert_ne!(before.digest("vars"), after.digest("vars"));
    assert_ne!(before.id(), same.id());
}
