//! What a survey groups records by: a record in, the name of its group out.

use std::fmt;

use crate::read::Source;
use crate::read::jsonl::JsonRecord;

/// What a survey groups records by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    /// The host: the key `host`, else that of the address, else the folder.
    #[default]
    Host,
    /// The folder of the file.
    Folder,
    /// The file.
    File,
    /// A key of records, or a column.
    Key(String),
}

impl GroupBy {
    /// What a name on the command line, or in a survey's header, means.
    pub fn named(name: &str) -> Self {
        match name {
            "host" => GroupBy::Host,
            "folder" => GroupBy::Folder,
            "file" => GroupBy::File,
            key => GroupBy::Key(key.to_owned()),
        }
    }

    /// The group of a record, where it is not the host.
    pub(super) fn group(&self, source: &Source, json: Option<&JsonRecord>) -> Option<String> {
        match self {
            GroupBy::Host => None,
            GroupBy::Folder => Some(source.name.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())),
            GroupBy::File => Some(source.name.to_string()),
            GroupBy::Key(key) => Some(json.and_then(|json| json.name(key)).unwrap_or_default()),
        }
    }

    /// Is it a key of this name?
    pub(super) fn is_key(&self, name: &str) -> bool {
        matches!(self, GroupBy::Key(key) if key == name)
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GroupBy::Host => "host",
            GroupBy::Folder => "folder",
            GroupBy::File => "file",
            GroupBy::Key(key) => key,
        })
    }
}
