//! The normalised view of text: folded characters ([`fold`]), words ([`token`]) and shapes ([`shape`]), normalised strings ([`view`]).

pub mod fold;
pub mod shape;
pub mod token;
pub mod view;
mod word_hash;
