//! Pictures of models and trainings, as SVG and PNG: one call each.
//!
//! | picture | function |
//! |---|---|
//! | a model's layers and what flows between them | [`plot_model`] |
//! | loss and metrics over the epochs, of one or several trainings | [`plot_history`] |
//! | how often each class is taken for each other | [`confusion_matrix`] |
//! | images with their labels and the probabilities predicted | [`sample_images`] |
//! | true against predicted values, and the distribution of the errors | [`true_against_predicted`], [`error_histogram`] |
//! | what a classifier says of each point of a plane | [`decision_boundary`], [`decision_boundary_of`] |
//! | each column of a table against each other | [`pair_plot`] |
//! | lines and dots of one's own | [`Plot`] |
//!
//! ```
//! let figure = wgrad_plot::confusion_matrix(&[0, 1, 2, 2], &[0, 2, 2, 2], &["cat", "dog", "fish"])?;
//! assert!(figure.svg().starts_with("<svg"));
//! assert_eq!(&figure.png()?[1..4], b"PNG");
//! # Ok::<(), wgrad_model::Error>(())
//! ```

mod boundary;
mod chart;
mod color;
mod confusion;
mod error;
mod errors;
mod figure;
mod font;
mod history;
mod model;
mod numbers;
mod pairs;
mod plot;
mod png;
mod samples;
mod scatter;
mod scene;
mod svg;

pub use boundary::{decision_boundary, decision_boundary_of};
pub use confusion::confusion_matrix;
pub use errors::error_histogram;
pub use figure::Figure;
pub use history::{Runs, plot_history};
pub use model::{PlotModel, RankDir, plot_model};
pub use numbers::{Labels, Numbers};
pub use pairs::pair_plot;
pub use plot::Plot;
pub use samples::sample_images;
pub use scatter::true_against_predicted;
pub use svg::escape;
