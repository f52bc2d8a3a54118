//! What minijinja calls: one function for each kind of site.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object};
use minijinja::{Environment, Error, ErrorKind, Output, State, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::ast::Kind;
use super::call::{CallError, describe};
use super::evaluate::{Evaluator, Outcome, Stop};
use super::json;
use super::live::{Event, Live, PartEnd, Row, Runtime, out_of_steps, too_much};
use super::loader::FileId;
use super::program::{Part, Site, What};
use super::scope::{Frame, FrameKind, Items, Slot, Turn};
use super::source_map::Link;
use crate::diagnostic::Code;
use crate::source::Span;

/// Steps that a tag costs, besides its expressions.
const TAG_COST: u64 = 4;
/// Steps that a turn of a loop costs.
const TURN_COST: u64 = 12;
/// What stands for an expression that failed: a number and a text that is not empty, so that most
/// places can hold it.
const PLACEHOLDER: &str = "0";

/// Values that write no value of the template's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Signal {
    /// An expression failed.
    Placeholder,
    /// A call or an include begins or ends here. Its byte is taken out again.
    Marker,
}

impl Object for Signal {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("")
    }
}

/// The functions and the formatter of one render.
pub(super) fn register(environment: &mut Environment<'_>, runtime: &Arc<Runtime>) {
    type Op = fn(&Arc<Runtime>, &mut State<'_, '_>, &Site, usize) -> Result<Value, Error>;
    let ops: [(&'static str, Op); 9] = [
        ("e", print),
        ("p", print_row),
        ("c", condition),
        ("s", assign),
        ("l", begin_loop),
        ("x", end_loop),
        ("k", enter),
        ("v", callee),
        ("r", charge),
    ];
    for (name, op) in ops {
        let runtime = runtime.clone();
        environment.add_function(
            name,
            move |state: &mut State<'_, '_>, site: usize| match runtime.program.sites.get(site) {
                Some(found) => {
                    runtime.lock().note_fuel(state);
                    op(&runtime, state, found, site)
                }
                None => Err(stopped()),
            },
        );
    }
    let captured = runtime.clone();
    environment.add_function("b", move || {
        captured.lock().captures += 1;
        Value::from(())
    });
    let left = runtime.clone();
    environment.add_function("o", move |_site: usize| leave(&left));
    let section = runtime.clone();
    environment.add_filter(
        "f",
        move |state: &mut State<'_, '_>, text: Value, site: usize| {
            filter_section(&section, state, text, site)
        },
    );
    let printing = runtime.clone();
    environment.set_formatter(move |out, _state, value| format(&printing, out, value));
}

/// The render ends; why was noted.
fn stopped() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the render ends")
}

fn signal(signal: Signal) -> Value {
    Value::from_object(signal)
}

/// The value of an expression that is printed, or what stands for it.
fn printed(outcome: Outcome<Value>) -> Result<Value, Error> {
    match outcome {
        Ok(value) => Ok(value),
        Err(Stop::Abort) => Err(stopped()),
        Err(_) => Ok(signal(Signal::Placeholder)),
    }
}

fn print(
    runtime: &Arc<Runtime>,
    state: &mut State<'_, '_>,
    site: &Site,
    _: usize,
) -> Result<Value, Error> {
    let expr = match &site.what {
        What::Print(expr) => expr,
        What::Literal(text) => return Ok(Value::from(&**text)),
        What::Failed(hides_lines) => {
            runtime.lock().incomplete |= hides_lines;
            return Ok(signal(Signal::Placeholder));
        }
        _ => return Err(stopped()),
    };
    let mut evaluator = Evaluator::new(runtime, state, site.file);
    let value = evaluator
        .spend(TAG_COST, site.span)
        .and_then(|()| evaluator.settled(expr));
    settle_captures(evaluator.live(), true);
    printed(value)
}

