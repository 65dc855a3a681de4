//! wgrad-data
