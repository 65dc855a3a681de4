//! Classic learners with scikit-learn's names, defaults and results: [`KMeans`], [`SVC`], [`LogisticRegression`], [`LinearRegression`], [`PCA`].
//!
//! A learner is its settings; `fit` gives what it has learnt. What grows with the number of samples (distances, kernels, products, losses and their gradients) are tensors on
//! any device, in `f64` where the device has it, else in `f32`. What is left are small or inherently sequential computations of the host, and all of them are bounded.
//!
//! ```
//! # use wgrad_cpu as _;
//! use wgrad_learn::KMeans;
//! use wgrad_tensor::Tensor;
//! let x = Tensor::from([[1.0f32, 2.0], [1.0, 4.0], [1.0, 0.0], [10.0, 2.0], [10.0, 4.0], [10.0, 0.0]]);
//! let clusters = KMeans::new(2).seed(0).fit(&x)?;
//! assert_eq!(clusters.inertia(), 16.0);
//! let nearest = clusters.predict(&Tensor::from([[0.0f32, 0.0], [12.0, 3.0]]))?.to_vec::<i32>()?;
//! assert_ne!(nearest[0], nearest[1]);
//! # Ok::<(), wgrad_model::Error>(())
//! ```

mod data;
mod eigen;
mod kmeans;
mod linear_regression;
mod logistic_regression;
mod minimize;
mod pca;
mod score;
mod svc;

pub use kmeans::{Clusters, Init, KMeans};
pub use linear_regression::{LinearModel, LinearRegression};
pub use logistic_regression::{LogisticModel, LogisticRegression};
pub use pca::{PCA, PrincipalComponents};
pub use score::accuracy_score;
pub use svc::{Gamma, Kernel, SVC, SupportVectors};
