//! What a run of `naqi clean` reads, and where everything goes: arguments to sources, output, audit, quarantine and journal.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};
use encoding_rs::Encoding;
use naqi::decode::encoding_named;
use naqi::read::remote::is_remote;
use naqi::read::{Form, Source, find_sources, part_names};
use naqi::rules::RuleSet;
use naqi::sample::Sample;
use naqi::worker::{Done, GroupBy, Task, Worker};
use naqi::write::audit::AuditForm;
use naqi::write::output::Layout;
use naqi::write::target::{is_device, output_name};

use super::clean::{AuditFormat, CleanArgs, Records};
use super::is_standard;

pub(crate) const AUDIT_NAME: &str = "audit.jsonl";
const DUPLICATES_NAME: &str = "duplicates.jsonl";
pub(crate) const QUARANTINE_NAME: &str = "quarantine.jsonl";
const JOURNAL_NAME: &str = ".naqi-journal";

/// Where the output goes.
pub(crate) enum Place {
    Nowhere,
    Standard,
    File(PathBuf),
    Folder(PathBuf),
}

/// What a run reads, and where everything goes.
pub(crate) struct Plan {
    pub(crate) sources: Vec<Source>,
    pub(crate) place: Place,
    /// The one form of the output; `None` where each source has its own.
    to: Option<Form>,
    pub(crate) audit: Option<PathBuf>,
    /// The folder of Dolma attributes, a file a source, in place of the audit.
    pub(crate) attributes: Option<PathBuf>,
    pub(crate) quarantine: Option<PathBuf>,
    /// Which record copies which.
    pub(crate) duplicates: Option<PathBuf>,
    /// The journal, or why this run cannot keep one.
    pub(crate) journal: Result<PathBuf, &'static str>,
}

impl Plan {
    /// What is read, and where everything goes.
    pub(crate) fn new(args: &CleanArgs) -> Result<Plan> {
        let place = place_of(args)?;
        let folder = if let Place::Folder(folder) = &place { Some(folder.clone()) } else { None };
        let mut sources = find_sources(&args.inputs, args.from.as_deref().and_then(Form::named), folder.as_deref())?;
        if args.limit == Some(0) {
            bail!("--limit 0 would clean nothing; ask for one record or more");
        }
        if args.sample.is_some() && sources.iter().any(Source::is_standard) {
            bail!("--sample reads its inputs twice, and standard input can be read only once; write it to a file first");
        }
        refuse_overwriting(&args.inputs, &sources, &place)?;
        let own = || sources.first().map(|source| source.form.written());
        let to = match (args.to.as_deref(), &place) {
            (None, Place::File(path)) => Form::of(path).map(Form::written).or_else(own),
            (None | Some("same"), Place::File(_) | Place::Standard) => own(),
            // Refused records of any form stand in one file.
            (None | Some("same"), _) if sources.iter().any(|source| source.form == Form::Quarantine) => Some(Form::JsonLines),
            (to, _) => to.and_then(Form::named),
        };
        let dolma = args.audit_format == AuditFormat::Dolma;
        let in_folder = |name| folder.as_ref().map(|folder| folder.join(name));
        let audit = if args.no_audit || args.dry_run { None } else { args.audit.clone().or_else(|| in_folder(if dolma { "attributes" } else { AUDIT_NAME })) };
        // Dolma looks for the attributes of a file under the file's own name.
        let (audit, attributes) = if dolma && folder.is_some() { (None, audit) } else { (audit, None) };
        let quarantine = if args.dry_run { None } else { args.quarantine.clone().or_else(|| in_folder(QUARANTINE_NAME)) };
        let duplicates = args.duplicates.clone().or_else(|| args.dedupe.and_then(|_| in_folder(DUPLICATES_NAME))).filter(|_| !args.dry_run);
        part_names(&mut sources, &[AUDIT_NAME, QUARANTINE_NAME, DUPLICATES_NAME, JOURNAL_NAME], |source| match &folder {
            Some(_) if !source.form.is_archive() => vec![place_in_folder(source, to.unwrap_or(source.form.written()))],
            _ => Vec::new(),
        });
        let mut plan = Plan { sources, place, to, audit, attributes, quarantine, duplicates, journal: Err("") };
        plan.journal = plan.journal_path();
        Ok(plan)
    }

