//! Noise in training, and penalties of results.

layer_family! {
    activity_regularization::{ActivityRegularization}
    alpha_dropout::{AlphaDropout}
    dropout::{Dropout}
    gaussian::{GaussianDropout, GaussianNoise}
    spatial_dropout::{SpatialDropout1D, SpatialDropout2D, SpatialDropout3D}
}
