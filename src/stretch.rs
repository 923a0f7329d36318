//! The stretch of blocks that is worth most: the maximum-subsequence method of Pasternack and Roth (WWW 2009), over blocks instead of tokens.
//!
//! In: what each block is worth, below zero for what speaks against it. Out: the range of blocks with the highest sum. What a block is worth is
//! for its caller to say: words of prose against labels, or probabilities against the one needed.

/// What a label costs a stretch of prose, which earns its words ...
pub const LABEL_COST: f64 = 9.0;
/// ... and what another row does.
pub const ROW_COST: f64 = 3.0;

/// The stretch with the highest sum, the first of equals; empty when no block is worth anything.
pub fn best_stretch(worths: impl Iterator<Item = f64>) -> (usize, usize) {
    let (mut best, mut stretch) = (0.0, (0, 0));
    let (mut sum, mut start) = (0.0, 0);
    for (at, worth) in worths.enumerate() {
        if sum <= 0.0 {
            (sum, start) = (0.0, at);
        }
        sum += worth;
        if sum > best {
            (best, stretch) = (sum, (start, at + 1));
        }
    }
    stretch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_crossed_where_it_pays() {
        let stretch = |worths: &[f64]| best_stretch(worths.iter().copied());
        assert_eq!(stretch(&[-1.0, 5.0, -2.0, 4.0, -9.0, 6.0]), (1, 4));
        assert_eq!(stretch(&[3.0, -4.0, 3.0]), (0, 1), "the first of equals");
        assert_eq!((stretch(&[-1.0, 0.0]), stretch(&[])), ((0, 0), (0, 0)));
    }
}
