//! Articles to bytes: output records ([`output`]), audit lines ([`audit`]), files that appear whole or not at all ([`target`]).

pub mod audit;
pub mod output;
pub mod target;