/// Prints text and expressions in a row.
fn print_row(
    runtime: &Arc<Runtime>,
    state: &mut State<'_, '_>,
    site: &Site,
    _: usize,
) -> Result<Value, Error> {
    let What::Row(parts) = &site.what else {
        return Err(stopped());
    };
    let source = &runtime.program.files[site.file].source.text;
    let mut evaluator = Evaluator::new(runtime, state, site.file);
    let first = evaluator.live().ends.len();
    let mut text = String::new();
    for part in parts {
        let mut failed = false;
        match part {
            // Paid for with all literal text of the unit or the turn.
            Part::Text(span) => text.push_str(span.of(source)),
            Part::Print(expr) => {
                let printed = evaluator
                    .spend(TAG_COST, expr.span)
                    .and_then(|()| evaluator.settled(expr))
                    .and_then(|value| {
                        write_value(evaluator.live(), &value, &mut text).map_err(|error| {
                            evaluator.abort(&too_much(expr.span, error.to_string()))
                        })
                    });
                match printed {
                    Ok(()) => {}
                    Err(Stop::Abort) => return Err(stopped()),
                    Err(_) => {
                        text.push_str(PLACEHOLDER);
                        failed = true;
                    }
                }
            }
        }
        evaluator.live().ends.push(PartEnd {
            at: u32::try_from(text.len()).unwrap_or(u32::MAX),
            failed,
        });
    }
    evaluator.live().next_row = Some(first);
    Ok(Value::from(text))
}

/// After an expression: whether a macro within it wrote a placeholder.
fn settle_captures(live: &mut Live, printed: bool) -> bool {
    if live.captures > 0 || !live.spoilt {
        return false;
    }
    live.spoilt = false;
    live.spoils_next |= printed;
    true
}

fn condition(
    runtime: &Arc<Runtime>,
    state: &mut State<'_, '_>,
    site: &Site,
    _: usize,
) -> Result<Value, Error> {
    let What::Condition(expr) = &site.what else {
        return Err(stopped());
    };
    let mut evaluator = Evaluator::new(runtime, state, site.file);
    let truth = match expr {
        Some(expr) => evaluator
            .spend(TAG_COST, site.span)
            .and_then(|()| evaluator.truth(expr)),
        None => Err(Stop::Fault),
    };
    settle_captures(evaluator.live(), false);
    match truth {
        Ok(truth) => Ok(Value::from(truth)),
        Err(Stop::Abort) => Err(stopped()),
        Err(_) => {
            evaluator.live().incomplete = true;
            Ok(Value::from(false))
        }
    }
}

fn assign(
    runtime: &Arc<Runtime>,
    state: &mut State<'_, '_>,
    site: &Site,
    _: usize,
) -> Result<Value, Error> {
    let What::Set {
        name,
        global,
        value,
    } = &site.what
    else {
        return Err(stopped());
    };
    let mut evaluator = Evaluator::new(runtime, state, site.file);
    let value = match value {
        Some(expr) => evaluator
            .spend(TAG_COST, site.span)
            .and_then(|()| evaluator.value(expr)),
        None => Err(Stop::Fault),
    };
    let mut slot = match value {
        Ok(value) => Slot::Value(value),
        Err(Stop::Unset(missing)) if missing.carried => Slot::Unset(missing),
        Err(Stop::Unset(missing)) => {
            evaluator.missing(&missing);
            Slot::Failed
        }
        Err(Stop::Fault) => Slot::Failed,
        Err(Stop::Abort) => return Err(stopped()),
    };
    let live = evaluator.live();
    if settle_captures(live, false) {
        slot = Slot::Failed;
    }
    let is_loop = |frame: &&mut Frame| matches!(frame.kind, FrameKind::Loop(_));
    let frame = live
        .frames
        .iter_mut()
        .rev()
        .find(|frame| !*global || !is_loop(frame));
    if let Some(frame) = frame {
        frame.set(name.clone(), slot);
    }
    Ok(Value::from(()))
}

/// Goes through the turns of a loop.
struct Turns(Arc<Runtime>, FileId, Span);

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("turns of a loop")
    }
}

impl Object for Turns {
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let this = self.clone();
        Enumerator::Iter(Box::new(std::iter::from_fn(move || this.next())))
    }
}

