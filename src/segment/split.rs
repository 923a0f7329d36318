//! Finds the sentences that were parted where an element began or ended within them, as by BeautifulSoup's `get_text("\n")`.
//!
//! In: the seams between lines. Out: for each line whether the next one goes on with its sentence, when the text was parted so: some
//! lines begin with a comma or full stop, or end with the apostrophe of a shortened word, which no writer does, or begin with a word that only stands within sentences (`lines.goes-on`).
//! Then lines that begin so go on with the one before, and lines that begin in lower case with one that broke off.

use super::seams::Seam;
use crate::rules::settings::Lines;

/// A piece of so many words is more than a label: it may go on a sentence by itself.
const PHRASE: u32 = 3;

/// Words of a line in a script without spaces that breaks off: so few may stand before a link.
const UNSPACED_WORDS: u32 = 2;

/// For each line: does the next one go on with its sentence? `None` when the text was not parted by elements.
pub(super) fn joins(seams: &[Option<Seam>], settings: &Lines) -> Option<Vec<bool>> {
    if !settings.split {
        return None;
    }
    // A mark on a line of its own stands behind a phrase.
    let is_long = |seam: &Seam| seam.next.shape.words >= PHRASE || seam.next.shape.words == 0 && seam.line.shape.words >= PHRASE;
    let by_words = |seam: &Seam| goes_on_by_word(seam, settings) || breaks_off_within_word(seam);
    let marked = |seam: &&Seam| is_long(seam) && goes_on_by_mark(seam) || by_words(seam);
    if seams.iter().flatten().filter(marked).take(settings.min_marks).count() < settings.min_marks {
        return None;
    }
    let goes_on = |seam: &Seam| goes_on_by_mark(seam) || by_words(seam);
    let mark: Vec<bool> = seams.iter().map(|seam| seam.as_ref().is_some_and(goes_on)).collect();
    let mark_behind = |at: usize| mark.get(at + 1) == Some(&true);
    let mut joins = Vec::with_capacity(seams.len());
    for (at, seam) in seams.iter().enumerate() {
        let open = joins.last() == Some(&true);
        let join = seam.as_ref().is_some_and(|seam| {
            let shape = &seam.line.shape;
            let least = if 2 * shape.unspaced > shape.letters { UNSPACED_WORDS } else { settings.line_words };
            let breaks_off = !seam.ends() && (open || shape.words >= least);
            // A link's words, whatever they begin with, when the sentence goes on behind them.
            let is_phrase = seam.lower() && seam.next.shape.words >= PHRASE;
            mark[at] || breaks_off && (mark_behind(at) || is_phrase || phrase_behind(seams, at))
        });
        joins.push(join);
    }
    Some(joins)
}

/// Does the line behind the next one go on with it?
fn phrase_behind(seams: &[Option<Seam>], at: usize) -> bool {
    seams.get(at + 1).and_then(Option::as_ref).is_some_and(|seam| !seam.ends() && seam.lower() && seam.next.shape.words >= PHRASE)
}

/// Does the next line begin with a mark that stands right behind a word?
fn goes_on_by_mark(seam: &Seam) -> bool {
    if seam.text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return false;
    }
    let mut chars = seam.text.chars();
    let (first, second) = (chars.next().unwrap_or_default(), chars.next());
    let parted = second.is_none_or(|c| c.is_whitespace() || may_follow(c));
    let fits = match first {
        ',' | '.' | ';' | '?' | '!' | '،' | '؛' | '؟' | '।' | '۔' => parted,
        '’' => second.is_none_or(|c| c.is_whitespace() || c.is_alphabetic()),
        '，' | '。' | '、' | '；' | '」' | '）' => true,
        _ => may_follow(first) && parted,
    };
    fits && !seam.line.shape.finished && seam.line.shape.words > 0
}

/// Does the next line begin with a word that only stands within sentences?
fn goes_on_by_word(seam: &Seam, settings: &Lines) -> bool {
    !seam.ends() && seam.line.shape.words > 0 && settings.goes_on.iter().any(|word| seam.text.starts_with(word.as_str()))
}

/// Does the line end with the apostrophe of a shortened word, "l'", whose other part follows?
fn breaks_off_within_word(seam: &Seam) -> bool {
    let before = seam.before.strip_suffix(['\'', '’']);
    before.is_some_and(|before| before.ends_with(char::is_lowercase)) && seam.text.starts_with(char::is_alphabetic) && seam.line.shape.words >= PHRASE
}

/// Marks that stand right behind a word or another mark.
fn may_follow(c: char) -> bool {
    matches!(c, '"' | '”' | '’' | '»' | ')' | ',' | '.')
}

#[cfg(test)]
mod tests {
    use crate::segment::seams::tests::blocks;

    #[test]
    fn sentences_parted_at_links_are_blocks() {
        let text = "Menu\nHome\nThe lamp was built by\nInes Calder\n, who runs the glass works, and by her brother.\nVisitors of the coast can open the\nhome\npage of the museum\n. The guide of the harbour says that the\ntower\nis older than that\n; nobody knows how old.\nRead more\nContact";
        let found = blocks(text);
        let wanted = [
            "Menu",
            "Home",
            "The lamp was built by Ines Calder , who runs the glass works, and by her brother.",
            "Visitors of the coast can open the home page of the museum . The guide of the harbour says that the tower is older than that ; nobody knows how old.",
            "Read more",
            "Contact",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn apostrophes_and_particles_give_texts_away() {
        let french = "Accueil\nLa roue du moulin a été posée par\nJeanne Aubry\n, après une année passée à l'\natelier\nde la commune.\nPersonne ne sait le nom de la\nrivière\n.\nContact";
        let wanted = [
            "Accueil",
            "La roue du moulin a été posée par Jeanne Aubry , après une année passée à l' atelier de la commune.",
            "Personne ne sait le nom de la rivière .",
            "Contact",
        ];
        assert_eq!(blocks(french), wanted);
        let japanese = "ホーム\n灯台守の\n山野ひかり\nが、三十年続けた日記\n「海の頁」\nを今年の春に書き終えた。\n次の記事";
        assert_eq!(blocks(japanese), ["ホーム", "灯台守の 山野ひかり が、三十年続けた日記 「海の頁」 を今年の春に書き終えた。", "次の記事"]);
    }

    #[test]
    fn lines_of_other_texts_stay() {
        let text = "Visitors can open the museum at nine\nshare\ncomment\nThe tower is old.\n, said nobody\nmore of this";
        assert_eq!(blocks(text).len(), 6);
    }
}
