//! `WGRAD_DUMP`: what is compiled, for people who want to see it.

use crate::{Executable, Program};

/// Prints what `WGRAD_DUMP` asks for, a list of `program` and `wgsl` (the device's source), to the standard error output.
pub(crate) fn dump(program: &Program, executable: &dyn Executable) {
    let Ok(wanted) = std::env::var("WGRAD_DUMP") else { return };
    for what in wanted.split(',').map(str::trim) {
        match what {
            "program" => eprintln!("{program}"),
            "wgsl" => eprintln!("{}", executable.source()),
            "" => {}
            unknown => eprintln!("WGRAD_DUMP: \"{unknown}\" is not one of program, wgsl"),
        }
    }
}
