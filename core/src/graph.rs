//! The model of a test as a graph: what it starts, what it does, which spans it expects, and how
//! these hang together. A trace is one of spans alone. Data only; drawing it is the caller's.

use std::collections::HashMap;

use serde::Serialize;

use crate::config::model::{self, Command, Pattern, Spanned, TestFile, Text};
use crate::source::Span;
use crate::trace::{Id, Trace};

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// A service.
    Service,
    /// A scenario.
    Scenario,
    /// A step.
    Step,
    /// A span, or a pattern of spans.
    Span,
}

/// How two nodes hang together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// A service or scenario waits for another.
    DependsOn,
    /// A scenario or step runs in a service.
    RunsIn,
    /// A scenario consists of a step.
    Has,
    /// A step comes after another.
    Then,
    /// A service is ready once the span is there.
    WaitsFor,
    /// A span is the parent of another.
    Parent,
    /// `must_include`: the one calls the other.
    MustInclude,
    /// `must_reach`: there is a way from the one to the other.
    MustReach,
    /// `must_not_cross`: there is no such edge.
    MustNotCross,
    /// `must_precede`: the one ends before the other begins.
    MustPrecede,
    /// A window: the one holds the other in its time.
    Contains,
}

/// A thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its name; empty for what has none.
    pub name: String,
    /// An image, a command, a kind of span.
    pub detail: Option<String>,
    /// Whether the file declares it; if not, something only names it.
    pub declared: bool,
    /// Where, in bytes of the text that was parsed.
    pub span: Span,
}

/// How two things hang together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Edge {
    /// Index of a node.
    pub from: usize,
    /// Index of a node.
    pub to: usize,
    /// How.
    pub kind: EdgeKind,
    /// Where that is said, in bytes of the text that was parsed.
    pub span: Span,
}

/// All of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Graph {
    /// Things, in order of the file, each kind by itself.
    pub nodes: Vec<Node>,
    /// How they hang together.
    pub edges: Vec<Edge>,
}

impl Graph {
    /// Of a file, as far as it could be read.
    #[must_use]
    pub fn of(file: &TestFile) -> Self {
        let mut maker = Maker::default();
        for service in &file.services {
            let image = service.image.as_ref();
            let name = maker.add(NodeKind::Service, &service.name, true);
            maker.graph.nodes[name].detail = image.map(|image| image.value.clone());
        }
        for scenario in &file.scenarios {
            maker.scenario_node(scenario);
        }
        maker.service_edges(file);
        maker.scenario_edges(file);
        maker.spans(file);
        maker.graph
    }

    /// Of a trace: its spans and whose children they are. A parent that the trace does not hold is
    /// there by its id, as something that is only named. Places are empty.
    #[must_use]
    pub fn of_trace(trace: &Trace) -> Self {
        let mut graph = Self::default();
        let mut known: HashMap<(Option<&Id>, &Id), usize> = HashMap::new();
        for span in &trace.spans {
            if let Some(id) = &span.id {
                known
                    .entry((span.trace_id.as_ref(), id))
                    .or_insert(graph.nodes.len());
            }
            let kind = span.kind.map(|kind| format!("{kind:?}").to_lowercase());
            let service = span.service().map(|name| format!("in {name}"));
            let took = span.duration_ms().map(|took| format!("{took} ms"));
            let detail: Vec<String> = [kind, service, took].into_iter().flatten().collect();
            graph.nodes.push(Node {
                kind: NodeKind::Span,
                name: span.name.to_string(),
                detail: (!detail.is_empty()).then(|| detail.join(", ")),
                declared: true,
                span: Span::at(0),
            });
        }
        for (to, span) in trace.spans.iter().enumerate() {
            let Some(id) = &span.parent_id else { continue };
            let from = *known
                .entry((span.trace_id.as_ref(), id))
                .or_insert_with(|| {
                    graph.nodes.push(Node {
                        kind: NodeKind::Span,
                        name: id.to_string(),
                        detail: Some("not in the trace".to_owned()),
                        declared: false,
                        span: Span::at(0),
                    });
                    graph.nodes.len() - 1
                });
            graph.edges.push(Edge {
                from,
                to,
                kind: EdgeKind::Parent,
                span: Span::at(0),
            });
        }
        graph
    }
}

#[derive(Default)]
struct Maker {
    graph: Graph,
    known: HashMap<(NodeKind, String), usize>,
    /// Node of each scenario and the nodes of its steps, in order of the file.
    scenarios: Vec<(Option<usize>, Vec<usize>)>,
}

impl Maker {
    /// The node of this name; made if there is none.
    fn add(&mut self, kind: NodeKind, name: &Text, declared: bool) -> usize {
        let key = (kind, name.value.clone());
        if let Some(known) = self.known.get(&key) {
            self.graph.nodes[*known].declared |= declared;
            return *known;
        }
        let at = self.push(kind, name.value.clone(), declared, name.span);
        self.known.insert(key, at);
        at
    }

