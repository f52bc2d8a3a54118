//! What changes while a template renders.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::{State, Value};

use super::ast::Problem;
use super::call::CallError;
use super::faults::Faults;
use super::host::Host;
use super::limits::Limits;
use super::loader::FileId;
use super::program::Program;
use super::scope::{Frame, FrameKind};
use super::source_map::Link;
use crate::diagnostic::Code;
use crate::source::Span;

/// A render in progress. minijinja's callbacks hold it; a lock, since they must be shareable, is all
/// it takes: there is one thread.
#[derive(Debug)]
pub(super) struct Runtime {
    pub program: Program,
    pub limits: Limits,
    live: Mutex<Live>,
}

impl Runtime {
    pub fn new(program: Program, limits: Limits, live: Live) -> Self {
        Self {
            program,
            limits,
            live: Mutex::new(live),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The render is over.
    pub fn take(&self) -> Live {
        std::mem::take(&mut *self.lock())
    }
}

/// A variable that the render was given.
#[derive(Debug)]
pub(super) struct Root {
    pub value: Option<Value>,
    pub read: bool,
    /// Not only a key of it.
    pub whole: bool,
}

/// A marker among the bytes that are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    /// Which of the expressions that wrote something.
    pub emission: u32,
    /// From here on this link holds.
    pub link: u32,
}

/// A row that was written: where its parts end.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Which of the expressions that wrote something.
    pub emission: u32,
    /// Its parts among [`Live::ends`].
    pub ends: Range<usize>,
}

/// Where a part of a row ends, in bytes of the row.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartEnd {
    pub at: u32,
    /// It stands for an expression that failed.
    pub failed: bool,
}

#[derive(Debug)]
pub(super) struct Live {
    pub host: Option<Host>,
    pub frames: Vec<Frame>,
    pub roots: HashMap<Arc<str>, Root>,
    /// Paths that were looked up, by the address of their place in the tree.
    pub paths: HashMap<usize, Arc<str>>,
    pub faults: Faults,
    pub links: Vec<Link>,
    pub events: Vec<Event>,
    /// Emissions that stand for an expression that failed.
    pub placeholders: Vec<u32>,
    /// Rows, in order.
    pub rows: Vec<Row>,
    /// The row that was made and is about to be written begins here among the ends.
    pub next_row: Option<usize>,
    /// Where the parts of rows end.
    pub ends: Vec<PartEnd>,
    /// Expressions that wrote something to the text itself.
    pub emitted: u32,
    /// How many captures are open: what is written then is no text yet.
    pub captures: u32,
    /// Placeholders were written into a capture.
    pub spoilt: bool,
    /// The next emission holds such a capture.
    pub spoils_next: bool,
    /// A limit was exceeded; the place is known.
    pub aborted: bool,
    pub incomplete: bool,
    pub volatile: Option<(FileId, Span)>,
    /// Uses of what Tera refuses that showed only now.
    pub extensions: Vec<(FileId, Span, &'static str)>,
    /// Steps that are left.
    pub steps: u64,
    /// Instructions of minijinja's that were executed.
    pub instructions: u64,
    /// Depth of frames, as minijinja counts.
    pub depth: usize,
    /// Depth of expressions within calls within expressions.
    pub nesting: usize,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            host: None,
            frames: vec![Frame::new(FrameKind::Origin, 0, 0)],
            roots: HashMap::new(),
            paths: HashMap::new(),
            faults: Faults::default(),
            links: Vec::new(),
            events: Vec::new(),
            placeholders: Vec::new(),
            rows: Vec::new(),
            next_row: None,
            ends: Vec::new(),
            emitted: 0,
            captures: 0,
            spoilt: false,
            spoils_next: false,
            aborted: false,
            incomplete: false,
            volatile: None,
            extensions: Vec::new(),
            steps: 0,
            instructions: 0,
            depth: 0,
            nesting: 0,
        }
    }
}

impl Live {
    /// The link that led to where the render is.
    pub fn link(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.link)
    }

    pub fn top(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// Enters a frame that a tag leads to.
    pub fn enter(&mut self, kind: FrameKind, link: Link, depth: usize) {
        self.links.push(link);
        let link = u32::try_from(self.links.len()).unwrap_or(0);
        self.depth += depth;
        self.frames.push(Frame::new(kind, link, depth));
    }

    /// Leaves the innermost frame; the outermost one stays.
    pub fn leave(&mut self) -> Option<FrameKind> {
        if self.frames.len() < 2 {
            return None;
        }
        let frame = self.frames.pop()?;
        self.depth = self.depth.saturating_sub(frame.depth);
        Some(frame.kind)
    }

    /// Notes a fault; says whether it is a new one.
    pub fn report(&mut self, program: &Program, file: FileId, problem: &Problem) -> bool {
        let link = self.link();
        self.faults
            .note(&program.files, file, problem, &self.links, link)
    }

    /// A limit was exceeded: the render ends.
    pub fn abort(&mut self, program: &Program, file: FileId, problem: &Problem) {
        let link = self.link();
        self.abort_at(program, file, problem, link);
    }

    /// A limit was exceeded at a place that `link` leads to: the render ends.
    pub fn abort_at(&mut self, program: &Program, file: FileId, problem: &Problem, link: u32) {
        if !self.aborted {
            self.faults
                .note(&program.files, file, problem, &self.links, link);
            self.aborted = true;
        }
    }

    /// Notes how many instructions minijinja has executed.
    pub fn note_fuel(&mut self, state: &State<'_, '_>) {
        self.instructions = state.fuel_levels().map_or(0, |(consumed, _)| consumed);
    }

    /// Steps that are left when the render is over. It took as many as we counted, or as minijinja
    /// did, which also counts pieces of text.
    pub fn steps_left(&self, allowed: u64) -> u64 {
        self.steps.min(allowed.saturating_sub(self.instructions))
    }

    /// Takes steps; `false` if there are none left.
    pub fn spend(&mut self, steps: u64) -> bool {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                true
            }
            None => {
                self.steps = 0;
                false
            }
        }
    }

    /// Pays for bytes that are about to be made.
    pub fn charge(&mut self, bytes: u64) -> Result<(), CallError> {
        match &self.host {
            Some(host) => host.charge(bytes),
            None => Ok(()),
        }
    }
}

/// The fault of a render that takes too many steps.
pub(super) fn out_of_steps(limits: &Limits, span: Span) -> Problem {
    Problem::new(
        Code::T109,
        span,
        format!("the render takes more than {} steps", limits.fuel),
    )
    .label("the limit was reached here")
}

/// The fault of a render that makes too much.
pub(super) fn too_much(span: Span, message: impl Into<String>) -> Problem {
    Problem::new(Code::T109, span, message).label("the limit was reached here")
}
