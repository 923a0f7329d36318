//! The normalised view of text: folded characters ([`fold`]), words and shapes ([`token`]), normalised strings ([`view`]).

pub mod fold;
pub mod token;
pub mod view;
