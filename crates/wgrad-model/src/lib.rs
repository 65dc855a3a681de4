//! wgrad-model
