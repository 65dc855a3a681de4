//! wgrad-testing
