//! `naqi rules import`: rules of another collection into a folder of rule files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use naqi::import::{Import, file_name, host_of, import_folder};

use super::Outcome;

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Collection {
    /// FiveFilters site files: host.txt, or .host.txt for all sub-domains
    FtrSiteConfig,
}

#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    /// The kind of collection
    collection: Collection,
    /// Its folder
    folder: PathBuf,
    /// Folder for the rule files, one a site
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Replace rule files that are already there
    #[arg(long)]
    replace: bool,
    /// Do not list what cannot be turned
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(args: &ImportArgs) -> Result<Outcome> {
    let Collection::FtrSiteConfig = args.collection;
    let import = import_folder(&args.folder).with_context(|| format!("folder '{}' cannot be read", args.folder.display()))?;
    if import.sites.is_empty() {
        bail!("folder '{}' holds no site files; they are called host.txt, as in example.com.txt", args.folder.display());
    }
    if !args.quiet {
        list_unturned(&import, &args.folder);
    }
    write(&import, args)?;
    print_table(&import);
    Ok(Outcome::Done)
}

fn list_unturned(import: &Import, folder: &Path) {
    for (name, why) in &import.passed {
        eprintln!("{}: not turned: {why}", folder.join(name).display());
    }
    for (name, site) in &import.sites {
        for unturned in &site.unturned {
            eprintln!("{}:{}: not turned: {}  [{}]", folder.join(name).display(), unturned.line, unturned.reason, unturned.text);
        }
    }
}

fn write(import: &Import, args: &ImportArgs) -> Result<()> {
    fs::create_dir_all(&args.output).with_context(|| format!("folder '{}' cannot be made", args.output.display()))?;
    let files = import.sites.iter().filter(|(_, site)| !site.rules.is_empty());
    let named = files.filter_map(|(name, site)| Some((args.output.join(file_name(&host_of(name)?)), site)));
    let named: Vec<_> = named.collect();
    if let Some((path, _)) = named.iter().find(|(path, _)| !args.replace && path.exists()) {
        bail!("'{}' is already there; choose an empty folder, or replace the files with --replace", path.display());
    }
    for (path, site) in named {
        fs::write(&path, &site.rules).with_context(|| format!("'{}' cannot be written", path.display()))?;
    }
    Ok(())
}

fn print_table(import: &Import) {
    let percent = |turned: u64, all: u64| 100.0 * turned as f64 / all.max(1) as f64;
    println!("{:<20} {:>8} {:>8}", "directive", "turned", "of");
    let (mut turned, mut all) = (0, 0);
    for (name, count) in import.counts() {
        println!("{name:<20} {:>8} {:>8}  {:5.1} %", count.turned, count.all, percent(count.turned, count.all));
        turned += count.turned;
        all += count.all;
    }
    println!("{:<20} {turned:>8} {all:>8}  {:5.1} %", "all", percent(turned, all));
    let rules: usize = import.sites.values().map(|site| site.count).sum();
    println!("{rules} rules for {} sites; {} directives about fetching and rewriting pages are left out", import.sites.len(), import.others());
}
