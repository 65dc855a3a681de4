//! The program of a prediction for other runtimes.

use super::columns::Columns;
use crate::{ANY, Error, Model, Result, Scope, model::with_batch};
use wgrad_tensor::{DType, Program, Spec, Tensor, Traced};

impl Model {
    /// The program of a prediction for `batch` samples, to look at or to run elsewhere. Its inputs are the variables, named by their paths and in their order,
    /// then the model's inputs by their names, then the values that layers of the user's own hold; its outputs are the predictions.
    ///
    /// # Errors
    /// The error of a layer that cannot be applied to so many samples; inputs of any length.
    pub fn inference_program(&self, batch: usize) -> Result<Traced> {
        if let Some((name, _)) = self.inputs.iter().find(|(_, spec)| spec.shape.contains(&ANY)) {
            return Err(Error::invalid(name, "a program for other runtimes needs inputs of fixed lengths"));
        }
        let variables = &self.layout.variables;
        let variable = |v: &crate::Variable| Tensor::placeholder(&v.path, Spec::new(DType::F32, &v.shape));
        let values: Vec<Tensor> = variables.iter().map(variable).collect();
        let x: Vec<Tensor> = self.inputs.iter().map(|(name, spec)| Tensor::placeholder(name, with_batch(spec, batch))).collect();
        let scope = Scope::bind(variables, &values, false, None).with_trainability(&self.trainability);
        let mut scope = scope.with_dtype_policy(&self.dtype_policy)?;
        let (y, _) = self.forward(false, &mut scope, &Columns::inputs(x.clone()))?;
        Ok(Program::trace(&[values, x].concat(), &y)?)
    }
}
