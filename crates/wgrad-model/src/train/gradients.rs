//! The gradients of the loss, to look at.

use super::{data::Samples, tally::losses};
use crate::{Arrays, Model, Result, Scope};
use wgrad_tensor::{HostTensor, Tensor, grad};

impl Model {
    /// The gradients of the training loss over all samples of `x` and `y` as one batch, by the paths of the trainable variables. Nothing is changed: neither
    /// weights nor moving statistics.
    ///
    /// # Errors
    /// A model that is not compiled; data that it does not take; those of the device.
    pub fn gradients(&self, x: impl Into<Arrays>, y: impl Into<Arrays>) -> Result<Vec<(String, HostTensor)>> {
        let objectives = &self.compiled()?.objectives;
        let samples = Samples::new(self, &x.into(), &y.into(), &Arrays::default())?;
        let constant = |tensor: &HostTensor| Tensor::from_value(tensor.clone().into());
        let batch = samples.columns.map_with_role(|_, tensor| constant(tensor));
        let values: Vec<Tensor> = self.weights()?.iter().map(|(_, value)| constant(value)).collect();
        let key = Tensor::from_vec(vec![self.seed as u32, (self.seed >> 32) as u32, self.iterations() as u32], [3]);
        let scope = Scope::bind(&self.layout.variables, &values, true, Some(key));
        let mut scope = scope.with_trainability(&self.trainability).with_dtype_policy(&self.dtype_policy)?;
        let (y_pred, custom_loss) = self.forward(true, &mut scope, &batch)?;
        let loss = custom_loss.unwrap_or_else(|| losses(objectives, &scope, &batch, &y_pred).total);
        let learning: Vec<_> = self.layout.variables.iter().zip(&values).filter(|(variable, _)| variable.trainable).collect();
        let parameters: Vec<&Tensor> = learning.iter().map(|(_, value)| *value).collect();
        let gradients: Vec<Tensor> =
            grad(&loss, &parameters).into_iter().zip(&parameters).map(|(g, p)| g.unwrap_or_else(|| p.zeros_like())).collect();
        let gradients = Tensor::eval_all(&gradients, &self.device)?;
        let paths = learning.iter().map(|(variable, _)| variable.path.clone());
        paths.zip(&gradients).map(|(path, gradient)| Ok((path, gradient.to_host_on(&self.device)?))).collect()
    }
}
