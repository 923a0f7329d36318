//! `naqi restore`: the inputs, byte for byte, from what `naqi clean` wrote.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use naqi::read::jsonl::Keys;
use naqi::restore::restore;

use super::Outcome;
use super::plan::{AUDIT_NAME, QUARANTINE_NAME};

#[derive(Args, Debug)]
pub(crate) struct RestoreArgs {
    /// A folder or .jsonl file that `naqi clean` wrote
    cleaned: PathBuf,
    /// Folder for the rebuilt inputs
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// The audit of that run [default: audit.jsonl in the folder]
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// The quarantine of that run [default: quarantine.jsonl in the folder]
    #[arg(long, value_name = "FILE")]
    quarantine: Option<PathBuf>,
    /// Key that holds the body
    #[arg(long, default_value = "text", value_name = "KEY")]
    text_key: String,
}

pub(crate) fn run(args: &RestoreArgs) -> Result<Outcome> {
    let beside = if args.cleaned.is_dir() { args.cleaned.clone() } else { args.cleaned.parent().map(PathBuf::from).unwrap_or_default() };
    let audit = args.audit.clone().unwrap_or_else(|| beside.join(AUDIT_NAME));
    if !audit.exists() {
        bail!("no audit at '{}': name it with --audit; `naqi clean` writes one into an output folder, or where its own --audit says", audit.display());
    }
    let quarantine = args.quarantine.clone().unwrap_or_else(|| beside.join(QUARANTINE_NAME));
    let keys = Keys { text: args.text_key.clone(), ..Keys::default() };
    let count = restore(&args.cleaned, &audit, &quarantine, &args.output, &keys)?;
    eprintln!("rebuilt {count} files in {}", args.output.display());
    Ok(Outcome::Done)
}
