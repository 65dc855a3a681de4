//! A row of the table.

use wgrad_tensor::{DType, Shape, Tensor};

/// What the elements of an input are. All real numbers are multiples of 1/64 with few digits, so every float dtype holds them exactly.
#[derive(Clone, Debug)]
pub enum Domain {
    /// -2 to 2, at least 1/64 from any multiple of 1/32, so from 0 and from whole numbers too.
    Real,
    /// 1/8 to 4.
    Positive,
    /// -0.95 to 0.95.
    Unit,
    /// 1/4 to 9/4 with either sign.
    Nonzero,
    /// As [`Domain::Real`] and no two elements closer than 1/32, so no maximum changes within a small step.
    Distinct,
    /// Whole numbers from -9 to 9, from 0 to 18 for u32.
    Whole,
    /// -1, 0 and 1, so that many elements are equal; from 0 to 2 for u32.
    Ties,
    /// i32 from 0 to below a length.
    Index(usize),
    /// i32 from -2 to a length plus one.
    WildIndex(usize),
    /// Truth values, whatever the dtype of the case.
    Bool,
    /// u32: the key of a generator.
    Key,
    /// Infinities, NaN, signed zeros, large and small numbers.
    Special,
    /// These numbers.
    Values(Vec<f64>),
}

/// An input of a case.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its axis lengths.
    pub shape: Shape,
    /// Its elements.
    pub domain: Domain,
}

/// How often a case can be differentiated with respect to its float inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Smoothness {
    /// Not at all.
    No,
    /// Once; the gradient may be constant almost everywhere.
    Once,
    /// Twice.
    Twice,
}

/// How far a device may be from the reference, in units of the dtype's epsilon, and why.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// The distance in epsilons of the dtype.
    pub ulps: f64,
    /// Relative to the largest element of the result instead of the element itself (never to less than 1).
    pub of_tensor: bool,
    /// Why it is not less.
    pub reason: &'static str,
}

impl Tolerance {
    /// Nothing is computed, or what is computed is exact.
    pub const EXACT: Tolerance = Tolerance { ulps: 0.0, of_tensor: false, reason: "no rounding" };

    /// `ulps` relative to each element.
    pub const fn element(ulps: f64, reason: &'static str) -> Tolerance {
        Tolerance { ulps, of_tensor: false, reason }
    }

    /// `ulps` relative to the largest element.
    pub const fn tensor(ulps: f64, reason: &'static str) -> Tolerance {
        Tolerance { ulps, of_tensor: true, reason }
    }

    /// The largest difference that is accepted from `expected`, in a result whose largest element is `largest`.
    pub fn allows(&self, expected: f64, largest: f64, dtype: DType) -> f64 {
        let scale = if self.of_tensor { largest } else { expected.abs() };
        self.ulps * epsilon(dtype) * scale.max(1.0)
    }
}

/// The distance from 1 to the next number of a dtype; 0 for exact ones.
fn epsilon(dtype: DType) -> f64 {
    match dtype {
        DType::Bool | DType::I32 | DType::U32 => 0.0,
        DType::F16 => half::f16::EPSILON.to_f64(),
        DType::F32 => f32::EPSILON.into(),
        DType::F64 => f64::EPSILON,
    }
}

/// The float dtypes, most cases' dtypes.
pub(crate) const FLOATS: &[DType] = &[DType::F32, DType::F16, DType::F64];
/// All number types.
pub(crate) const NUMBERS: &[DType] = &[DType::F32, DType::F16, DType::F64, DType::I32, DType::U32];

/// Outputs from inputs.
type Build = Box<dyn Fn(&[Tensor]) -> Vec<Tensor> + Send + Sync>;

/// A row of the table: outputs made of inputs by the public API.
pub struct Case {
    /// What it is, for people.
    pub name: String,
    /// The public names that it covers.
    pub covers: Vec<&'static str>,
    /// The inputs.
    pub inputs: Vec<Input>,
    /// The dtypes that the inputs are tried in (those whose domain does not fix it).
    pub dtypes: Vec<DType>,
    /// How far devices may be apart.
    pub tolerance: Tolerance,
    /// How often it can be differentiated.
    pub smooth: Smoothness,
    /// The elements of the outputs, one after the other, where they are known.
    pub known: Option<Vec<f64>>,
    /// Whether `cargo bench` measures it, too; it measures all of [`large_cases`](crate::large_cases).
    pub timed: bool,
    build: Build,
}

impl Case {
    /// A case of floats that must be exact and is not differentiated; the methods that follow say otherwise.
    pub fn new(covers: &[&'static str], build: impl Fn(&[Tensor]) -> Vec<Tensor> + Send + Sync + 'static) -> Case {
        Case {
            name: covers.join(" "),
            covers: covers.to_vec(),
            inputs: Vec::new(),
            dtypes: FLOATS.to_vec(),
            tolerance: Tolerance::EXACT,
            smooth: Smoothness::No,
            known: None,
            timed: false,
            build: Box::new(build),
        }
    }

    /// Tells the case from others of the same operation.
    #[must_use]
    pub fn named(mut self, detail: &str) -> Case {
        self.name = format!("{}: {detail}", self.name);
        self
    }

    /// Adds an input.
    #[must_use]
    pub fn input(mut self, shape: impl Into<Shape>, domain: Domain) -> Case {
        self.inputs.push(Input { shape: shape.into(), domain });
        self
    }

    /// Adds inputs of several shapes and one domain.
    #[must_use]
    pub fn shapes(mut self, shapes: &[&[usize]], domain: &Domain) -> Case {
        self.inputs.extend(shapes.iter().map(|&shape| Input { shape: shape.into(), domain: domain.clone() }));
        self
    }

    /// The dtypes to try.
    #[must_use]
    pub fn dtypes(mut self, dtypes: &[DType]) -> Case {
        self.dtypes = dtypes.to_vec();
        self
    }

    /// How far devices may be apart.
    #[must_use]
    pub fn within(mut self, tolerance: Tolerance) -> Case {
        self.tolerance = tolerance;
        self
    }

    /// How often it can be differentiated.
    #[must_use]
    pub fn smooth(mut self, smooth: Smoothness) -> Case {
        self.smooth = smooth;
        self
    }

    /// The elements of all outputs, one after the other.
    #[must_use]
    pub fn known(mut self, values: &[f64]) -> Case {
        self.known = Some(values.to_vec());
        self
    }

    /// Measured by `cargo bench`, too.
    #[must_use]
    pub(crate) fn timed(mut self) -> Case {
        self.timed = true;
        self
    }

    /// Replaces what is built.
    #[must_use]
    pub(crate) fn built(mut self, build: impl Fn(&[Tensor]) -> Vec<Tensor> + Send + Sync + 'static) -> Case {
        self.build = Box::new(build);
        self
    }

    /// The outputs for some inputs.
    pub fn build(&self, inputs: &[Tensor]) -> Vec<Tensor> {
        (self.build)(inputs)
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({})", self.name)
    }
}
