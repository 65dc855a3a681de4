//! The built-in data sets, a file each: what its files are, and what is made of them.

mod cifar10;
mod digits;
mod fashion_mnist;
mod imdb;
mod mnist;
mod reviews;
mod split;
mod tables;
mod tiny_shakespeare;

pub use cifar10::Cifar10;
pub use digits::Digits;
pub use fashion_mnist::FashionMnist;
pub use imdb::{Imdb, WordIndex};
pub use mnist::Mnist;
pub use reviews::Reviews;
pub use split::Split;
pub use tables::{AutoMpg, BostonHousing, BreastCancer, Iris, Penguins, Wine};
pub use tiny_shakespeare::TinyShakespeare;
