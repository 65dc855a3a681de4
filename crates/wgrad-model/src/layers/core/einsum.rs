//! Sums of products of two tensors by Einstein's convention: an equation like `"abc,cd->abd"`, with an ellipsis for axes that stay.

use wgrad_tensor::Tensor;

/// The labels of the axes of two operands and the result.
#[derive(Debug, PartialEq)]
pub(super) struct Equation {
    pub(super) x: Vec<char>,
    pub(super) kernel: Vec<char>,
    pub(super) y: Vec<char>,
    /// How many of the axes of `x` and `y` an ellipsis stands for, and whether they come first.
    pub(super) elided: usize,
    pub(super) left: bool,
}

/// Labels of the axes of an ellipsis start here: letters do not reach so far.
const ELIDED: u32 = 0xE000;

impl Equation {
    /// The equation for an `x` of `rank` axes, or the rule that it breaks.
    pub(super) fn parse(text: &str, rank: usize) -> Result<Equation, String> {
        let form = || format!("the equation must be \"ab,bc->ac\", \"...a,ab->...b\" or \"ab...,bc->ac...\" for an input of {rank} axes, got \"{text}\"");
        let (operands, y) = text.split_once("->").ok_or_else(form)?;
        let (x, kernel) = operands.split_once(',').ok_or_else(form)?;
        let (x, y, left) = match (x.strip_prefix("..."), y.strip_prefix("...")) {
            (Some(x), Some(y)) => (x, y, true),
            _ => match (x.strip_suffix("..."), y.strip_suffix("...")) {
                (Some(x), Some(y)) => (x, y, false),
                _ if text.contains('.') => return Err(form()),
                _ => (x, y, true),
            },
        };
        let elided = rank.checked_sub(x.chars().count()).filter(|n| *n == 0 || text.contains('.')).ok_or_else(form)?;
        for labels in [x, kernel, y] {
            let mut seen: Vec<char> = labels.chars().collect();
            seen.sort_unstable();
            seen.dedup();
            if labels.is_empty() || seen.len() != labels.chars().count() || !labels.chars().all(|c| c.is_ascii_alphabetic()) {
                return Err(form());
            }
        }
        if let Some(label) = y.chars().find(|label| !x.contains(*label) && !kernel.contains(*label)) {
            return Err(format!("\"{label}\" of the result in \"{text}\" belongs neither to the input nor to the kernel"));
        }
        let labels = |text: &str| -> Vec<char> {
            let elided = (ELIDED..).take(elided).filter_map(char::from_u32);
            if left { elided.chain(text.chars()).collect() } else { text.chars().chain(elided).collect() }
        };
        Ok(Equation { x: labels(x), kernel: kernel.chars().collect(), y: labels(y), elided, left })
    }

    /// The sum of products, as one product of matrices.
    #[track_caller]
    pub(super) fn apply(&self, x: &Tensor, kernel: &Tensor) -> Tensor {
        let (x, x_labels) = self.summed(x, &self.x, &self.kernel);
        let (kernel, kernel_labels) = self.summed(kernel, &self.kernel, &self.x);
        let kept = |labels: &[char], others: &[char], inside: bool, result: bool| -> Vec<char> {
            labels.iter().copied().filter(|l| others.contains(l) == inside && self.y.contains(l) == result).collect()
        };
        let batch = kept(&x_labels, &kernel_labels, true, true);
        let bound = kept(&x_labels, &kernel_labels, true, false);
        let (rows, columns) = (kept(&x_labels, &kernel_labels, false, true), kept(&kernel_labels, &x_labels, false, true));

        let a = arranged(&x, &x_labels, [&batch, &rows, &bound]);
        let b = arranged(&kernel, &kernel_labels, [&batch, &bound, &columns]);
        let y_labels = [&batch[..], &rows, &columns].concat();
        let length = |label: &char| lengths(&x, &x_labels, label).or_else(|| lengths(&kernel, &kernel_labels, label)).unwrap_or(1);
        let y = a.matmul(&b).reshape(y_labels.iter().map(length).collect::<Vec<usize>>());
        y.permute(self.y.iter().filter_map(|label| y_labels.iter().position(|l| l == label)).collect::<Vec<usize>>())
    }

    /// The sum over axes that are in neither the other operand nor the result, and the labels that are left.
    #[track_caller]
    fn summed(&self, x: &Tensor, labels: &[char], others: &[char]) -> (Tensor, Vec<char>) {
        let stays = |label: &char| others.contains(label) || self.y.contains(label);
        let axes: Vec<usize> = labels.iter().enumerate().filter(|(_, label)| !stays(label)).map(|(axis, _)| axis).collect();
        let sum = if axes.is_empty() { x.clone() } else { x.sum(axes) };
        (sum, labels.iter().copied().filter(stays).collect())
    }
}

fn lengths(x: &Tensor, labels: &[char], label: &char) -> Option<usize> {
    labels.iter().position(|l| l == label).and_then(|axis| x.shape().get(axis).copied())
}

/// `x` as a batch of matrices: axes in the order of the groups, each group one axis but the first, whose axes stay.
#[track_caller]
fn arranged(x: &Tensor, labels: &[char], [batch, rows, columns]: [&[char]; 3]) -> Tensor {
    let order = [batch, rows, columns].concat();
    let length = |label: &char| lengths(x, labels, label).unwrap_or(1);
    let mut shape: Vec<usize> = batch.iter().map(length).collect();
    shape.extend([rows, columns].map(|group| group.iter().map(length).product::<usize>()));
    x.permute(order.iter().filter_map(|label| labels.iter().position(|l| l == label)).collect::<Vec<usize>>()).reshape(shape)
}
