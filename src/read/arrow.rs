//! Arrow IPC: a stream of messages, or a file, which is such a stream behind eight bytes of magic and before a footer.
//!
//! The messages are read here and decoded by the `arrow-ipc` crate. Their stated sizes are not believed: bytes are read as they come,
//! and compressed buffers whose stated size is out of all proportion end the file before anything is allocated for them.

use std::io::{BufRead, Cursor, Error as IoError, Read, Result as IoResult};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::{Message, RecordBatch as BatchMessage, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};

use super::columns::{Batches, or_empty};
use super::{Limits, Piece};

const MAGIC: &[u8; 8] = b"ARROW1\0\0";
const CONTINUATION: [u8; 4] = [0xff; 4];
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
/// A buffer may state this size whatever its compressed size is.
const SMALL: u64 = 1 << 24;

/// The pieces of a stream or file.
pub(super) fn arrow<R: BufRead>(reader: R, limits: &Limits) -> IoResult<impl Iterator<Item = Piece> + use<R>> {
    let (schema, batches) = batches(reader, limits)?;
    Ok(Batches::new(or_empty(batches, schema)))
}

/// The schema and the batches of a stream or file.
pub fn batches<R: BufRead>(mut reader: R, limits: &Limits) -> IoResult<(SchemaRef, impl Iterator<Item = Result<RecordBatch, ArrowError>> + use<R>)> {
    let mut head = [0; 8];
    reader.read_exact(&mut head)?;
    if head == *MAGIC {
        // Some writers align the first message to more than eight bytes.
        while head == *MAGIC || head == [0; 8] {
            reader.read_exact(&mut head)?;
        }
    }
    let reader = Cursor::new(head).chain(reader);
    let mut messages = Messages { reader, decoder: StreamDecoder::new(), ratio: limits.ratio, ready: None, ended: false };
    messages.ready = messages.next_batch().map_err(IoError::other)?;
    let schema = messages.decoder.schema().ok_or_else(|| IoError::other("no Arrow IPC stream or file: it states no schema"))?;
    Ok((schema, messages))
}

struct Messages<R> {
    reader: R,
    decoder: StreamDecoder,
    ratio: u64,
    ready: Option<RecordBatch>,
    ended: bool,
}

impl<R: BufRead> Messages<R> {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        if self.ended {
            return Ok(None);
        }
        while let Some(message) = self.next_message()? {
            if let Some(rows) = self.decoder.decode(&mut Buffer::from_vec(message))? {
                return Ok(Some(rows));
            }
        }
        // The decoder reads a message when it sees that bytes follow it.
        self.ended = true;
        self.decoder.decode(&mut Buffer::from(&END[..]))?;
        Ok(None)
    }

    /// The bytes of the next message with its body; `None` behind the last.
    fn next_message(&mut self) -> Result<Option<Vec<u8>>, ArrowError> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(4).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        // Writers before 2019 left the continuation out.
        if bytes == CONTINUATION {
            self.append(&mut bytes, 4)?;
        }
        let head = bytes.len();
        let size = bytes.last_chunk().map_or(0, |size| u32::from_le_bytes(*size));
        if size == 0 {
            return Ok(None);
        }
        self.append(&mut bytes, u64::from(size))?;
        let message = root_as_message(&bytes[head..]).map_err(|error| ArrowError::IpcError(format!("no Arrow IPC message: {error}")))?;
        let body = u64::try_from(message.bodyLength()).map_err(|_| ArrowError::IpcError("a message states a negative size".into()))?;
        let start = bytes.len();
        self.append(&mut bytes, body)?;
        self.believe(&root_as_message(&bytes[head..start]).map_err(|error| ArrowError::IpcError(error.to_string()))?, &bytes[start..])?;
        Ok(Some(bytes))
    }

    fn append(&mut self, bytes: &mut Vec<u8>, size: u64) -> Result<(), ArrowError> {
        let read = self.reader.by_ref().take(size).read_to_end(bytes)?;
        if (read as u64) < size {
            return Err(ArrowError::IpcError(format!("the file breaks off: {size} bytes were to come, {read} did")));
        }
        Ok(())
    }

    /// The sizes that compressed buffers state must be in proportion.
    fn believe(&self, message: &Message, body: &[u8]) -> Result<(), ArrowError> {
        let batch: Option<BatchMessage> = message.header_as_record_batch().or_else(|| message.header_as_dictionary_batch()?.data());
        let Some(buffers) = batch.filter(|batch| batch.compression().is_some()).and_then(|batch| batch.buffers()) else { return Ok(()) };
        for buffer in buffers {
            let place = usize::try_from(buffer.offset()).ok().and_then(|start| body.get(start..)).and_then(|bytes| bytes.first_chunk());
            let stated = place.map_or(0, |size| i64::from_le_bytes(*size));
            let most = self.ratio.saturating_mul(buffer.length().unsigned_abs()).max(SMALL);
            if stated > 0 && stated.unsigned_abs() > most {
                return Err(ArrowError::IpcError(format!(
                    "a buffer of {} bytes states to be {stated} bytes, more than read.max-ratio allows",
                    buffer.length()
                )));
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.ready.take().map(Ok).or_else(|| self.next_batch().transpose())
    }
}
