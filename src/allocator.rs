//! The allocator of the command line: mimalloc, which keeps freed memory for ten seconds before it gives it back.
//!
//! Parsing pages allocates many small nodes from several threads; the system allocator costs a tenth of the run there. Out of the box mimalloc 2
//! returns free memory to the system after 10 milliseconds. Here every record frees what the next one needs, so the system cleared the
//! same pages over and over: 6 % of the time of cleaning text (3,400 page faults instead of 600 for 184 MB), with no less memory at the peak; after a second it
//! still cost that much where the system clears slowly.
//! The only unsafe code of naqi: that setting has no safe name.

#![allow(unsafe_code)]

use libmimalloc_sys::{mi_option_set_default, mi_option_t};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// `mi_option_purge_delay` of mimalloc 2.
const PURGE_DELAY: mi_option_t = 15;
const MILLISECONDS: i64 = 10_000;

/// Has free memory kept; the variable `MIMALLOC_PURGE_DELAY` still wins.
pub(crate) fn keep_free_memory() {
    // SAFETY: a plain store to a known option of the linked library, made before other threads start.
    unsafe { mi_option_set_default(PURGE_DELAY, MILLISECONDS) }
}
