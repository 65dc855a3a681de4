//! The tensors of a batch, or of all samples: inputs, and labels and weights of each output.

use super::program::Role;

/// One tensor, or what there is to say of it, for each input and, where there is one, for the labels and weights of each output.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Columns<T> {
    pub(crate) x: Vec<T>,
    pub(crate) y: Vec<Option<T>>,
    pub(crate) weight: Vec<Option<T>>,
}

impl<T> Columns<T> {
    /// Inputs alone.
    pub(crate) fn inputs(x: Vec<T>) -> Columns<T> {
        Columns { x, y: Vec::new(), weight: Vec::new() }
    }

    /// The same of each tensor.
    pub(crate) fn try_map<U, E>(&self, mut map: impl FnMut(&T) -> Result<U, E>) -> Result<Columns<U>, E> {
        let x = self.x.iter().map(&mut map).collect::<Result<_, E>>()?;
        let y = self.y.iter().map(|y| y.as_ref().map(&mut map).transpose()).collect::<Result<_, E>>()?;
        let weight = self.weight.iter().map(|weight| weight.as_ref().map(&mut map).transpose()).collect::<Result<_, E>>()?;
        Ok(Columns { x, y, weight })
    }

    /// The same of each tensor and the role that it has in a program.
    pub(crate) fn map_with_role<U>(&self, mut map: impl FnMut(Role, &T) -> U) -> Columns<U> {
        let x = self.x.iter().enumerate().map(|(i, x)| map(Role::X(i), x)).collect();
        let y = self.y.iter().enumerate().map(|(i, y)| y.as_ref().map(|y| map(Role::Y(i), y))).collect();
        let weight = self.weight.iter().enumerate().map(|(i, weight)| weight.as_ref().map(|weight| map(Role::Weight(i), weight))).collect();
        Columns { x, y, weight }
    }

    /// The tensor of a role.
    pub(crate) fn get(&self, role: Role) -> Option<&T> {
        match role {
            Role::X(i) => self.x.get(i),
            Role::Y(i) => self.y.get(i)?.as_ref(),
            Role::Weight(i) => self.weight.get(i)?.as_ref(),
            Role::Trainable
            | Role::Slot(_)
            | Role::State
            | Role::Sums
            | Role::Predictions(_)
            | Role::Rows
            | Role::Scalars
            | Role::Random => None,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.x.iter().chain(self.y.iter().flatten()).chain(self.weight.iter().flatten())
    }
}
