//! wgrad-cpu
