//! Stop strings, matched on decoded text as it comes.

/// Looks for the stop strings in a text that comes in pieces. Holds back only what may still become one.
#[derive(Clone, Debug, Default)]
pub struct StopMatcher {
    stops: Vec<String>,
    /// The text's end so far; a proper prefix of some stop string, or empty.
    held: String,
}

/// What a piece of text came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// Text that no stop string can claim any more.
    pub text: String,
    /// A stop string stands behind `text`; it and the rest are gone.
    pub stopped: bool,
}

impl StopMatcher {
    /// Looks for `stops`, none of which is empty.
    pub fn new(stops: Vec<String>) -> Self {
        Self { stops, held: String::new() }
    }

    /// Takes more text.
    pub fn push(&mut self, delta: String) -> Matched {
        if self.stops.is_empty() {
            return Matched { text: delta, stopped: false };
        }
        let mut text = std::mem::take(&mut self.held);
        text.push_str(&delta);
        if let Some(at) = first_complete(&self.stops, &text) {
            text.truncate(at);
            return Matched { text, stopped: true };
        }
        let keep = self.stops.iter().map(|stop| overlap(&text, stop)).max().unwrap_or(0);
        self.held = text.split_off(text.len() - keep);
        Matched { text, stopped: false }
    }

    /// The text ends here; what was held back belongs to it after all.
    pub fn flush(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// Where the stop string begins that is complete first; of two that end together, the longer one.
fn first_complete(stops: &[String], text: &str) -> Option<usize> {
    let found =
        stops.iter().filter_map(|stop| text.find(stop.as_str()).map(|at| (at + stop.len(), at)));
    found.min().map(|(_, at)| at)
}

/// Bytes of the longest end of `text` with which `stop` begins.
fn overlap(text: &str, stop: &str) -> usize {
    let longest = text.len().min(stop.len() - 1);
    let is_shared = |bytes: &usize| {
        text.is_char_boundary(text.len() - bytes)
            && stop.as_bytes().starts_with(&text.as_bytes()[text.len() - bytes..])
    };
    (1..=longest).rev().find(is_shared).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(stops: &[&str], pieces: &[&str]) -> (String, bool) {
        let mut matcher = StopMatcher::new(stops.iter().map(|stop| (*stop).to_owned()).collect());
        let mut text = String::new();
        for piece in pieces {
            let matched = matcher.push((*piece).to_owned());
            text.push_str(&matched.text);
            if matched.stopped {
                return (text, true);
            }
        }
        text.push_str(&matcher.flush());
        (text, false)
    }

    #[test]
    fn a_stop_string_across_pieces_is_found_and_a_false_alarm_is_given_back() {
        assert_eq!(run(&["END"], &["one E", "N", "D two"]), ("one ".into(), true));
        assert_eq!(run(&["END"], &["one E", "N", "E two"]), ("one ENE two".into(), false));
        assert_eq!(run(&["aab"], &["a", "a", "a", "b"]), ("a".into(), true));
        assert_eq!(run(&["b", "ab"], &["xab"]), ("x".into(), true));
        assert_eq!(run(&["abc", "b"], &["xabc"]), ("xa".into(), true));
        assert_eq!(run(&["é!"], &["caf", "é", "?"]), ("café?".into(), false));
        assert_eq!(
            run(&["x"], &["held", "back", "at the en"]),
            ("heldbackat the en".into(), false)
        );
    }

    #[test]
    fn nothing_is_held_back_that_cannot_become_a_stop_string() {
        let mut matcher = StopMatcher::new(vec!["\n\n".into()]);
        assert_eq!(matcher.push("a\n".into()).text, "a");
        assert_eq!(matcher.push("b".into()).text, "\nb");
    }

    proptest! {
        #[test]
        fn pieces_do_not_change_what_is_found(text in "[abé]{0,24}", stops in prop::collection::vec("[abé]{1,3}", 1..3), cuts in prop::collection::vec(0_usize..24, 0..6)) {
            let expected = first_complete(&stops, &text);
            let mut marks: Vec<_> = text.char_indices().map(|(at, _)| at).filter(|at| cuts.contains(at)).collect();
            marks.push(text.len());
            let mut from = 0;
            let pieces: Vec<_> = marks.iter().map(|to| { let piece = &text[from..*to]; from = *to; piece }).collect();
            let stops: Vec<_> = stops.iter().map(String::as_str).collect();
            let whole = expected.map_or(text.as_str(), |at| &text[..at]);
            prop_assert_eq!(run(&stops, &pieces), (whole.to_owned(), expected.is_some()));
        }
    }
}
