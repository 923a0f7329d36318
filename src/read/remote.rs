//! Object storage: what stands behind `s3://`, `gs://` and `az://` addresses, listed, read in ranges and written in parts.
//!
//! Keys and endpoints come from the environment, under the names that the providers' own tools use (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT`,
//! `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME`, ...). Needs the cargo feature `objects`; without it every address is refused
//! with a word on how to get it.

use std::fs::File;
use std::io;
use std::path::Path;

/// Is this path the address of an object?
pub fn is_remote(path: &Path) -> bool {
    const SCHEMES: [&str; 6] = ["s3://", "s3a://", "gs://", "az://", "abfs://", "abfss://"];
    path.to_str().is_some_and(|path| SCHEMES.iter().any(|scheme| path.starts_with(scheme)))
}

pub use access::Object;

/// The objects at an address, each with its name below it: one object, or all below a prefix, in the order of their names.
pub(super) fn find(address: &Path) -> io::Result<Vec<(String, Object)>> {
    access::find(&address.to_string_lossy())
}

/// Stores a file at an address; the object appears when all of it was sent.
pub fn upload(file: &mut File, address: &Path) -> io::Result<()> {
    access::upload(file, &address.to_string_lossy())
}

#[cfg(not(feature = "objects"))]
mod access {
    use std::fs::File;
    use std::io::{self, Read};

    /// An object in a store; there are none in this build.
    #[derive(Clone, Debug)]
    pub enum Object {}

    impl Object {
        pub(in crate::read) fn size(&self) -> u64 {
            match *self {}
        }

        pub(in crate::read) fn reader(&self) -> Box<dyn Read> {
            match *self {}
        }
    }

    fn refused<T>(address: &str) -> io::Result<T> {
        Err(io::Error::other(format!(
            "'{address}' is in object storage, which this naqi was built without; build it with: cargo install --path . --features objects"
        )))
    }

    pub(super) fn find(address: &str) -> io::Result<Vec<(String, Object)>> {
        refused(address)
    }

    pub(super) fn upload(_: &mut File, address: &str) -> io::Result<()> {
        refused(address)
    }
}

#[cfg(feature = "objects")]
mod access {
    use std::collections::HashMap;
    use std::fs::File;
    use std::future::Future;
    use std::io::{self, Cursor, Read, Seek};
    use std::sync::{Arc, LazyLock, Mutex, PoisonError};

    use object_store::path::Path;
    use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, WriteMultipart, parse_url_opts};
    use tokio::runtime::Runtime;
    use url::Url;

    /// Bytes that one request reads or writes.
    const PART: usize = 8 << 20;
    /// Parts on their way at once.
    const AT_ONCE: usize = 4;

    type Store = Arc<dyn ObjectStore>;

    static RUNTIME: LazyLock<io::Result<Runtime>> =
        LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().thread_name("objects").build());
    static STORES: LazyLock<Mutex<HashMap<String, Store>>> = LazyLock::new(Mutex::default);

    fn wait<T>(future: impl Future<Output = object_store::Result<T>>) -> io::Result<T> {
        let runtime = RUNTIME.as_ref().map_err(|error| io::Error::other(error.to_string()))?;
        runtime.block_on(future).map_err(io::Error::other)
    }

    /// The store of an address, made once, and the path in it.
    fn place(address: &str) -> io::Result<(Store, Path)> {
        let url = Url::parse(address).map_err(|error| io::Error::other(format!("'{address}' is no address: {error}")))?;
        let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
        let path = Path::from_url_path(url.path()).map_err(io::Error::other)?;
        if let Some(store) = stores.get(&bucket) {
            return Ok((store.clone(), path));
        }
        let settings = std::env::vars().map(|(key, value)| (key.to_ascii_lowercase(), value));
        let (store, _) = parse_url_opts(&url, settings).map_err(io::Error::other)?;
        let store: Store = Arc::from(store);
        stores.insert(bucket, store.clone());
        Ok((store, path))
    }

    /// An object in a store.
    #[derive(Clone, Debug)]
    pub struct Object {
        store: Store,
        meta: ObjectMeta,
    }

    impl Object {
        pub(in crate::read) fn size(&self) -> u64 {
            self.meta.size
        }

        pub(in crate::read) fn reader(&self) -> Box<dyn Read> {
            Box::new(Ranges { object: self.clone(), next: 0, part: Cursor::default() })
        }
    }

    /// Reads an object range by range.
    struct Ranges {
        object: Object,
        next: u64,
        part: Cursor<Vec<u8>>,
    }

    impl Read for Ranges {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.part.read(buffer)?;
            let size = self.object.size();
            if read > 0 || buffer.is_empty() || self.next >= size {
                return Ok(read);
            }
            let end = (self.next + PART as u64).min(size);
            let part = wait(self.object.store.get_range(&self.object.meta.location, self.next..end))?;
            self.next += part.len() as u64;
            self.part = Cursor::new(part.to_vec());
            self.part.read(buffer)
        }
    }

    pub(super) fn find(address: &str) -> io::Result<Vec<(String, Object)>> {
        let (store, path) = place(address)?;
        if !path.as_ref().is_empty()
            && let Ok(meta) = wait(store.head(&path))
        {
            let name = path.filename().unwrap_or_default().to_owned();
            return Ok(vec![(name, Object { store, meta })]);
        }
        let mut found = Vec::new();
        let mut open = vec![path.clone()];
        while let Some(prefix) = open.pop() {
            let listed = wait(store.list_with_delimiter(Some(&prefix)))?;
            open.extend(listed.common_prefixes);
            found.extend(listed.objects);
        }
        found.sort_by(|a, b| a.location.cmp(&b.location));
        let below = |meta: &ObjectMeta| {
            let parts: Option<Vec<String>> = meta.location.prefix_match(&path).map(|parts| parts.map(|part| part.as_ref().to_owned()).collect());
            parts.map_or_else(|| meta.location.to_string(), |parts| parts.join("/"))
        };
        Ok(found.into_iter().map(|meta| (below(&meta), Object { store: store.clone(), meta })).collect())
    }

    pub(super) fn upload(file: &mut File, address: &str) -> io::Result<()> {
        let (store, path) = place(address)?;
        file.rewind()?;
        let mut part = Vec::new();
        file.take(PART as u64).read_to_end(&mut part)?;
        if part.len() < PART {
            return wait(store.put(&path, part.into())).map(|_| ());
        }
        let mut parts = WriteMultipart::new_with_chunk_size(wait(store.put_multipart(&path))?, PART);
        while !part.is_empty() {
            wait(async {
                parts.wait_for_capacity(AT_ONCE).await?;
                parts.write(&part);
                Ok(())
            })?;
            part.clear();
            file.take(PART as u64).read_to_end(&mut part)?;
        }
        wait(parts.finish()).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        assert!(is_remote(Path::new("s3://bucket/a")));
        assert!(!is_remote(Path::new("s3/bucket")) && !is_remote(Path::new("file:///a")));
    }
}
