//! Names of the layers of a model.

use std::collections::{HashMap, HashSet};

/// A name for each layer, given as the user's name (where there is one) and its class: the user's, else that of its class with a number from the
/// second on, as Keras gives them.
pub(crate) fn unique_names<'a>(layers: impl Iterator<Item = (Option<&'a str>, &'a str)> + Clone) -> Result<Vec<String>, String> {
    let mut taken = HashSet::new();
    for name in layers.clone().filter_map(|(name, _)| name) {
        if name.is_empty() || name.contains('/') {
            return Err(format!("the layer name \"{name}\" is empty or has a slash"));
        }
        if !taken.insert(name.to_string()) {
            return Err(format!("two layers are named \"{name}\"; names must be unique"));
        }
    }
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut next = |class: &str| {
        let base = snake_case(class);
        let number = numbers.entry(base.clone()).or_default();
        loop {
            let name = if *number == 0 { base.clone() } else { format!("{base}_{number}") };
            *number += 1;
            if taken.insert(name.clone()) {
                return name;
            }
        }
    };
    Ok(layers.map(|(name, class)| name.map_or_else(|| next(class), str::to_string)).collect())
}

/// Keras' default name of a layer class: `MaxPooling2D` is `max_pooling2d`.
pub fn snake_case(class_name: &str) -> String {
    let chars: Vec<char> = class_name.chars().collect();
    let mut name = String::new();
    for (i, &c) in chars.iter().enumerate() {
        // As Keras' two regular expressions: before a capital that starts a lower-case word, and between a lower-case letter or digit and a capital.
        let starts_word = i > 0 && c.is_uppercase() && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        let after_lower = i > 0 && c.is_uppercase() && chars[i - 1].is_lowercase();
        if starts_word || after_lower {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_keras_makes_them() {
        for (class, name) in [
            ("Dense", "dense"),
            ("Conv2D", "conv2d"),
            ("MaxPooling2D", "max_pooling2d"),
            ("BatchNormalization", "batch_normalization"),
            ("LSTM", "lstm"),
            ("LeakyReLU", "leaky_re_lu"),
            ("Conv2DTranspose", "conv2d_transpose"),
            ("GRU", "gru"),
            ("SimpleRNN", "simple_rnn"),
        ] {
            assert_eq!(snake_case(class), name);
        }
    }
    #[test]
    fn names_count_by_class() {
        let names = [(None, "Dense"), (Some("dense_1"), "Dense"), (None, "Dropout"), (None, "Dense")];
        assert_eq!(unique_names(names.into_iter()).unwrap(), ["dense", "dense_1", "dropout", "dense_2"]);
        let names = [(Some("a"), "Dense"), (Some("a"), "Dense")];
        assert!(unique_names(names.into_iter()).unwrap_err().contains("two layers are named \"a\""));
    }
}
