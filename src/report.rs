//! Totals of a run: what was read, what became of it, and which noise classes and rules took how much.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clean::{Article, Cleaner, Status};
use crate::verdict::{Action, Reason};

/// Removed spans and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Spans.
    pub spans: u64,
    /// Bytes of the decoded text.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.spans += other.spans;
        self.bytes += other.bytes;
    }
}

/// Totals of a run or a part of one; parts merge in any order to the same sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Records read, quarantined ones included.
    pub records: u64,
    /// Records that lost noise.
    pub changed: u64,
    /// Records without noise.
    pub unchanged: u64,
    /// Records a person should look at.
    pub flagged: u64,
    /// Records that could not be read.
    pub quarantined: u64,
    /// Records of a dump that hold no page, such as requests in WARC files; they are not among the records read.
    pub passed: u64,
    /// Records that copy an earlier one.
    pub copies: u64,
    /// Bytes of decoded text.
    pub bytes: u64,
    /// Bytes of clean bodies.
    pub kept: u64,
    /// Characters that could not be decoded.
    pub replaced: u64,
    /// Records that reached a limit, by its name.
    pub limits: BTreeMap<String, u64>,
    /// What went, by noise class.
    pub classes: BTreeMap<String, Tally>,
    /// What went, by rule id or detector.
    pub sources: BTreeMap<String, Tally>,
}

impl Totals {
    /// Counts one article.
    pub fn count(&mut self, article: &Article, cleaner: &Cleaner, replaced: usize) {
        self.records += 1;
        match article.status {
            Status::Changed => self.changed += 1,
            Status::Unchanged => self.unchanged += 1,
            Status::Flagged => self.flagged += 1,
        }
        self.replaced += replaced as u64;
        article.limits.names().for_each(|name| *self.limits.entry(name.to_owned()).or_default() += 1);
        // A few reasons take hundreds of spans: names are looked up once for each.
        let mut taken: Vec<(Reason, Tally)> = Vec::new();
        for verdict in &article.verdicts {
            let bytes = u64::from(verdict.span.len());
            self.bytes += bytes;
            let Some(reason) = verdict.reason.filter(|_| verdict.action == Action::Drop) else { continue };
            let tally = Tally { spans: 1, bytes };
            match taken.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, sum)) => sum.add(tally),
                None => taken.push((reason, tally)),
            }
        }
        for (reason, tally) in taken {
            add_to(&mut self.classes, reason.class, tally);
            add_to(&mut self.sources, cleaner.name(reason), tally);
        }
        self.kept += article.body.len() as u64;
    }

    /// Counts one record that was surveyed and not cleaned.
    pub fn count_surveyed(&mut self, bytes: u64) {
        self.records += 1;
        self.bytes += bytes;
    }

    /// Counts one record that could not be read.
    pub fn count_unreadable(&mut self) {
        self.records += 1;
        self.quarantined += 1;
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Totals) {
        self.records += other.records;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.flagged += other.flagged;
        self.quarantined += other.quarantined;
        self.passed += other.passed;
        self.copies += other.copies;
        self.bytes += other.bytes;
        self.kept += other.kept;
        self.replaced += other.replaced;
        other.limits.into_iter().for_each(|(name, count)| *self.limits.entry(name).or_default() += count);
        other.classes.into_iter().for_each(|(name, tally)| add_to(&mut self.classes, name, tally));
        other.sources.into_iter().for_each(|(name, tally)| add_to(&mut self.sources, name, tally));
    }

    /// Did any record need a person?
    pub fn needs_a_look(&self) -> bool {
        self.flagged + self.quarantined > 0
    }
}

fn add_to(map: &mut BTreeMap<String, Tally>, name: impl AsRef<str> + Into<String>, tally: Tally) {
    match map.get_mut(name.as_ref()) {
        Some(sum) => sum.add(tally),
        None => {
            map.insert(name.into(), tally);
        }
    }
}

/// Rows of each list in the closing table.
const ROWS: usize = 12;

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |part: u64| 100.0 * part as f64 / self.bytes.max(1) as f64;
        writeln!(f, "records read   {:>12}", self.records)?;
        for (name, count) in [("changed", self.changed), ("unchanged", self.unchanged), ("flagged", self.flagged), ("quarantined", self.quarantined)] {
            writeln!(f, "  {name:<12} {count:>12}")?;
        }
        if self.passed > 0 {
            writeln!(f, "without a page {:>12}", self.passed)?;
        }
        if self.copies > 0 {
            writeln!(f, "  copies       {:>12}", self.copies)?;
        }
        writeln!(f, "text bytes     {:>12}", self.bytes)?;
        writeln!(f, "  removed      {:>12}  {:5.1} %", self.bytes - self.kept, share(self.bytes - self.kept))?;
        if self.replaced > 0 {
            writeln!(f, "characters that could not be decoded: {}", self.replaced)?;
        }
        for (name, count) in &self.limits {
            writeln!(f, "records that reached {name}: {count}")?;
        }
        for (heading, map) in [("removed by class", &self.classes), ("removed by rule or detector", &self.sources)] {
            if map.is_empty() {
                continue;
            }
            writeln!(f, "\n{heading:<34} {:>9} {:>12}", "spans", "bytes")?;
            let mut rows: Vec<(&String, &Tally)> = map.iter().collect();
            rows.sort_by_key(|(name, tally)| (std::cmp::Reverse(tally.bytes), *name));
            for (name, tally) in rows.iter().take(ROWS) {
                writeln!(f, "  {name:<32} {:>9} {:>12}  {:5.1} %", tally.spans, tally.bytes, share(tally.bytes))?;
            }
            if rows.len() > ROWS {
                let rest: u64 = rows[ROWS..].iter().map(|(_, tally)| tally.bytes).sum();
                writeln!(f, "  and {:<28} {:>9} {rest:>12}  {:5.1} %", format!("{} more", rows.len() - ROWS), "", share(rest))?;
            }
        }
        Ok(())
    }
}
