//! Names for things that may have one name together where each needs its own.

use std::collections::HashSet;

/// The name, or where it is taken the first of `NAME_1`, `NAME_2`, ... that is not: several results of one layer have one name, and some variables of optimizers.
pub(crate) fn free_name(name: &str, taken: &mut HashSet<String>) -> String {
    let candidates = std::iter::once(name.to_string()).chain((1..).map(|number| format!("{name}_{number}")));
    let mut free = candidates.skip_while(|candidate| taken.contains(candidate));
    let found = free.next().unwrap_or_default();
    taken.insert(found.clone());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken_get_numbers() {
        let mut taken = HashSet::from(["x".to_string()]);
        assert_eq!(["lstm", "lstm", "x", "lstm"].map(|name| free_name(name, &mut taken)), ["lstm", "lstm_1", "x_1", "lstm_2"]);
    }
}
