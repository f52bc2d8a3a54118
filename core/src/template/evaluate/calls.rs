//! Calls of functions, filters, tests and macros.

use std::sync::Arc;

use minijinja::Value;

use super::super::ast::{Argument, Call, MacroCall, Problem, Test};
use super::super::call::{Args, CallError};
use super::super::callables::{Family, surplus_name, too_many};
use super::super::live::too_much;
use super::super::program::{MacroTarget, call_key};
use super::super::scope::{FrameKind, Slot};
use super::super::source_map::Link;
use super::{Evaluator, Missing, Outcome, Stop};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::suggest::nearest;

/// Steps that a call costs.
const CALL_COST: u64 = 8;

/// Arguments of a macro, by parameter.
type Bound = Vec<(Arc<str>, Slot)>;

impl Evaluator<'_, '_, '_, '_> {
    pub(super) fn function(&mut self, call: &Call) -> Outcome<Value> {
        self.invoke(Family::Function, call, Value::UNDEFINED)
    }

    pub(super) fn predicate(&mut self, subject: Value, test: &Test) -> Outcome<Value> {
        self.invoke(Family::Test, &test.call, subject)
    }

    pub fn filter(&mut self, subject: Value, call: &Call) -> Outcome<Value> {
        let value = self.invoke(Family::Filter, call, subject);
        self.needed(value)
    }

    fn invoke(&mut self, family: Family, call: &Call, subject: Value) -> Outcome<Value> {
        self.spend(CALL_COST, call.span)?;
        let Some(callable) = call.callable else {
            // Told in full when the file was read.
            return Err(self.report(&family.unknown_again(&call.name, call.name_span)));
        };
        // Those of a test were looked at before its subject.
        let mut failed = match family {
            Family::Test => None,
            _ => self.check_arguments(family, call),
        };
        let mut values = Vec::with_capacity(call.bound.len());
        for bound in &call.bound {
            let Some(argument) = bound.and_then(|at| call.arguments.get(at)) else {
                values.push(None);
                continue;
            };
            match self.settled(&argument.value) {
                Ok(value) => values.push(Some(value)),
                Err(Stop::Abort) => return Err(Stop::Abort),
                Err(stop) => failed = Some(stop),
            }
        }
        if let Some(stop) = failed {
            return Err(stop);
        }
        let args = Args {
            subject,
            params: callable.params,
            values: &values,
        };
        let file = self.file;
        let live = self.live();
        let Some(host) = &live.host else {
            return Err(Stop::Fault);
        };
        let was_volatile = host.is_volatile();
        let result = (callable.call)(&args, host);
        if !was_volatile && host.is_volatile() {
            live.volatile.get_or_insert((file, call.span));
        }
        match result {
            Ok(value) if value.is_undefined() => Err(Stop::Unset(Arc::new(Missing {
                file,
                problem: Problem::new(
                    Code::T102,
                    call.span,
                    format!("the {} `{}` gives no value", family.word(), call.name),
                ),
                name: None,
                carried: true,
            }))),
            Ok(value) => Ok(value),
            Err(error) => Err(self.call_failed(family, call, error)),
        }
    }

    /// Reports arguments that are missing or too many; says whether the call fails for it.
    pub(super) fn check_arguments(&mut self, family: Family, call: &Call) -> Option<Stop> {
        let mut failed = call.lacks.then_some(Stop::Fault);
        for problem in &call.surplus {
            let stop = self.report(problem);
            // Tera's filters and functions pass over them, its tests do not.
            if family == Family::Test {
                failed = Some(stop);
            }
        }
        for problem in &call.problems {
            failed = Some(self.report(problem));
        }
        failed
    }

    fn call_failed(&mut self, family: Family, call: &Call, error: CallError) -> Stop {
        match error {
            // A mistyped name was told already.
            CallError::Argument { message, .. }
                if !call.surplus.is_empty() && message.starts_with("missing argument") =>
            {
                Stop::Fault
            }
            CallError::Argument { param, message } => {
                let argument = param
                    .and_then(|name| {
                        let params = call.callable?.params;
                        let at = params.iter().position(|param| param.name == name)?;
                        call.arguments.get((*call.bound.get(at)?)?)
                    })
                    .map(|argument| argument.value.span);
                let message = if param.is_none() && message.starts_with("needs ") {
                    format!("the {} `{}` {message}", family.word(), call.name)
                } else {
                    message
                };
                self.fault(Code::T106, argument.unwrap_or(call.span), message)
            }
            CallError::Limit(message) => self.abort(&too_much(call.span, message)),
            CallError::Thrown(message) => self.fault(Code::T110, call.span, message),
            CallError::Undefined { message } => Stop::Unset(Arc::new(Missing {
                file: self.file,
                problem: Problem::new(Code::T102, call.span, message),
                name: None,
                carried: true,
            })),
        }
    }

    /// The macro that a call means.
    fn target(&mut self, call: &MacroCall) -> Outcome<MacroTarget> {
        if let Some(target) = self.runtime.program.macros.get(&call_key(call)) {
            return Ok(target.clone());
        }
        // Why was reported when the files were read.
        Err(Stop::Fault)
    }

    /// What a macro writes, as text.
    pub(super) fn macro_text(&mut self, call: &MacroCall) -> Outcome<String> {
        let target = self.enter_macro(call, 11)?;
        self.live().captures += 1;
        self.release();
        let text = self.state.render_block(&format!("m{}", target.unit));
        let live = self.live();
        live.captures = live.captures.saturating_sub(1);
        live.leave();
        match text {
            Ok(text) => {
                self.charge(text.len() as u64, call.span)?;
                Ok(text)
            }
            Err(error) => Err(self.broken(&error, call.span)),
        }
    }

