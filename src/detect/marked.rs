//! Markdown in texts: what another extractor leaves of an article.
//!
//! In: a block or a case. Out: whether the block is marked up, and whether so much of a text is that it is no dump. Who writes list items,
//! table rows and headings as Markdown has chosen them from a page, so they are no menus: to take them for such would cost an extracted text
//! its tables and lists.

use super::Case;
use crate::document::Block;

/// Is a block a list item, a table row or a heading of Markdown?
pub(super) fn is_marked(case: &Case, block: &Block) -> bool {
    let text = case.document.slice(block.span);
    if !text.starts_with(['-', '*', '#', '|']) {
        return false;
    }
    let text = text.trim_end();
    let heading = text.trim_start_matches('#');
    let is_heading = heading.len() < text.len() && heading.starts_with(' ');
    text.starts_with("- ") || text.starts_with("* ") || is_heading || is_table_row(text)
}

fn is_table_row(text: &str) -> bool {
    text.len() > 1 && text.starts_with('|') && text.ends_with('|')
}

/// Is so large a share of a text marked up as only another extractor leaves it?
pub(super) fn is_extracted(case: &Case) -> bool {
    let marked = case.blocks().iter().filter(|block| is_marked(case, block)).count();
    marked as f64 >= case.rules.settings.structure.marked_share * case.blocks().len() as f64
}
