//! A whole trace in memory: what readers that hold little must agree with.

use super::*;
use crate::adapter::Adapter;
use crate::live::Adapted;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trace {
    pub(crate) header: TraceHeader,
    pub(crate) messages: Vec<TraceMessage>,
    pub(crate) refused: Vec<(u64, String)>,
    pub(crate) state: TraceState,
    pub(crate) rows: Vec<TraceRow>,
}

impl Trace {
    pub(crate) fn read(path: &Path) -> Result<Self, TraceError> {
        Self::of(TraceReader::open(path)?)
    }

    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, TraceError> {
        Self::of(TraceReader::of_bytes(path, bytes.to_vec())?)
    }

    fn of(mut reader: TraceReader) -> Result<Self, TraceError> {
        let rows = reader.by_ref().collect::<Result<Vec<_>, _>>()?;
        let mut trace = Self::of_rows(rows);
        trace.header = reader.header().clone();
        trace.state = reader.state().clone();
        Ok(trace)
    }

    pub(crate) fn of_rows(rows: Vec<TraceRow>) -> Self {
        let mut trace = Self::default();
        let mut places = HashMap::new();
        for row in rows.clone() {
            match row {
                TraceRow::Message(message) => {
                    places.insert(message.n, trace.messages.len());
                    trace.messages.push(*message);
                }
                TraceRow::Refused { n, code } => trace.refused.push((n, code)),
                TraceRow::End { .. } => {}
                TraceRow::More { n, calls } => {
                    trace.messages[places[&n]].calls.extend(calls);
                }
                TraceRow::Moved { n, call, at } => {
                    let message = places.get(&n).map(|at| &mut trace.messages[*at]);
                    if let Some(call) = message.and_then(|it| it.calls.get_mut(call)) {
                        call.at = at;
                    }
                }
            }
        }
        trace.rows = rows;
        trace
    }

    pub(crate) fn calls(&self) -> Vec<(u64, Effect)> {
        untold(self.heard())
    }

    pub(crate) fn planned(&self) -> Vec<(u64, Effect)> {
        untold(self.all_planned())
    }

    pub(crate) fn again(&self) -> impl Iterator<Item = Result<TraceRow, TraceError>> + use<> {
        self.rows.clone().into_iter().map(Ok)
    }

    fn heard(&self) -> Vec<Heard> {
        let calls = self.sorted(|call| call.at);
        assert_eq!(all(TraceCalls::heard(self.again())), calls);
        calls
    }

    fn all_planned(&self) -> Vec<Heard> {
        let calls = self.sorted(|call| Some(call.planned));
        assert_eq!(all(TraceCalls::planned(self.again())), calls);
        calls
    }

    fn sorted(&self, when: impl Fn(&TraceCall) -> Option<u64>) -> Vec<Heard> {
        let of = |it: &TraceMessage| {
            let source: Arc<str> = it.source.as_str().into();
            let call = |call: &TraceCall| {
                Some(Heard {
                    at: when(call)?,
                    source: Arc::clone(&source),
                    effect: call.effect.clone(),
                })
            };
            it.calls.iter().filter_map(call).collect::<Vec<_>>()
        };
        let mut calls: Vec<_> = self.messages.iter().flat_map(of).collect();
        calls.sort_by_key(|it| it.at);
        calls
    }
}

fn all(calls: impl Iterator<Item = Result<Heard, TraceError>>) -> Vec<Heard> {
    calls.map(Result::unwrap).collect()
}

/// Without saying whose they are.
fn untold(calls: Vec<Heard>) -> Vec<(u64, Effect)> {
    calls.into_iter().map(|it| (it.at, it.effect)).collect()
}

pub(crate) fn adapt(trace: &Trace, adapter: Adapter) -> Trace {
    let rows = Adapted::new(&trace.header, trace.again(), adapter);
    Trace::of_rows(rows.map(Result::unwrap).collect())
}

pub(crate) fn diff(first: &Trace, second: &Trace) -> Vec<Difference> {
    differences(first.heard(), second.heard())
}

pub(crate) fn diff_planned(first: &Trace, second: &Trace) -> Vec<Difference> {
    differences(first.all_planned(), second.all_planned())
}

fn differences(first: Vec<Heard>, second: Vec<Heard>) -> Vec<Difference> {
    let mut found = Vec::new();
    let [first, second] = [first, second].map(|calls| calls.into_iter().map(Ok));
    super::super::diff(first, second, |it| found.push(it)).unwrap();
    found
}
