//! Arguments that are given by name or by value, as in Keras: `"adam"` or `Adam::new(0.01)`.

use std::sync::Arc;

/// Something that is looked up by its Keras name, or given as a value.
#[derive(Debug)]
pub enum ByName<T: ?Sized> {
    /// A name, looked up when the model is compiled.
    Name(String),
    /// The thing itself.
    Value(Arc<T>),
}

/// Not derived: the thing itself is shared, not cloned.
impl<T: ?Sized> Clone for ByName<T> {
    fn clone(&self) -> Self {
        match self {
            ByName::Name(name) => ByName::Name(name.clone()),
            ByName::Value(value) => ByName::Value(value.clone()),
        }
    }
}

impl<T: ?Sized> From<&str> for ByName<T> {
    fn from(name: &str) -> Self {
        ByName::Name(name.into())
    }
}

impl<T: ?Sized> From<String> for ByName<T> {
    fn from(name: String) -> Self {
        ByName::Name(name)
    }
}

impl<T: ?Sized> From<Arc<T>> for ByName<T> {
    fn from(value: Arc<T>) -> Self {
        ByName::Value(value)
    }
}

/// Keras class names and function names mean the same thing: `SparseCategoricalCrossentropy` is `sparse_categorical_crossentropy`.
/// Both become lower case without underscores.
pub(crate) fn canonical(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}
