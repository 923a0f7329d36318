//! The `naqi` command: parse, run, map the outcome to an exit status.
//!
//! 0 done; 1 done, but something wants a look; 2 usage, rule or I/O error. Panics inside records are caught and quarantined,
//! so their messages are silenced here.

mod allocator;
mod cli;

use std::process::ExitCode;

use cli::Outcome;

fn main() -> ExitCode {
    allocator::keep_free_memory();
    std::panic::set_hook(Box::new(|_| {}));
    match cli::run() {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::LookAgain) => ExitCode::from(1),
        Err(error) => {
            eprintln!("naqi: {error:#}");
            ExitCode::from(2)
        }
    }
}