impl Turns {
    fn next(&self) -> Option<Value> {
        let live = &mut *self.0.lock();
        let frame = live.frames.last_mut()?;
        frame.variables.clear();
        let turn = frame.turn.as_mut()?;
        let next = turn.index.map_or(0, |index| index + 1);
        if next >= turn.items.len() {
            return None;
        }
        turn.index = Some(next);
        let raw = turn.raw;
        if !live.spend(TURN_COST) {
            let problem = out_of_steps(&self.0.limits, self.2);
            live.abort(&self.0.program, self.1, &problem);
            return Some(stopped().into());
        }
        if let Err(error) = live.charge(raw) {
            let problem = too_much(self.2, error.to_string());
            live.abort(&self.0.program, self.1, &problem);
            return Some(stopped().into());
        }
        Some(Value::from(()))
    }
}

fn begin_loop(
    runtime: &Arc<Runtime>,
    state: &mut State<'_, '_>,
    site: &Site,
    number: usize,
) -> Result<Value, Error> {
    let What::Loop {
        key,
        value,
        container,
        raw,
    } = &site.what
    else {
        return Err(stopped());
    };
    let nothing = || Value::from(Vec::<Value>::new());
    let mut evaluator = Evaluator::new(runtime, state, site.file);
    let items = match container {
        Some(container) => evaluator
            .spend(TAG_COST, site.span)
            .and_then(|()| evaluator.settled(container))
            .and_then(|items| loop_items(&mut evaluator, &items, key.is_some(), site.span)),
        None => Err(Stop::Fault),
    };
    settle_captures(evaluator.live(), false);
    let items = match items {
        Ok(items) => items,
        Err(Stop::Abort) => return Err(stopped()),
        Err(_) => {
            evaluator.live().incomplete = true;
            return Ok(nothing());
        }
    };
    if items.len() == 0 {
        return Ok(nothing());
    }
    if evaluator
        .deeper(1, site.span, "loops, calls and includes")
        .is_err()
    {
        return Err(stopped());
    }
    let live = evaluator.live();
    let mut frame = Frame::new(FrameKind::Loop(number), live.link(), 1);
    frame.turn = Some(Turn {
        key: key.clone(),
        value: value.clone(),
        items,
        index: None,
        raw: *raw,
    });
    live.depth += 1;
    live.frames.push(frame);
    Ok(Value::from_object(Turns(
        runtime.clone(),
        site.file,
        site.span,
    )))
}

/// What a loop goes through.
fn loop_items(
    evaluator: &mut Evaluator<'_, '_, '_, '_>,
    container: &Value,
    with_key: bool,
    span: Span,
) -> Outcome<Items> {
    let cost = container.len().unwrap_or(0) as u64 * size_of::<Value>() as u64;
    if let Some(text) = container.as_str() {
        if !with_key {
            evaluator.charge(text.len() as u64 * size_of::<Value>() as u64, span)?;
            return Ok(Items::List(text.graphemes(true).map(Value::from).collect()));
        }
    } else if json::is_array(container) {
        if !with_key {
            evaluator.charge(cost, span)?;
            return Ok(Items::List(
                container.try_iter().into_iter().flatten().collect(),
            ));
        }
    } else if json::is_object(container) {
        if with_key {
            let entries = evaluator.entries(container, span)?;
            return Ok(Items::Entries(entries));
        }
        return Err(evaluator.report(
            &super::ast::Problem::new(
                Code::T106,
                span,
                "a loop over an object needs a name for its keys",
            )
            .help("write `{% for key, value in … %}`"),
        ));
    }
    let message = if with_key {
        format!(
            "a loop with keys needs an object, not {}",
            describe(container)
        )
    } else {
        format!(
            "a loop needs an array, a string or an object, not {}",
            describe(container)
        )
    };
    Err(evaluator.fault(Code::T106, span, message))
}

/// A loop is over. Says whether it had nothing to go through.
fn end_loop(
    runtime: &Arc<Runtime>,
    _: &mut State<'_, '_>,
    _: &Site,
    number: usize,
) -> Result<Value, Error> {
    let mut live = runtime.lock();
    let here = live
        .top()
        .is_some_and(|frame| frame.kind == FrameKind::Loop(number));
    if here {
        live.leave();
    }
    Ok(Value::from(!here))
}