    /// minijinja gave up below.
    fn broken(&mut self, error: &minijinja::Error, span: Span) -> Stop {
        if self.live().aborted {
            return Stop::Abort;
        }
        let problem = super::super::engine::problem_of(error, &self.runtime.limits, span);
        self.abort(&problem)
    }

    /// Evaluates the arguments and enters the macro.
    pub fn enter_macro(&mut self, call: &MacroCall, depth: usize) -> Outcome<MacroTarget> {
        self.spend(CALL_COST, call.span)?;
        let target = self.target(call)?;
        let mut bound = self.macro_arguments(call, &target)?;
        self.deeper(depth, call.span, "a macro calls itself without end")?;
        let raw = self.runtime.program.units[target.unit].raw;
        self.charge(raw, call.span)?;
        let caller = self.file;
        let parent = self.live().link();
        let file = |file: usize| u32::try_from(file).unwrap_or(0);
        self.live().enter(
            FrameKind::Macro,
            Link {
                parent,
                file: file(caller),
                span: call.span,
                message: "called here",
                import: target.import.map(|span| (file(caller), span)),
            },
            depth,
        );
        // Defaults see the parameters before them, and nothing of the caller.
        self.file = target.file;
        for param in &target.definition.params {
            let given = bound.iter().position(|(name, _)| *name == param.name);
            let slot = match (given, &param.default) {
                (Some(at), _) => bound.swap_remove(at).1,
                (None, Some(default)) => match self.settled(default) {
                    Ok(value) => Slot::Value(value),
                    Err(Stop::Abort) => return Err(Stop::Abort),
                    Err(_) => Slot::Failed,
                },
                (None, None) => Slot::Unset(Arc::new(Missing {
                    file: target.file,
                    problem: Problem::new(
                        Code::T102,
                        Span::at(0),
                        format!(
                            "the argument `{}` of the macro `{}` was not given",
                            param.name, target.definition.name
                        ),
                    ),
                    name: None,
                    carried: true,
                })),
            };
            let name = param.name.clone();
            if let Some(frame) = self.live().top() {
                frame.set(name, slot);
            }
        }
        self.file = caller;
        Ok(target)
    }

    /// A level deeper may be too deep.
    pub fn deeper(&mut self, depth: usize, span: Span, what: &str) -> Outcome<()> {
        let limit = self.runtime.limits.recursion;
        if self.live().depth + depth <= limit {
            return Ok(());
        }
        Err(self.abort(&Problem::new(
            Code::T109,
            span,
            format!("{what}: calls and includes are nested too deep"),
        )))
    }

    /// The arguments of a macro call, by parameter.
    fn macro_arguments(&mut self, call: &MacroCall, target: &MacroTarget) -> Outcome<Bound> {
        let params = &target.definition.params;
        let callee = &target.definition.name;
        let mut bound: Vec<(Arc<str>, Slot)> = Vec::with_capacity(params.len());
        let mut misnamed: Vec<Arc<str>> = Vec::new();
        let mut failed = None;
        for Argument { name, value } in &call.arguments {
            let param = match name {
                Some((name, _)) => params.iter().find(|param| param.name == *name),
                None => params
                    .iter()
                    .find(|param| !bound.iter().any(|(known, _)| *known == param.name)),
            };
            let Some(param) = param else {
                let problem = match name {
                    Some((name, span)) => {
                        let names = params.iter().map(|param| &*param.name);
                        surplus_name("macro", callee, name, *span, names)
                    }
                    None => too_many("macro", callee, value.span, params.len()),
                };
                // Tera passes over it. That what it was meant for has no value is no second fault.
                self.report(&problem);
                if let Some((name, _)) = name {
                    misnamed.push(name.clone());
                }
                continue;
            };
            match self.settled(value) {
                Ok(value) => {
                    bound.retain(|(known, _)| *known != param.name);
                    bound.push((param.name.clone(), Slot::Value(value)));
                }
                Err(Stop::Abort) => return Err(Stop::Abort),
                Err(stop) => failed = Some(stop),
            }
        }
        for name in misnamed {
            let open = params.iter().filter(|param| {
                param.default.is_none() && !bound.iter().any(|(known, _)| *known == param.name)
            });
            let open: Vec<&str> = open.map(|param| &*param.name).collect();
            let meant = nearest(&name, open.iter().copied()).or(open.first().copied());
            if let Some(meant) = meant {
                bound.push((Arc::from(meant), Slot::Failed));
            }
        }
        match failed {
            Some(stop) => Err(stop),
            None => Ok(bound),
        }
    }
}

/// What to say of a macro that does not exist.
pub fn unknown_macro<'a>(
    call: &MacroCall,
    namespace_known: bool,
    names: impl Iterator<Item = &'a str>,
) -> Problem {
    let names: Vec<&str> = names.collect();
    if namespace_known {
        let problem = Problem::new(
            Code::T103,
            call.name_span,
            format!("unknown macro `{}::{}`", call.namespace, call.name),
        );
        return match nearest(&call.name, names) {
            Some(near) => problem.meant(&call.name, near),
            None => problem,
        };
    }
    let problem = Problem::new(
        Code::T103,
        call.namespace_span,
        format!(
            "unknown macro `{}::{}`: nothing is imported as `{}`",
            call.namespace, call.name, call.namespace
        ),
    );
    match nearest(&call.namespace, names) {
        Some(near) => problem.meant(&call.namespace, near),
        None => problem.help(format!(
            "import the file that defines it: {{% import \"_macros.toml.tera\" as {} %}}",
            call.namespace
        )),
    }
}
