//! A cell and the layer that runs it, from one list of arguments.

/// Writes the struct of a cell and that of its layer, which has the arguments of both the cell and the loop.
macro_rules! recurrent {
    (
        $(#[$cell_meta:meta])*
        cell $cell:ident($($(#[$needed_doc:meta])* $needed:ident: $needed_type:ty $([$into:ident])?),* $(,)?), named $cell_name:literal;
        $(#[$layer_meta:meta])*
        layer $layer:ident;
        $($(#[$doc:meta])* $kind:ident $field:ident: $type:ty $(= $default:expr)?;)*
    ) => {
        $crate::layers::arguments::arguments! {
            $(#[$cell_meta])*
            pub struct $cell($($(#[$needed_doc])* $needed: $needed_type $([$into])?),*) {
                $($(#[$doc])* $kind $field: $type $(= $default)?;)*
            }
        }

        $crate::layers::recurrent::cell::cell_is_a_layer!($cell);

        $(#[$layer_meta])*
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "serde_json::Map<String, serde_json::Value>")]
        pub struct $layer {
            /// What it does in a step.
            #[serde(flatten)]
            pub cell: $cell,
            /// How it runs over the sequence.
            #[serde(flatten)]
            pub recurrence: $crate::layers::Recurrence,
        }

        impl $layer {
            /// The layer with Keras' defaults.
            pub fn new($($needed: $crate::layers::arguments::needed!($needed_type $([$into])?)),*) -> Self {
                Self { cell: $cell::new($($needed),*), recurrence: $crate::layers::Recurrence::new() }
            }

            $($crate::layers::arguments::setter!($(#[$doc])* $kind $field: $type, self.cell.$field);)*
        }

        $crate::layers::recurrent::class::loop_arguments!($layer);

        impl TryFrom<serde_json::Map<String, serde_json::Value>> for $layer {
            type Error = $crate::Error;

            fn try_from(arguments: serde_json::Map<String, serde_json::Value>) -> Result<Self, Self::Error> {
                let (recurrence, cell) = $crate::layers::recurrent::recurrence::parts(arguments)?;
                Ok(Self { cell, recurrence })
            }
        }

        impl $crate::Layer for $layer {
            fn class_name(&self) -> &'static str {
                stringify!($layer)
            }

            fn call(&self, scope: &mut $crate::Scope, x: &wgrad_tensor::Tensor) -> wgrad_tensor::Tensor {
                $crate::layer::only(self, scope, x)
            }

            fn call_all(&self, scope: &mut $crate::Scope, inputs: &[wgrad_tensor::Tensor]) -> Vec<wgrad_tensor::Tensor> {
                use $crate::layers::recurrent::recurrence::Place;
                let place = Place { layer: stringify!($layer), name: $cell_name, trainable: true, cell: &self.cell };
                self.recurrence.run(scope, &place, inputs)
            }

            fn as_recurrent(&self) -> Option<&dyn $crate::layers::Recurrent> {
                Some(self)
            }
        }
    };
}

/// The builder methods for the arguments of the loop, and [`Recurrent`](super::Recurrent), of a layer that holds them as `recurrence`.
macro_rules! loop_arguments {
    ($layer:ident) => {
        $crate::layers::recurrent::recurrence::runs_as_its_recurrence!($layer);

        #[rustfmt::skip]
        impl $layer {
            $crate::layers::arguments::setter!(
                /// Whether the result has the outputs of all steps, `[batch, time, ...]`, not only that of the last.
                takes return_sequences: bool, self.recurrence.return_sequences);
            $crate::layers::arguments::setter!(
                /// Whether the states after the last step are further results.
                takes return_state: bool, self.recurrence.return_state);
            $crate::layers::arguments::setter!(
                /// From the last step to the first; the outputs are in this order, too.
                takes go_backwards: bool, self.recurrence.go_backwards);
            $crate::layers::arguments::setter!(
                /// Whether the states are kept from batch to batch.
                takes stateful: bool, self.recurrence.stateful);
            $crate::layers::arguments::setter!(
                /// Keras' choice between a loop and its steps one by one, with the same results; here it is always a loop.
                takes unroll: bool, self.recurrence.unroll);
            $crate::layers::arguments::setter!(
                /// Whether the output of a masked step is zero, not the output before.
                takes zero_output_for_mask: bool, self.recurrence.zero_output_for_mask);
        }
    };
}

/// [`recurrent`] with the arguments that all cells share after the others.
macro_rules! gated {
    ($($begin:tt)*) => {
        $crate::layers::recurrent::class::recurrent! {
            $($begin)*
            /// Whether there is a `bias`.
            takes use_bias: bool = true;
            /// Of the kernel for the input; Glorot uniform by default.
            converts kernel_initializer: $crate::Initializer = "glorot_uniform".into();
            /// Of the kernel for the state; orthogonal by default.
            converts recurrent_initializer: $crate::Initializer = "orthogonal".into();
            /// Of the bias; zeros by default.
            converts bias_initializer: $crate::Initializer = "zeros".into();
            /// Penalty of the kernel for the input.
            may_convert kernel_regularizer: $crate::Regularizer;
            /// Penalty of the kernel for the state.
            may_convert recurrent_regularizer: $crate::Regularizer;
            /// Penalty of the bias.
            may_convert bias_regularizer: $crate::Regularizer;
            /// What the kernel for the input is projected to after each step of the optimizer.
            may_convert kernel_constraint: $crate::Constraint;
            /// What the kernel for the state is projected to after each step of the optimizer.
            may_convert recurrent_constraint: $crate::Constraint;
            /// What the bias is projected to after each step of the optimizer.
            may_convert bias_constraint: $crate::Constraint;
            /// The share of the input that is dropped in training, the same features in every step.
            takes dropout: f64 = 0.0;
            /// The share of the state that is dropped in training, the same units in every step (Gal and Ghahramani 2016).
            takes recurrent_dropout: f64 = 0.0;
            /// Keras' own seed of the layer. What is dropped here follows from the seed of `fit`, so it does not matter.
            may_take seed: i64;
        }
    };
}

pub(super) use {gated, loop_arguments, recurrent};