/// A macro call or an include begins.
fn enter(
    runtime: &Arc<Runtime>,
    state: &mut State<'_, '_>,
    site: &Site,
    _: usize,
) -> Result<Value, Error> {
    let mut evaluator = Evaluator::new(runtime, state, site.file);
    let entered = match &site.what {
        What::MacroCall(expr) => match &expr.kind {
            Kind::Macro(call) => evaluator.enter_macro(call, 10).map(|_| ()),
            _ => Err(Stop::Fault),
        },
        What::Include(unit) => include(&mut evaluator, *unit, site),
        _ => Err(Stop::Fault),
    };
    let live = evaluator.live();
    match entered {
        Ok(()) => {
            settle_captures(live, false);
            Ok(signal(Signal::Marker))
        }
        Err(Stop::Abort) => Err(stopped()),
        Err(_) => {
            settle_captures(live, false);
            live.incomplete = true;
            let link = live.link();
            live.frames.push(Frame::new(FrameKind::Failed, link, 0));
            Ok(signal(Signal::Placeholder))
        }
    }
}

fn include(evaluator: &mut Evaluator<'_, '_, '_, '_>, unit: usize, site: &Site) -> Outcome<()> {
    const DEPTH: usize = 10;
    evaluator.spend(TAG_COST, site.span)?;
    let runtime = evaluator.runtime;
    let is_same = |frame: &Frame| frame.kind == FrameKind::Include(unit);
    let again = unit == 0 || evaluator.live().frames.iter().any(is_same);
    let too_deep = evaluator.live().depth + DEPTH > runtime.limits.recursion;
    if again && too_deep {
        return Err(includes_itself(evaluator, unit, site));
    }
    evaluator.deeper(DEPTH, site.span, "templates include each other")?;
    evaluator.charge(runtime.program.units[unit].raw, site.span)?;
    let parent = evaluator.live().link();
    let link = Link {
        parent,
        file: u32::try_from(site.file).unwrap_or(0),
        span: site.span,
        message: "included here",
        import: None,
    };
    evaluator
        .live()
        .enter(FrameKind::Include(unit), link, DEPTH);
    Ok(())
}

/// An include leads to itself without end. The place is the tag that first led back to a template
/// that was open already.
fn includes_itself(evaluator: &mut Evaluator<'_, '_, '_, '_>, unit: usize, site: &Site) -> Stop {
    let program = &evaluator.runtime.program;
    let live = evaluator.live();
    let mut open = vec![0];
    let closing = live.frames.iter().find_map(|frame| match frame.kind {
        FrameKind::Include(unit) if open.contains(&unit) => {
            let link = live.links.get((frame.link as usize).checked_sub(1)?)?;
            Some((unit, link.file as usize, link.span, link.parent))
        }
        FrameKind::Include(unit) => {
            open.push(unit);
            None
        }
        _ => None,
    });
    let here = (unit, site.file, site.span, live.link());
    let (unit, file, span, link) = closing.unwrap_or(here);
    let name = &program.files[program.units[unit].map.file as usize]
        .source
        .name;
    let message = format!("`{name}` includes itself without end");
    let problem = super::ast::Problem::new(Code::T108, span, message);
    live.abort_at(program, file, &problem, link);
    Stop::Abort
}

/// The name of the unit that a macro call leads to; none if the call failed.
fn callee(
    runtime: &Arc<Runtime>,
    _: &mut State<'_, '_>,
    site: &Site,
    _: usize,
) -> Result<Value, Error> {
    let failed = runtime
        .lock()
        .top()
        .is_some_and(|frame| frame.kind == FrameKind::Failed);
    let target = match &site.what {
        What::MacroCall(expr) if !failed => match &expr.kind {
            Kind::Macro(call) => runtime.program.macros.get(&super::program::call_key(call)),
            _ => None,
        },
        _ => None,
    };
    Ok(match target {
        Some(target) => Value::from(runtime.program.units[target.unit].name.as_str()),
        None => Value::from(Vec::<Value>::new()),
    })
}

