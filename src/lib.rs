//! naqi (Arabic نقي, "pure") turns scraped dumps of web text into clean article bodies.
//!
//! Text flows one way: **read → decode → segment → detect → decide → write**.
//!
//! - [`read`] finds the inputs and cuts them into work; [`decode`](mod@decode) makes text of bytes in any encoding.
//! - [`segment`] parts a record into a [`Document`] of blocks: lines of a text, block-level pieces of a page.
//! - [`rules`] are TOML files that people edit; they are matched word by word on a normalised view of the [`text`].
//! - [`detect`] holds the detectors. Each adds [`Signal`](verdict::Signal)s and none deletes; [`decide`](mod@decide) weighs them
//!   into [`Verdict`](verdict::Verdict)s that tile the text.
//! - [`Cleaner`] is the pure core: one document in, an [`Article`] out, no files and no threads. The command line, the rule tests
//!   ([`verify`](mod@verify)) and bindings share it.
//! - [`worker`] cleans what is stored in files, pages and JSON lines, [`pipeline`] runs many workers in input order, [`write`](mod@write)
//!   makes outputs and the audit, [`restore`](mod@restore) builds the inputs again.
//! - [`eval`] measures a rule set on labelled records, [`lint`](mod@lint) says which rules should not be shipped as they are, and
//!   [`import`] turns site files of other collections into rules.
//!
//! Nothing is invented, reordered or lost: a body is a subsequence of the decoded text, and body and audit together give it back.
//!
//! ```
//! use naqi::{Cleaner, Metadata, RuleSet, segment_text};
//!
//! let cleaner = Cleaner::new(RuleSet::shipped()?);
//! let text = "The council opened the new bridge on Monday, and traffic will flow again by the evening, the mayor said.\nShare on Facebook\n";
//! let article = cleaner.clean(&segment_text(text.into(), Metadata::default()));
//! assert_eq!(article.body.lines().count(), 1);
//! assert_eq!(article.status.word(), "changed");
//! # Ok::<(), naqi::rules::source::RuleErrors>(())
//! ```

#![forbid(unsafe_code)]

pub mod clean;
pub mod decide;
pub mod decode;
pub mod dedupe;
pub mod detect;
pub mod document;
pub mod eval;
pub mod features;
pub mod import;
pub mod journal;
pub mod limit;
pub mod lint;
pub mod model;
pub mod outline;
pub mod pipeline;
pub mod read;
pub mod record;
pub mod report;
pub mod restore;
pub mod rules;
pub mod sample;
pub mod segment;
pub mod span;
pub mod stretch;
pub mod suggest;
pub mod survey;
pub mod text;
pub mod train;
pub mod verdict;
pub mod verify;
pub mod worker;
pub mod write;

pub use clean::{Article, Cleaner, Status};
pub use document::{Document, Format, Metadata};
pub use rules::{Layers, RuleSet};
pub use segment::segment_text;
pub use span::Span;