    fn push(&mut self, kind: NodeKind, name: String, declared: bool, span: Span) -> usize {
        self.graph.nodes.push(Node {
            kind,
            name,
            detail: None,
            declared,
            span,
        });
        self.graph.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize, kind: EdgeKind, span: Span) {
        let edge = Edge {
            from,
            to,
            kind,
            span,
        };
        let same = |other: &Edge| (other.from, other.to, other.kind) == (from, to, kind);
        if !self.graph.edges.iter().any(same) {
            self.graph.edges.push(edge);
        }
    }

    fn scenario_node(&mut self, scenario: &model::Scenario) {
        // Steps at the top level are a scenario that nobody wrote.
        let node = (!scenario.top_level).then(|| {
            let name = scenario.name.as_ref();
            let node = match name {
                Some(name) => self.add(NodeKind::Scenario, name, true),
                None => self.push(NodeKind::Scenario, String::new(), true, scenario.header),
            };
            self.graph.nodes[node].detail = scenario.run.as_ref().map(shown);
            node
        });
        let steps = scenario.steps.iter().map(|step| {
            // Names of steps are their scenario's own.
            let (name, span) = match &step.name {
                Some(name) => (name.value.clone(), name.span),
                None => (String::new(), step.header),
            };
            let node = self.push(NodeKind::Step, name, true, span);
            self.graph.nodes[node].detail = step.command.as_ref().map(shown);
            node
        });
        let steps = steps.collect();
        self.scenarios.push((node, steps));
    }

    fn service_edges(&mut self, file: &TestFile) {
        for service in &file.services {
            let from = self.add(NodeKind::Service, &service.name, true);
            for name in &service.depends_on {
                let to = self.add(NodeKind::Service, name, false);
                self.edge(from, to, EdgeKind::DependsOn, name.span);
            }
            if let Some(name) = &service.wait_for_span {
                let to = self.add(NodeKind::Span, name, false);
                self.edge(from, to, EdgeKind::WaitsFor, name.span);
            }
        }
    }

    fn scenario_edges(&mut self, file: &TestFile) {
        let nodes = std::mem::take(&mut self.scenarios);
        for (scenario, (node, steps)) in file.scenarios.iter().zip(nodes) {
            if let Some(node) = node {
                let uses = scenario.service.iter().chain(&scenario.parallel_services);
                for name in uses {
                    let to = self.add(NodeKind::Service, name, false);
                    self.edge(node, to, EdgeKind::RunsIn, name.span);
                }
                for name in &scenario.depends_on {
                    let to = self.add(NodeKind::Scenario, name, false);
                    self.edge(node, to, EdgeKind::DependsOn, name.span);
                }
            }
            let concurrent = scenario
                .concurrent
                .is_some_and(|concurrent| concurrent.value);
            let mut before = None;
            for (step, at) in scenario.steps.iter().zip(steps) {
                match (node, before) {
                    (_, Some(before)) if !concurrent => {
                        self.edge(before, at, EdgeKind::Then, step.header);
                    }
                    (Some(node), _) => self.edge(node, at, EdgeKind::Has, step.header),
                    (None, _) => {}
                }
                before = Some(at);
                if let Some(name) = &step.service {
                    let to = self.add(NodeKind::Service, name, false);
                    self.edge(at, to, EdgeKind::RunsIn, name.span);
                }
            }
        }
    }

    fn spans(&mut self, file: &TestFile) {
        let expect = &file.expect;
        for span in &expect.spans {
            if let Some(name) = &span.name {
                let node = self.span(name, true);
                let kind = span
                    .kind
                    .map(|kind| format!("{:?}", kind.value).to_lowercase());
                let absent = span.exists.is_some_and(|exists| !exists.value);
                let absent = absent.then(|| "must not be there".to_owned());
                let detail = &mut self.graph.nodes[node].detail;
                *detail = detail.take().or(absent).or(kind);
            }
        }
        for span in &expect.spans {
            if let (Some(name), Some(parent)) = (&span.name, &span.parent) {
                let (from, to) = (self.span(parent, false), self.span(name, true));
                self.edge(from, to, EdgeKind::Parent, parent.span);
            }
        }
        let groups = [
            (&expect.graph.must_include, EdgeKind::MustInclude),
            (&expect.graph.must_reach, EdgeKind::MustReach),
            (&expect.graph.must_not_cross, EdgeKind::MustNotCross),
            (&expect.order.must_precede, EdgeKind::MustPrecede),
        ];
        for (edges, kind) in groups {
            for edge in edges {
                let (from, to) = (self.span(&edge.from, false), self.span(&edge.to, false));
                self.edge(from, to, kind, edge.span);
            }
        }
        for edge in &expect.order.must_follow {
            // The same said from the other side.
            let (after, before) = (self.span(&edge.from, false), self.span(&edge.to, false));
            self.edge(before, after, EdgeKind::MustPrecede, edge.span);
        }
        for window in &expect.windows {
            let Some(outer) = &window.outer else { continue };
            let from = self.span(outer, false);
            for inner in &window.contains {
                let to = self.span(inner, false);
                self.edge(from, to, EdgeKind::Contains, inner.span);
            }
        }
    }

