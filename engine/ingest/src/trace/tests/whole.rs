//! A whole trace in memory: what readers that hold little must agree with.

use super::*;
use crate::adapter::Adapter;
use crate::live::Adapted;
use std::collections::HashMap;

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
        let calls = self.sorted(|call| call.at);
        assert_eq!(all(TraceCalls::heard(self.again())), calls);
        calls
    }

    pub(crate) fn planned(&self) -> Vec<(u64, Effect)> {
        let calls = self.sorted(|call| Some(call.planned));
        assert_eq!(all(TraceCalls::planned(self.again())), calls);
        calls
    }

    pub(crate) fn again(&self) -> impl Iterator<Item = Result<TraceRow, TraceError>> + use<> {
        self.rows.clone().into_iter().map(Ok)
    }

    fn sorted(&self, when: impl Fn(&TraceCall) -> Option<u64>) -> Vec<(u64, Effect)> {
        let all = self.messages.iter().flat_map(|it| &it.calls);
        let all = all.filter_map(|call| Some((when(call)?, call.effect.clone())));
        let mut calls: Vec<_> = all.collect();
        calls.sort_by_key(|(at, _)| *at);
        calls
    }
}

fn all(calls: impl Iterator<Item = Result<(u64, Effect), TraceError>>) -> Vec<(u64, Effect)> {
    calls.map(Result::unwrap).collect()
}

pub(crate) fn adapt(trace: &Trace, adapter: Adapter) -> Trace {
    let rows = Adapted::new(&trace.header, trace.again(), adapter);
    Trace::of_rows(rows.map(Result::unwrap).collect())
}

pub(crate) fn diff(first: &Trace, second: &Trace) -> Vec<Difference> {
    differences(first.calls(), second.calls())
}

pub(crate) fn diff_planned(first: &Trace, second: &Trace) -> Vec<Difference> {
    differences(first.planned(), second.planned())
}

fn differences(first: Vec<(u64, Effect)>, second: Vec<(u64, Effect)>) -> Vec<Difference> {
    let mut found = Vec::new();
    let [first, second] = [first, second].map(|calls| calls.into_iter().map(Ok));
    super::super::diff(first, second, |it| found.push(it)).unwrap();
    found
}
