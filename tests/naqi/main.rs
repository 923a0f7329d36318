//! Integration tests: the binary as a user runs it, the promises of the design, the samples and the marked documents.

mod cli;
mod documents;
mod harness;
mod layers;
mod promises;
mod samples;
mod survey;
mod tools;
