use std::fmt::Write as _;

use super::*;

/// Spans by indentation: `name key=value…`.
fn trace(text: &str) -> Trace {
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut trace = Trace::default();
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    for (number, line) in lines.enumerate() {
        let depth = line.len() - line.trim_start().len();
        above.retain(|(other, _)| *other < depth);
        let mut words = line.split_whitespace();
        let id = format!("{number}");
        trace.spans.push(Span {
            name: words.next().unwrap().into(),
            trace_id: Some("t".into()),
            id: Some(id.as_str().into()),
            parent_id: above.last().map(|(_, id)| id.as_str().into()),
            start: Some(1 + number as u64),
            end: Some(2_000_000 + number as u64),
            attributes: words
                .map(|word| word.split_once('=').unwrap())
                .map(|(name, value)| (name.into(), Value::Text(value.into())))
                .collect(),
            ..Span::default()
        });
        above.push((depth, id));
    }
    trace.normalized(false)
}

fn told(left: &str, right: &str) -> String {
    let (a, b) = (trace(left), trace(right));
    let diff = Diff::of(&a, &b, None);
    let mut out = String::new();
    for row in &diff.rows {
        let mark = match row.change {
            Change::Same => ' ',
            Change::Changed => '~',
            Change::Moved => '>',
            Change::Added => '+',
            Change::Removed => '-',
        };
        let span = row
            .right
            .map_or_else(|| &a.spans[row.left.unwrap()], |at| &b.spans[at]);
        let indent = "  ".repeat(row.depth);
        let _ = write!(out, "{mark}{indent}{}", span.name);
        if let Some(from) = &row.moved_from {
            let _ = write!(out, " from {from}");
        }
        for one in &row.differences {
            let side = |side: &Option<String>| side.clone().unwrap_or("none".into());
            let (left, right) = (side(&one.left), side(&one.right));
            let _ = write!(out, " [{}: {left} → {right}]", one.what);
        }
        out.push('\n');
    }
    out
}

#[test]
fn equal_traces_do_not_differ() {
    let a = trace("a\n  b x=1\n  b x=2\n    c\nd\n");
    let b = trace("d\na\n  b x=2\n    c\n  b x=1\n");
    assert!(Diff::of(&a, &b, None).is_empty());
    let none = Trace::default();
    assert!(Diff::of(&none, &none, None).is_empty());
}

#[test]
fn added_removed_changed_and_moved_are_told_apart() {
    let left = "
root
  cart
    lock
    query n=1
    query n=2
  pay card=1
  gone
    below
";
    let right = "
root
  cart
    query n=1
    query n=3
    query n=2
  pay card=2
    lock
  new
";
    let expected = "
 root
   cart
     query
+    query
     query
~  pay [attribute `card`: \"1\" → \"2\"]
>    lock from cart
+  new
-  gone
-    below
";
    assert_eq!(told(left, right), expected[1..]);
}

#[test]
fn a_span_under_another_parent_has_moved_with_all_below() {
    let left = "a\n  x\n    y\n      z\nb\n";
    let right = "a\nb\n  x\n    y\n      z k=1\n";
    let expected = "
 a
 b
>  x from a
     y
~      z [attribute `k`: none → \"1\"]
";
    assert_eq!(told(left, right), expected[1..]);
    assert_eq!(told("a\n  x\n", "a\nx\n"), " a\n>x from a\n");
}

#[test]
fn durations_are_compared_within_a_tolerance() {
    let mut left = trace("a\n");
    let right = left.clone();
    left.spans[0].end = left.spans[0].end.map(|end| end + 1_000_000);
    let differs = |tolerance| !Diff::of(&left, &right, tolerance).is_empty();
    assert!(!differs(None));
    assert!(differs(Some(Tolerance::Milliseconds(0.9))));
    assert!(!differs(Some(Tolerance::Milliseconds(1.0))));
    assert!(differs(Some(Tolerance::Percent(10.0))));
    assert!(!differs(Some(Tolerance::Percent(50.0))));
}

#[test]
fn kind_status_events_and_resource_count() {
    let left = trace("a\n");
    let change = |change: fn(&mut Span)| {
        let mut right = left.clone();
        change(&mut right.spans[0]);
        let diff = Diff::of(&left, &right, None);
        let found = diff.rows[0].differences.iter();
        found.map(|one| one.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(change(|span| span.kind = Some(SpanKind::Client)), ["kind"]);
    assert_eq!(change(|span| span.status = SpanStatus::Error), ["status"]);
    let message = change(|span| span.status_message = Some("x".into()));
    assert_eq!(message, ["status"]);
    let event = change(|span| span.events.push(Event::default()));
    assert_eq!(event, ["event ``"]);
    let parent = change(|span| span.parent_id = Some("9".into()));
    assert_eq!(parent, ["parent"]);
    let resource = change(|span| {
        let attributes = vec![("service.name".into(), Value::Int(1))];
        span.resource = Arc::new(super::super::Resource { attributes });
    });
    assert_eq!(resource, ["resource `service.name`"]);
}

#[test]
fn cycles_end() {
    let text = "a\n  b\n    c\n";
    let mut looped = trace(text);
    looped.spans[0].parent_id = looped.spans[2].id.clone();
    let diff = Diff::of(&looped, &trace(text), None);
    let of_right = diff.rows.iter().filter(|row| row.right.is_some());
    assert_eq!(of_right.count(), 3);
}
