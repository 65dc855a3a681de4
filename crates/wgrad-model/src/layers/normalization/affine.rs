//! What most normalizations share: a learned scale and offset.

/// Writes a normalization with arguments of its own ([`crate::layers::arguments`]) and those of `gamma` and `beta`, and the methods that declare these.
macro_rules! normalization {
    ($(#[$meta:meta])* pub struct $name:ident() { $($own:tt)* }) => {
        $crate::layers::arguments::arguments! {
            $(#[$meta])*
            pub struct $name() {
                $($own)*
                /// Whether the offset `beta` is added; it is by default.
                takes center: bool = true;
                /// Whether the scale `gamma` is applied; it is by default.
                takes scale: bool = true;
                /// Of `beta`; zeros by default.
                converts beta_initializer: $crate::Initializer = $crate::Initializer::Zeros;
                /// Of `gamma`; ones by default.
                converts gamma_initializer: $crate::Initializer = $crate::Initializer::Ones;
                /// Penalty of `beta`.
                may_convert beta_regularizer: $crate::Regularizer;
                /// Penalty of `gamma`.
                may_convert gamma_regularizer: $crate::Regularizer;
                /// What `beta` is projected to after each step.
                may_convert beta_constraint: $crate::Constraint;
                /// What `gamma` is projected to after each step.
                may_convert gamma_constraint: $crate::Constraint;
            }
        }

        impl $name {
            #[track_caller]
            fn gamma(&self, scope: &mut $crate::Scope, shape: &[usize]) -> wgrad_tensor::Tensor {
                scope.param("gamma", shape, (&self.gamma_initializer, &self.gamma_regularizer, &self.gamma_constraint))
            }

            #[track_caller]
            fn beta(&self, scope: &mut $crate::Scope, shape: &[usize]) -> wgrad_tensor::Tensor {
                scope.param("beta", shape, (&self.beta_initializer, &self.beta_regularizer, &self.beta_constraint))
            }
        }
    };
}
pub(super) use normalization;
