//! The second eye: what repeats across the documents of a host is template.
//!
//! In: documents, one after the other. Out: counts of documents for each line, for each opening and each ending of a line, and for
//! titles and leads, in a file that people read, other engines write, and parts of which merge exactly. [`words`] makes numbers, dates and the
//! article's own title alike; [`count`] counts and spills sorted runs, so memory is bounded by a setting; [`runs`] merges
//! them; [`branch`] walks sorted lines as a tree of words, in which the count of every opening is a sum over what hangs below it, so
//! that one entry a line stands for all its openings; [`file`](mod@file) is the format; [`templates`] is what cleaning looks up.

pub mod branch;
pub mod count;
mod dates;
pub mod file;
pub mod frequency;
pub mod gather;
mod hashed;
pub mod inside;
pub mod key;
mod lookup;
mod many;
mod row;
pub mod runs;
pub mod stories;
pub mod templates;
mod texts;
mod word_bits;
pub mod words;

pub use count::Counter;
pub use many::Survey;
pub use templates::{Group, Templates};
