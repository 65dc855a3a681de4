//! Models of the user's own: any layer that calls others.

use crate::{
    Layer, Result,
    settings::{Blueprint, Settings, model_settings},
};
use std::sync::Arc;
use wgrad_tensor::{DType, Shape, Spec};

/// A model whose network is a layer of the user's own, as Keras' subclassed models.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_model::{CustomModel, Layer, Scope, layers::Dense};
/// use wgrad_tensor::Tensor;
///
/// /// Two dense layers and a way around the second.
/// #[derive(Debug)]
/// struct Residual;
///
/// impl Layer for Residual {
///     fn class_name(&self) -> &'static str {
///         "Residual"
///     }
///     fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
///         let hidden = scope.layer("hidden", &Dense::new(3).activation("relu"), x);
///         &hidden + scope.layer("again", &Dense::new(3), &hidden)
///     }
/// }
///
/// let model = CustomModel::new(Residual).input([2]).compile("adam", "mse", ())?;
/// assert_eq!(model.count_params(), 9 + 12);
/// # Ok::<(), wgrad_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CustomModel {
    settings: Settings,
    network: Arc<dyn Layer>,
    inputs: Vec<(String, Spec)>,
    outputs: Vec<String>,
    batch: Option<usize>,
}

model_settings!(CustomModel);

impl CustomModel {
    /// A model that computes what `network` does.
    pub fn new(network: impl Layer) -> CustomModel {
        CustomModel { settings: Settings::default(), network: Arc::new(network), inputs: Vec::new(), outputs: Vec::new(), batch: None }
    }

    /// One more input of f32 elements; `shape` is that of one sample.
    #[must_use]
    pub fn input(self, shape: impl Into<Shape>) -> CustomModel {
        self.input_spec(Spec::new(DType::F32, shape))
    }

    /// One more input of any dtype.
    #[must_use]
    pub fn input_spec(mut self, spec: Spec) -> CustomModel {
        let number = self.inputs.len();
        self.inputs.push((if number == 0 { "input_layer".into() } else { format!("input_layer_{number}") }, spec));
        self
    }

    /// Names of the outputs, by which losses and metrics of several are told apart; `output_1` and so on by default.
    #[must_use]
    pub fn outputs<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> CustomModel {
        self.outputs = names.into_iter().map(Into::into).collect();
        self
    }

    /// Fixes the batch size.
    #[must_use]
    pub fn batch_size(mut self, batch: usize) -> CustomModel {
        self.batch = Some(batch);
        self
    }

    fn blueprint(self) -> Result<Blueprint> {
        let CustomModel { settings, network, inputs, outputs, batch } = self;
        Ok(Blueprint { settings, default_name: "model", inputs, outputs, batch, network })
    }
}