    fn span(&mut self, pattern: &Spanned<Pattern>, declared: bool) -> usize {
        let name = Spanned::new(pattern.value.as_str().to_owned(), pattern.span);
        self.add(NodeKind::Span, &name, declared)
    }
}

/// A command in one line.
fn shown(command: &Command) -> String {
    let words = command.texts().iter().map(|text| text.value.as_str());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::document::Document;

    fn graph(text: &str) -> Graph {
        let (document, _) = Document::parse(text, &[]);
        Graph::of(&config::read(&document).0)
    }

    /// Each edge as `from -kind-> to`.
    fn edges(graph: &Graph) -> Vec<String> {
        let name = |at: usize| &graph.nodes[at].name;
        let edges = graph.edges.iter();
        edges
            .map(|edge| format!("{} -{:?}-> {}", name(edge.from), edge.kind, name(edge.to)))
            .collect()
    }

    #[test]
    fn services_scenarios_and_steps_hang_together() {
        let graph = graph(
            "[service.db]\nimage = 'postgres:16'\n[service.api]\nimage = 'api:1'\n\
             depends_on = ['db', 'gone']\nwait_for_span = 'ready'\n\
             [[scenario]]\nname = 'buy'\nservice = 'api'\n\
             [[scenario.steps]]\nname = 'one'\ncommand = ['echo', 'a b']\n\
             [[scenario.steps]]\nname = 'two'\nservice = 'db'\ncommand = 'x'\n",
        );
        assert_eq!(
            edges(&graph),
            [
                "api -DependsOn-> db",
                "api -DependsOn-> gone",
                "api -WaitsFor-> ready",
                "buy -RunsIn-> api",
                "buy -Has-> one",
                "one -Then-> two",
                "two -RunsIn-> db",
            ]
        );
        let node = |name: &str| graph.nodes.iter().find(|node| node.name == name).unwrap();
        assert_eq!(node("db").detail.as_deref(), Some("postgres:16"));
        assert_eq!(node("one").detail.as_deref(), Some("echo a b"));
        assert!(node("db").declared && !node("gone").declared);
    }

    #[test]
    fn spans_and_what_is_expected_between_them() {
        let graph = graph(
            "[[expect.span]]\nname = 'root'\nkind = 'server'\n\
             [[expect.span]]\nname = 'leaf'\nparent = 'root'\n\
             [expect.graph]\nmust_include = [['root', 'db.*']]\nmust_not_cross = [['leaf', 'root']]\n\
             [expect.order]\nmust_precede = [['root', 'leaf']]\nmust_follow = [['leaf', 'root']]\n\
             [[expect.window]]\nouter = 'root'\ncontains = ['leaf']\n",
        );
        assert_eq!(
            edges(&graph),
            [
                "root -Parent-> leaf",
                "root -MustInclude-> db.*",
                "leaf -MustNotCross-> root",
                "root -MustPrecede-> leaf",
                "root -Contains-> leaf",
            ]
        );
        let declared: Vec<_> = graph
            .nodes
            .iter()
            .map(|node| (&*node.name, node.declared))
            .collect();
        assert_eq!(declared, [("root", true), ("leaf", true), ("db.*", false)]);
        assert_eq!(graph.nodes[0].detail.as_deref(), Some("server"));
    }

    #[test]
    fn a_trace_is_its_spans_and_their_parents() {
        let trace = Trace::read(
            br#"[{"name": "root", "trace_id": "t", "span_id": "a", "kind": "server",
                  "start_time_unix_nano": 1000000, "end_time_unix_nano": 3500000},
                 {"name": "leaf", "trace_id": "t", "span_id": "b", "parent_span_id": "a"},
                 {"name": "lost", "trace_id": "t", "span_id": "c", "parent_span_id": "0f"}]"#,
        )
        .unwrap();
        let graph = Graph::of_trace(&trace);
        assert_eq!(edges(&graph), ["root -Parent-> leaf", "0f -Parent-> lost"]);
        assert_eq!(graph.nodes[0].detail.as_deref(), Some("server, 2.5 ms"));
        assert!(!graph.nodes[3].declared);
    }

    #[test]
    fn steps_at_the_top_level_and_names_twice() {
        let graph =
            graph("[[steps]]\nname = 'a'\ncommand = 'x'\n[[steps]]\nname = 'a'\ncommand = 'y'\n");
        assert_eq!(graph.nodes.len(), 2, "two steps of one name are two");
        assert_eq!(edges(&graph), ["a -Then-> a"]);
    }
}
