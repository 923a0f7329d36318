//! Integration tests: the binary as a user runs it, the promises of the design, the samples and the marked documents.

mod cli;
mod documents;
mod dumps;
mod formats;
mod harness;
mod hostile;
mod hostile_formats;
mod inputs;
mod layers;
mod look;
mod parts;
mod pieces;
mod promises;
mod resume;
mod runs;
mod samples;
mod survey;
mod survey_inside;
mod survey_pages;
mod survey_words;
mod tools;
mod weights;
