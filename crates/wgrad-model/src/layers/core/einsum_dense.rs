//! Linear maps by Einstein's convention.

use super::einsum::Equation;
use crate::{Activation, Constraint, Initializer, Layer, Regularizer, Scaling, Scope, layers::arguments::arguments};
use serde::{Deserialize, Serialize};
use wgrad_tensor::{Shape, Tensor};

arguments! {
    /// `y = activation(einsum(equation, x, kernel) + bias)` (Keras `EinsumDense`): `"abc,cd->abd"` maps the last axis as `Dense`. In
    /// `"...a,ab->...b"` the ellipsis stands for all axes before, in `"ab...,bc->ac..."` for all behind.
    ///
    /// Errors: an equation of another form; lengths that do not fit it, or that nothing says.
    ///
    /// ```
    /// # use wgrad_cpu as _;
    /// use wgrad_model::{Sequential, layers::EinsumDense};
    /// let heads = EinsumDense::new("abc,cde->abde", [None, Some(2), Some(5)]).bias_axes("de");
    /// let model = Sequential::new([heads.into()]).input_shape([3, 4]).build()?;
    /// assert_eq!(model.count_params(), 4 * 2 * 5 + 2 * 5);
    /// # Ok::<(), wgrad_model::Error>(())
    /// ```
    pub struct EinsumDense(
        /// Labels of the axes of input, kernel and result.
        equation: String [into],
        /// Lengths of the axes of the result that have letters, without the batch; `None` where the input tells.
        output_shape: PartialShape [into],
    ) {
        /// Applied to the sums, by value or name; linear by default.
        converts activation: Activation = Activation::Linear;
        /// The labels of the axes that a bias is added along; there is none by default.
        may_convert bias_axes: String;
        /// First values of the kernel; Glorot uniform by default.
        converts kernel_initializer: Initializer = Initializer::default();
        /// First values of the bias; zeros by default.
        converts bias_initializer: Initializer = Initializer::Zeros;
        /// Penalty of the kernel; none by default.
        may_convert kernel_regularizer: Regularizer;
        /// Penalty of the bias; none by default.
        may_convert bias_regularizer: Regularizer;
        /// What the kernel is projected to after each step; nothing by default.
        may_convert kernel_constraint: Constraint;
        /// What the bias is projected to after each step; nothing by default.
        may_convert bias_constraint: Constraint;
    }
}

/// Lengths of axes, some of which are left open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum PartialShape {
    One(usize),
    Several(Vec<Option<usize>>),
}

impl From<usize> for PartialShape {
    fn from(length: usize) -> Self {
        PartialShape::One(length)
    }
}

impl<const N: usize> From<[usize; N]> for PartialShape {
    fn from(lengths: [usize; N]) -> Self {
        PartialShape::Several(lengths.map(Some).into())
    }
}

impl<const N: usize> From<[Option<usize>; N]> for PartialShape {
    fn from(lengths: [Option<usize>; N]) -> Self {
        PartialShape::Several(lengths.into())
    }
}

impl Layer for EinsumDense {
    fn class_name(&self) -> &'static str {
        "EinsumDense"
    }

    fn call(&self, scope: &mut Scope, x: &Tensor) -> Tensor {
        let shapes = Equation::parse(&self.equation, x.rank()).and_then(|equation| {
            let (kernel, bias) = (self.kernel_shape(&equation, x.shape())?, self.bias_shape(&equation, x.shape())?);
            Ok((equation, kernel, bias))
        });
        let (equation, kernel_shape, bias_shape) = match shapes {
            Ok(shapes) => shapes,
            Err(rule) => return Tensor::invalid("EinsumDense", rule, &[x]),
        };
        let initializer = self.initializer(&equation);
        let kernel = scope.param("kernel", kernel_shape, (&initializer, &self.kernel_regularizer, &self.kernel_constraint));
        let mut y = equation.apply(x, &kernel);
        if let Some(shape) = bias_shape {
            y = y + scope.param("bias", shape, (&self.bias_initializer, &self.bias_regularizer, &self.bias_constraint));
        }
        scope.activate(&self.activation, &y)
    }
}

impl EinsumDense {
    /// The length of a label: that of the input, or of the output shape.
    fn length(&self, label: char, equation: &Equation, x: &Shape) -> Result<usize, String> {
        let given = match &self.output_shape {
            PartialShape::One(length) => &[Some(*length)][..],
            PartialShape::Several(lengths) => lengths,
        };
        // The result's axes behind the batch, which is the first of the ellipsis where there is one on the left.
        let skipped = if equation.left { equation.elided.max(1) } else { 1 };
        let at = equation.y.iter().position(|l| *l == label).and_then(|at| at.checked_sub(skipped));
        let said = at.and_then(|at| given.get(at).copied().flatten());
        let known = equation.x.iter().position(|l| *l == label).map(|axis| x[axis]);
        match (known, said) {
            (Some(known), Some(said)) if known != said => {
                Err(format!("axis {label} of \"{}\" has {known} elements in the input {x}, but {said} in output_shape", self.equation))
            }
            (Some(length), _) | (None, Some(length)) => Ok(length),
            (None, None) => Err(format!("output_shape {given:?} does not tell the length of {label} in \"{}\"", self.equation)),
        }
    }

    fn kernel_shape(&self, equation: &Equation, x: &Shape) -> Result<Vec<usize>, String> {
        equation.kernel.iter().map(|&label| self.length(label, equation, x)).collect()
    }

    /// From the first axis of the result that has a bias on, 1 where there is none.
    fn bias_shape(&self, equation: &Equation, x: &Shape) -> Result<Option<Vec<usize>>, String> {
        let Some(axes) = &self.bias_axes else { return Ok(None) };
        if let Some(label) = axes.chars().find(|label| !label.is_ascii_alphabetic() || !equation.y.contains(label)) {
            return Err(format!("bias_axes has \"{label}\", which the result in \"{}\" does not have", self.equation));
        }
        let from = equation.y.iter().skip_while(|label| !axes.contains(**label));
        from.map(|&label| if axes.contains(label) { self.length(label, equation, x) } else { Ok(1) }).collect::<Result<_, _>>().map(Some)
    }

    /// What the kernel's values are counted along: axes that the result has are outputs, the others inputs.
    fn initializer(&self, equation: &Equation) -> Initializer {
        let mut initializer = self.kernel_initializer.clone();
        let axes = |result: bool| -> Option<Vec<i64>> {
            let axes = equation.kernel.iter().enumerate().filter(|(_, label)| equation.y.contains(label) == result);
            Some(axes.map(|(axis, _)| axis as i64).collect())
        };
        use Initializer::{GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform, VarianceScaling};
        if let GlorotUniform(Scaling { input_axes, output_axes, .. })
        | GlorotNormal(Scaling { input_axes, output_axes, .. })
        | HeUniform(Scaling { input_axes, output_axes, .. })
        | HeNormal(Scaling { input_axes, output_axes, .. })
        | LecunUniform(Scaling { input_axes, output_axes, .. })
        | LecunNormal(Scaling { input_axes, output_axes, .. })
        | VarianceScaling { input_axes, output_axes, .. } = &mut initializer
            && (input_axes.is_none() || output_axes.is_none())
        {
            (*input_axes, *output_axes) = (axes(false), axes(true));
        }
        initializer
    }
}