/// A macro call or an include is over.
fn leave(runtime: &Arc<Runtime>) -> Value {
    match runtime.lock().leave() {
        Some(FrameKind::Failed) | None => Value::from(""),
        Some(_) => signal(Signal::Marker),
    }
}

fn charge(
    runtime: &Arc<Runtime>,
    state: &mut State<'_, '_>,
    site: &Site,
    _: usize,
) -> Result<Value, Error> {
    let What::Charge(unit) = site.what else {
        return Err(stopped());
    };
    let mut evaluator = Evaluator::new(runtime, state, site.file);
    let raw = runtime.program.units[unit].raw;
    match evaluator.charge(raw, site.span) {
        Ok(()) => Ok(Value::from(())),
        Err(_) => Err(stopped()),
    }
}

/// `{% filter … %}` is over: `text` is what it holds.
fn filter_section(
    runtime: &Arc<Runtime>,
    state: &mut State<'_, '_>,
    text: Value,
    site: usize,
) -> Result<Value, Error> {
    {
        let mut live = runtime.lock();
        live.captures = live.captures.saturating_sub(1);
    }
    let Some(site) = runtime.program.sites.get(site) else {
        return Err(stopped());
    };
    let What::Section(call) = &site.what else {
        return Err(stopped());
    };
    let mut evaluator = Evaluator::new(runtime, state, site.file);
    let value = if &*call.name == "safe" {
        Ok(text)
    } else {
        evaluator
            .spend(TAG_COST, site.span)
            .and_then(|()| evaluator.filter(text, call))
    };
    settle_captures(evaluator.live(), true);
    printed(value)
}

/// Appends a value as Tera prints it, and pays for it.
fn write_value(live: &mut Live, value: &Value, text: &mut String) -> Result<(), CallError> {
    if let Some(value) = value.as_str() {
        live.charge(value.len() as u64)?;
        text.push_str(value);
    } else if json::is_array(value) {
        if let Some(host) = &live.host {
            let mut array = json::Text::new(host);
            array.print(value)?;
            text.push_str(&array.finish());
        }
    } else {
        json::print_scalar(value, text);
    }
    Ok(())
}

/// Writes a value as Tera does, and counts what was written.
fn format(runtime: &Arc<Runtime>, out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    let live = &mut *runtime.lock();
    let outermost = live.captures == 0;
    let spoilt = std::mem::take(&mut live.spoils_next);
    let row = live.next_row.take();
    if let (Some(first), Some(text)) = (row, value.as_str()) {
        // Its parts are paid for.
        let ends = first..live.ends.len();
        let failed = live.ends[ends.clone()].iter().any(|end| end.failed);
        if text.is_empty() || !outermost {
            live.spoilt |= failed;
            live.ends.truncate(first);
        } else {
            let emission = live.emitted;
            live.rows.push(Row { emission, ends });
        }
        if text.is_empty() {
            return Ok(());
        }
        out.write_str(text)?;
    } else if let Some(text) = value.as_str() {
        if text.is_empty() {
            return Ok(());
        }
        live.charge(text.len() as u64)
            .map_err(|error| limit(&error))?;
        out.write_str(text)?;
    } else if let Some(signal) = value.downcast_object_ref::<Signal>() {
        match signal {
            Signal::Marker if !outermost => return Ok(()),
            Signal::Marker => {
                out.write_str("\0")?;
                live.events.push(Event {
                    emission: live.emitted,
                    link: live.link(),
                });
            }
            Signal::Placeholder => {
                out.write_str(PLACEHOLDER)?;
                live.spoilt |= !outermost;
                if outermost {
                    live.placeholders.push(live.emitted);
                }
            }
        }
    } else {
        let mut text = String::new();
        write_value(live, value, &mut text).map_err(|error| limit(&error))?;
        if text.is_empty() {
            return Ok(());
        }
        out.write_str(&text)?;
    }
    if outermost {
        if spoilt {
            live.placeholders.push(live.emitted);
        }
        live.emitted += 1;
    }
    Ok(())
}

/// A limit that was exceeded where only minijinja knows the place.
fn limit(error: &CallError) -> Error {
    Error::new(ErrorKind::WriteFailure, error.to_string())
}
