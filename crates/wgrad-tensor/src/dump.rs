//! `WGRAD_DUMP`: what is compiled, for people who want to see it.

use crate::{
    Executable, Program,
    plan::{Plan, PlanOptions},
};

/// Prints what `WGRAD_DUMP` asks for, a list of `program`, `plan` and `wgsl` (the device's source), to the standard error output. `tune` is what a
/// device prints while it measures.
pub(crate) fn dump(program: &Program, executable: &dyn Executable) {
    let Ok(wanted) = std::env::var("WGRAD_DUMP") else { return };
    for what in wanted.split(',').map(str::trim).filter(|what| !what.is_empty() && *what != "tune") {
        eprintln!("{}", text(what, program, executable));
    }
}

fn text(what: &str, program: &Program, executable: &dyn Executable) -> String {
    match what {
        "program" => program.to_string(),
        "plan" => Plan::new(program, &PlanOptions::default()).map_or_else(|error| error.to_string(), |plan| plan.to_string()),
        "wgsl" => executable.source(),
        unknown => format!("WGRAD_DUMP: \"{unknown}\" is not one of program, plan, wgsl, tune"),
    }
}
