//! Pieces inside lines: what stands between two marks that part sentences, brackets or code from what is beside them.
//!
//! In: the words of a line. Out: the pieces that neither begin nor end it; what does is counted as an opening or ending. Ad code in the middle of a
//! paragraph, a share bar between two sentences and "(Reporting by the desk)" are such pieces; so is nearly every sentence of a
//! paragraph, but few of those recur.

use std::ops::Range;

use super::words::Word;

/// So many words of a piece are spelled out in a survey; of longer ones the rest is a hash.
pub const PIECE_WORDS: usize = 4;
/// Pieces of fewer words are no template by themselves.
pub const LEAST_WORDS: usize = 2;
/// Longer pieces, and pieces of lines that are more than an article, are not compared.
const MOST_WORDS: usize = 64;
const LONGEST_LINE: usize = 4096;

/// Gives the pieces of a line, as ranges of its words.
pub fn each_piece(text: &str, words: &[Word], mut take: impl FnMut(Range<usize>)) {
    if words.len() > LONGEST_LINE {
        return;
    }
    let mut start = None;
    let is_blank = |at: usize| words[at].start - words[at - 1].end == 1 && text.as_bytes()[words[at].start as usize - 1] == b' ';
    let mut next_is_blank = words.len() > 1 && is_blank(1);
    for at in 1..words.len() {
        let blank = next_is_blank;
        next_is_blank = at + 1 == words.len() || is_blank(at + 1);
        let gap = gap(text, words, at);
        // So it is between most words.
        if blank && next_is_blank || gap.is_empty() {
            continue;
        }
        let opens_code = || !next_is_blank && gap.contains(char::is_whitespace) && is_code(text, words[at], words[at + 1]);
        if !parts_off(gap) && !opens_code() {
            continue;
        }
        if let Some(start) = start.filter(|start| at - start <= MOST_WORDS) {
            take(start..at);
        }
        start = Some(at);
    }
}

/// What stands between word `at` and the one before.
pub fn gap<'t>(text: &'t str, words: &[Word], at: usize) -> &'t str {
    &text[words[at - 1].end as usize..words[at].start as usize]
}

/// Do the marks between two words part sentences, or open or close a bracket?
fn parts_off(gap: &str) -> bool {
    let mut blank = false;
    let mut strong = false;
    for c in gap.chars() {
        match c {
            '。' | '！' | '？' | '；' | '（' | '）' | '【' | '】' | '｜' => return true,
            '.' | '!' | '?' | '…' | ';' | ':' | '|' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '•' | '·' | '*' | '؟' | '؛' | '।' | '»' | '«' => {
                strong = true
            }
            _ => blank |= c.is_whitespace(),
        }
    }
    blank && strong
}

/// Are two words written in one as code is: `call('x`?
fn is_code(text: &str, word: Word, next: Word) -> bool {
    let between = &text.as_bytes()[word.end as usize..next.start as usize];
    !between.is_empty()
        && between.iter().all(|byte| byte.is_ascii_punctuation())
        && between.iter().any(|byte| matches!(byte, b'(' | b'{' | b'[' | b'=' | b'<' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Metadata;
    use crate::rules::RuleSet;
    use crate::segment::segment_text;
    use crate::survey::words::{DateWords, Reader};

    fn pieces(line: &str) -> Vec<String> {
        let dates = DateWords::new(&RuleSet::shipped().expect("the shipped rules compile"));
        let document = segment_text(line.into(), Metadata::default());
        let mut words = Vec::new();
        Reader::new(&dates, &document).read(&document, &document.blocks[0], &mut words);
        let mut found = Vec::new();
        each_piece(line, &words, |piece| found.push(line[words[piece.start].start as usize..words[piece.end - 1].end as usize].to_owned()));
        found
    }

    #[test]
    fn pieces_stand_between_marks() {
        assert_eq!(pieces("The bridge opens, he said. Share this page (by our desk) today. It is long."), ["Share this page", "by our desk", "today"]);
        assert_eq!(pieces("They met show.ad('x','top'); on Monday at noon. Then they left."), ["show.ad('x','top", "on Monday at noon"]);
        assert_eq!(pieces("大桥今天开放。分享到微博。市民很高兴。"), ["分享到微博"]);
        assert!(pieces("One sentence with a comma, and no more.").is_empty());
    }
}