    fn journal_path(&self) -> Result<PathBuf, &'static str> {
        let remote = |path: &Option<PathBuf>| path.as_deref().is_some_and(is_remote);
        match &self.place {
            _ if self.sources.iter().any(|source| source.path.is_none()) => {
                Err("--resume needs inputs that are files; standard streams and object storage cannot be taken up again, so copy them to files first")
            }
            Place::Nowhere | Place::Standard => Err("--resume needs an output that is a file or folder; standard output cannot be taken up again"),
            Place::File(path) | Place::Folder(path) if is_remote(path) || remote(&self.audit) || remote(&self.quarantine) || remote(&self.duplicates) => {
                Err("--resume needs outputs that are files; write to a local folder and copy it to object storage when it is complete")
            }
            Place::File(path) if is_device(path) => Err("--resume needs an output that is a file or folder; a device or pipe cannot be taken up again"),
            _ if [&self.audit, &self.quarantine, &self.duplicates].into_iter().flatten().any(|path| is_device(path)) => {
                Err("--resume needs an audit, a quarantine and a report that are files; devices and pipes cannot be taken up again")
            }
            Place::Folder(folder) => Ok(folder.join(JOURNAL_NAME)),
            Place::File(path) => Ok(path.with_file_name(format!(".{}{JOURNAL_NAME}", path.file_name().unwrap_or_default().to_string_lossy()))),
        }
    }

    /// What a worker is to do.
    pub(crate) fn task(&self, args: &CleanArgs) -> Result<Task> {
        let encoding = encoding_of(args.encoding.as_deref())?;
        let keys = args.keys.keys();
        let audit_form = if args.audit_format == AuditFormat::Dolma { AuditForm::Dolma } else { AuditForm::Naqi };
        let audit = self.audit.as_ref().or(self.attributes.as_ref()).map(|_| audit_form);
        let layout = if args.layout == Records::Datatrove { Layout::Datatrove } else { Layout::Flat };
        Ok(Task { keys, to: self.to, encoding, layout, audit, bare_audit: args.bare_audit, sample: Sample::All, group_by: GroupBy::named(&args.group_key) })
    }

    /// The same for two runs that write the same bytes: inputs, rules, survey, settings and options, but not the number of threads.
    pub(crate) fn fingerprint(&self, args: &CleanArgs, rules: &RuleSet, task: &Task) -> Result<u64> {
        let mut hasher = DefaultHasher::new();
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        for source in &self.sources {
            (&source.name, source.form.name(), source.bytes).hash(&mut hasher);
        }
        rules.fingerprint.hash(&mut hasher);
        format!("{task:?}").hash(&mut hasher);
        (&self.audit, &self.quarantine, args.limit, args.sample, args.seed).hash(&mut hasher);
        (args.survey, &args.templates, args.dedupe, &self.duplicates).hash(&mut hasher);
        if let Some(path) = &args.templates {
            std::fs::read(path).with_context(|| format!("the survey '{}' cannot be read", path.display()))?.hash(&mut hasher);
        }
        Ok(hasher.finish())
    }

    /// An input that was written to since the run began (seconds since 1970) is another input.
    pub(crate) fn refuse_newer(&self, began: u64) -> Result<()> {
        for path in self.sources.iter().filter_map(|source| source.path.as_ref()) {
            let changed = std::fs::metadata(path).and_then(|facts| facts.modified()).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            if changed.is_some_and(|time| time.as_secs() > began) {
                bail!("input '{}' has changed since the run began that is to be resumed; run without --resume to start anew", path.display());
            }
        }
        Ok(())
    }

    /// The source, or the member of it, that a piece belongs to.
    pub(crate) fn source<'a>(&'a self, done: &'a Done) -> &'a Source {
        done.member.as_deref().unwrap_or(&self.sources[done.source])
    }

    /// The name and form of a source's output, where each has its own.
    pub(crate) fn output_of(&self, worker: &Worker, source: &Source) -> (String, Form) {
        let form = worker.output_form(source.form);
        (place_in_folder(source, form), form)
    }

    /// Does this piece have an output? A record that could not be read, is a copy or not in the sample, leaves no empty file that looks like a clean one.
    pub(crate) fn writes(&self, done: &Done) -> bool {
        let form = self.source(done).form;
        let totals = &done.totals;
        let empty = done.output.is_empty() && done.batches.is_empty() && totals.quarantined + totals.copies == totals.records;
        // A source in records is known to hold none when its only piece does.
        let whole = form.is_whole() || done.number == 0 && done.last && totals.quarantined > 0;
        !(whole && empty || form.is_archive())
    }
}

