//! Simplification of loops: loops with one body over the same operands become one (a forward loop, and the one that its gradient records again to
//! keep more of it), results that nobody takes go, and bodies are simplified.

use crate::{Instr, Op, Program, Scan, ValueId};
use std::{collections::HashMap, sync::Arc};

/// A loop that takes the place of one or more loops.
struct Merged {
    scan: Scan,
    operands: Vec<ValueId>,
    /// Whether somebody takes a result; carries are always there.
    taken: Vec<bool>,
    /// The loop in the new program, once it is there.
    value: Option<ValueId>,
}

/// Which loop a scan of the old program has become, and which results its results are there.
struct Place {
    loop_: usize,
    parts: Vec<usize>,
}

impl Program {
    /// The program with its loops merged and simplified. Dead instructions must be gone.
    pub(crate) fn simplify_loops(&self) -> Program {
        let (mut loops, places) = self.merge_loops();
        for instr in &self.instrs {
            for place in instr.operands.iter().filter_map(|operand| places.get(operand)) {
                loops[place.loop_].taken[place.parts[taken_part(&instr.op)]] = true;
            }
        }
        for place in self.outputs.iter().filter_map(|output| places.get(output)) {
            loops[place.loop_].taken[place.parts[0]] = true;
        }
        let mut program = Program { inputs: self.inputs.clone(), donations: self.donations.clone(), ..Program::default() };
        let mut map: Vec<ValueId> = (0..self.inputs.len()).collect();
        for (i, instr) in self.instrs.iter().enumerate() {
            let mut push = |op: Op, operands: Vec<ValueId>, spec| {
                program.instrs.push(Instr { op, operands, spec, at: instr.at });
                program.len() - 1
            };
            let operands = |operands: &[ValueId]| operands.iter().map(|&operand| map[operand]).collect();
            let new = match (&instr.op, places.get(&(self.inputs.len() + i)), instr.operands.first().and_then(|x| places.get(x))) {
                (Op::Scan(_), Some(place), _) => {
                    let merged = &mut loops[place.loop_];
                    let value = merged.value.unwrap_or_else(|| {
                        let scan = merged.simplified();
                        let spec = scan.results().swap_remove(0);
                        push(Op::Scan(Arc::new(scan)), operands(&merged.operands), spec)
                    });
                    merged.value = Some(value);
                    match merged.part(place.parts[0]) {
                        Some(part) if part > 0 => push(Op::Part(part), vec![value], instr.spec.clone()),
                        Some(_) | None => value,
                    }
                }
                (Op::Part(part), _, Some(Place { loop_, parts })) => {
                    let part = loops[*loop_].part(parts[*part]).unwrap_or(0);
                    push(Op::Part(part), loops[*loop_].value.into_iter().collect(), instr.spec.clone())
                }
                (op, _, _) => push(op.clone(), operands(&instr.operands), instr.spec.clone()),
            };
            map.push(new);
        }
        program.outputs = self.outputs.iter().map(|&output| map[output]).collect();
        program
    }

    fn merge_loops(&self) -> (Vec<Merged>, HashMap<ValueId, Place>) {
        let mut loops: Vec<Merged> = Vec::new();
        let mut places = HashMap::new();
        for (i, instr) in self.instrs.iter().enumerate() {
            let Op::Scan(scan) = &instr.op else { continue };
            let loop_ = loops.iter().position(|merged| merged.operands == instr.operands && same_body(&merged.scan, scan));
            let loop_ = loop_.unwrap_or_else(|| {
                let taken = vec![false; scan.carries];
                let mut body = scan.body.clone();
                body.outputs.truncate(scan.carries);
                loops.push(Merged { scan: Scan { body, ..(**scan).clone() }, operands: instr.operands.clone(), taken, value: None });
                loops.len() - 1
            });
            let parts = loops[loop_].add_results(scan);
            places.insert(self.inputs.len() + i, Place { loop_, parts });
        }
        (loops, places)
    }
}

/// Which result of a scan an operation takes; all but [`Op::Part`] take the first.
fn taken_part(op: &Op) -> usize {
    if let Op::Part(part) = op { *part } else { 0 }
}

/// Whether two loops differ at most in what they stack.
fn same_body(a: &Scan, b: &Scan) -> bool {
    let carried = |scan: &Scan| scan.body.outputs[..scan.carries].to_vec();
    let same_instr = |(a, b): (&Instr, &Instr)| a.op == b.op && a.operands == b.operands && a.spec == b.spec;
    (a.carries, a.sequences, a.length, a.reverse) == (b.carries, b.sequences, b.length, b.reverse)
        && a.body.instrs.len() == b.body.instrs.len()
        && carried(a) == carried(b)
        && a.body.instrs.iter().zip(&b.body.instrs).all(same_instr)
}

impl Merged {
    /// Makes the results of `scan` results of this loop too, and tells their places.
    fn add_results(&mut self, scan: &Scan) -> Vec<usize> {
        let outputs = &mut self.scan.body.outputs;
        let stacked = scan.body.outputs[scan.carries..].iter().map(|output| {
            let known = outputs[scan.carries..].iter().position(|known| known == output);
            known.map_or_else(
                || {
                    outputs.push(*output);
                    outputs.len() - 1
                },
                |known| scan.carries + known,
            )
        });
        let parts: Vec<usize> = (0..scan.carries).chain(stacked.collect::<Vec<_>>()).collect();
        self.taken.resize(outputs.len(), false);
        parts
    }

    /// The number of a result among those that stay.
    fn part(&self, part: usize) -> Option<usize> {
        let stays = |&part: &usize| part < self.scan.carries || self.taken[part];
        stays(&part).then(|| (0..part).filter(stays).count())
    }

    fn simplified(&self) -> Scan {
        let mut body = self.scan.body.clone();
        let stays = |part: &usize| self.part(*part).is_some();
        body.outputs = (0..body.outputs.len()).filter(stays).map(|part| self.scan.body.outputs[part]).collect();
        Scan { body: body.simplify(), ..self.scan.clone() }
    }
}
