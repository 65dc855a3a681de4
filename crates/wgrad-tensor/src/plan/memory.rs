//! Temporary memory: buffers whose lives do not overlap share a slot.

use super::{Place, Plan};

/// The first and the last step that use a buffer.
#[derive(Clone, Copy)]
struct Life {
    first: usize,
    last: usize,
}

/// Assigns slots, the largest buffers first: each goes to the first slot that is free for its whole life.
pub(super) fn assign_slots(plan: &mut Plan) {
    let mut lives: Vec<Option<Life>> = vec![None; plan.buffers.len()];
    for (i, step) in plan.steps.iter().enumerate() {
        for operand in step.reads().into_iter().chain(step.writes()) {
            let life = lives[operand.buffer].get_or_insert(Life { first: i, last: i });
            life.last = i;
        }
    }
    let mut order: Vec<usize> =
        (0..plan.buffers.len()).filter(|&b| matches!(plan.buffers[b].place, Place::Slot(_)) && lives[b].is_some()).collect();
    let bytes = |plan: &Plan, b: usize| (plan.buffers[b].len * plan.buffers[b].dtype.device_size()) as u64;
    order.sort_by_key(|&b| std::cmp::Reverse(bytes(plan, b)));
    let mut tenants: Vec<Vec<Life>> = Vec::new();
    for b in order {
        let Some(life) = lives[b] else { continue };
        let free = |tenants: &Vec<Life>| tenants.iter().all(|other| life.last < other.first || other.last < life.first);
        let slot = tenants.iter().position(free).unwrap_or_else(|| {
            tenants.push(Vec::new());
            plan.slots.push(bytes(plan, b));
            tenants.len() - 1
        });
        tenants[slot].push(life);
        plan.buffers[b].place = Place::Slot(slot);
    }
}
