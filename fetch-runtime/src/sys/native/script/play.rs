//! The play of one request: the steps that its answer makes it take.

use std::collections::VecDeque;

use super::answer::{Answer, Stage};
use crate::sys::native::machine::event::{Event, FetchId};
use crate::sys::native::machine::step::{self, CacheEvent, Step, XhrEvent};

pub(super) struct Play {
    /// The method and the URL.
    pub(super) name: String,
    pub(super) answer: Answer,
    /// The index of the recorded request.
    pub(super) recorded: usize,
    steps: VecDeque<Step>,
}

impl Play {
    pub(super) fn new(name: String, answer: Answer, recorded: usize) -> Self {
        Self { name, answer, recorded, steps: VecDeque::new() }
    }

    pub(super) fn append(&mut self, id: FetchId, event: Event) {
        step::append(&mut self.steps, id, event);
    }

    /// The steps of a turn: a task of the browser. None if it is held, or complete.
    pub(super) fn next_steps(&mut self, is_in_flight: bool) -> Vec<Step> {
        let mut steps = Vec::new();
        while !(is_in_flight && self.held_at().is_some()) {
            let Some(step) = self.steps.pop_front() else { break };
            let continues_task = step.continues_task();
            steps.push(step);
            if !continues_task {
                break;
            }
        }
        steps
    }

    /// Whether no steps are left.
    pub(super) fn is_complete(&self) -> bool {
        self.steps.is_empty()
    }

    /// The rest of a transfer is not wanted.
    pub(super) fn cancel(&mut self) {
        self.steps.clear();
    }

    pub(super) fn held_at(&self) -> Option<Stage> {
        let stage = self.steps.front().and_then(stage_before);
        stage.filter(|stage| self.answer.holds.contains(stage))
    }

    /// Lets it go on from the stage at which it is.
    pub(super) fn release(&mut self) {
        if let Some(stage) = self.steps.front().and_then(stage_before) {
            self.answer.holds.retain(|hold| *hold != stage);
        }
    }

    pub(super) fn stop_holding(&mut self) {
        self.answer.holds.clear();
    }

    /// Ends it as a network error, as its answer is impossible. Returns the mistake in the script.
    pub(super) fn refuse(&mut self, mistake: &str) -> String {
        self.answer = Answer::network_error();
        format!("{} {mistake}", self.name)
    }
}

fn stage_before(step: &Step) -> Option<Stage> {
    match step {
        Step::Timer(_) => None,
        Step::Xhr(_, event) => match event {
            XhrEvent::HeadersReceived(_) => Some(Stage::Head),
            XhrEvent::Loading | XhrEvent::Chunk { .. } => Some(Stage::Chunk),
            XhrEvent::Done | XhrEvent::Broken => Some(Stage::Done),
            XhrEvent::Load { .. } | XhrEvent::Error(_) | XhrEvent::Timeout => Some(Stage::Load),
            XhrEvent::Upload(_) | XhrEvent::Progress(_) => None,
        },
        Step::Cache(_, event) => match event {
            CacheEvent::Found(_) | CacheEvent::FoundEntry(_) | CacheEvent::Missing => {
                Some(Stage::Lookup)
            }
            CacheEvent::Stored { .. } | CacheEvent::Deleted(_) => Some(Stage::Store),
        },
    }
}