/// The encoding of a name.
pub(super) fn encoding_of(name: Option<&str>) -> Result<Option<&'static Encoding>> {
    name.map(|name| {
        encoding_named(name).with_context(|| format!("no encoding is called '{name}'; use a WHATWG name such as utf-8, windows-1256, gbk, shift_jis, utf-16le"))
    })
    .transpose()
}

/// Where a source's output of this form stands in an output folder.
fn place_in_folder(source: &Source, form: Form) -> String {
    output_name(stored_name(source), (source.form != form).then_some(form))
}

/// The name of a source in an output folder.
pub(crate) fn stored_name(source: &Source) -> &str {
    if &*source.name == "-" { "stdin" } else { &source.name }
}

/// Standard output, one file when its name says so, else a folder.
fn place_of(args: &CleanArgs) -> Result<Place> {
    // A file's address is its path.
    let local = |path: &PathBuf| path.to_str().and_then(|path| path.strip_prefix("file://")).map_or_else(|| path.clone(), PathBuf::from);
    Ok(match args.output.as_ref().map(local) {
        _ if args.dry_run => Place::Nowhere,
        None => Place::Nowhere,
        Some(path) if is_standard(&path) => Place::Standard,
        Some(path) if is_device(&path) || !path.is_dir() && Form::of(&path).is_some() => Place::File(path),
        // A folder of such a name is nothing that anybody wants.
        Some(path) if path.exists() && !path.is_dir() || !path.exists() && path.extension().is_some_and(|ending| ending == "json") => {
            bail!(
                "the output '{}' is neither a folder nor a file whose ending says its form; end it in .jsonl, .csv, .parquet, ... for one file",
                path.display()
            )
        }
        Some(path) => Place::Folder(path),
    })
}

/// An output that would replace an input is a mistake.
fn refuse_overwriting(inputs: &[PathBuf], sources: &[Source], place: &Place) -> Result<()> {
    let same = |a: &Path, b: &Path| a.to_string_lossy().trim_end_matches('/') == b.to_string_lossy().trim_end_matches('/');
    if let Place::File(path) | Place::Folder(path) = place
        && is_remote(path)
        && inputs.iter().any(|input| same(input, path))
    {
        bail!("the output '{}' would replace the input; choose another place with -o", path.display());
    }
    // What is not there is no input; a million names are not looked up for that.
    let folder_is_new = matches!(place, Place::Folder(folder) if !folder.exists());
    for source in sources.iter().filter(|_| !folder_is_new) {
        let Some(input) = &source.path else { continue };
        let output = match place {
            Place::File(path) => path.clone(),
            Place::Folder(folder) => folder.join(&*source.name),
            Place::Nowhere | Place::Standard => return Ok(()),
        };
        if output.canonicalize().is_ok_and(|output| input.canonicalize().is_ok_and(|input| input == output)) {
            bail!("the output '{}' would replace the input; choose another place with -o", output.display());
        }
    }
    Ok(())
}
