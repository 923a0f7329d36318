//! The normalised view of text: folded characters ([`fold`]), words ([`token`], read by `scan`) shapes ([`shape`]), sentences ([`seam`]), normalised strings ([`view`]).

mod ascii;
pub mod fold;
mod letters;
mod scan;
pub mod seam;
pub mod shape;
pub mod token;
pub mod view;
pub mod word_hash;
