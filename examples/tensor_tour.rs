//! A tour of tensors: making and slicing them, casts, gradients of any order, gradients that stop, and functions that are traced and compiled.
//!
//!     cargo run --release --example tensor_tour [-- --device D] [--quick] [--out DIR]
//!
//! What it prints is also in `tour.txt`.

use anyhow::{Context, Result, bail, ensure};
use std::{fmt::Display, process::ExitCode, time::Instant};
use wgrad::{DType, Device, Ellipsis, Function, NewAxis, Spec, Step, Tensor, grad, hvp, jacobian, plot::Plot};
use wgrad_study::Study;

fn main() -> ExitCode {
    wgrad_study::main("tensor_tour", run)
}

pub(crate) fn run(study: &Study) -> Result<()> {
    let mut tour = Tour::default();
    tensors(&mut tour)?;
    slices(&mut tour)?;
    casts(&mut tour)?;
    mistakes(&mut tour);
    gradients(&mut tour)?;
    derivatives(study)?;
    programs(&mut tour)?;
    timing(study, &mut tour)?;
    study.text("tour.txt", &tour.text)
}

/// What is shown on the way.
#[derive(Default)]
struct Tour {
    text: String,
}

impl Tour {
    fn section(&mut self, title: &str) {
        self.line(&format!("\n## {title}"));
    }

    fn show(&mut self, what: &str, value: impl Display) {
        let value = value.to_string();
        self.line(&if value.contains('\n') { format!("{what}:\n{value}") } else { format!("{what:<44} {value}") });
    }

    fn line(&mut self, line: &str) {
        println!("{line}");
        self.text += line;
        self.text += "\n";
    }
}

fn tensors(tour: &mut Tour) -> Result<()> {
    tour.section("Tensors: arithmetic records, a value is computed when it is asked for");
    let (a, b) = (Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]), Tensor::from([10.0f32, 20.0]));
    tour.show("a", a.eval()?);
    tour.show("a + b, b is broadcast", (&a + &b).eval()?);
    tour.show("a matmul a", a.matmul(&a).eval()?);
    tour.show("sum over the last axis", a.sum(-1).eval()?);
    tour.show("mean over all", a.mean(..).item::<f32>()?);
    tour.show("softmax", a.softmax(-1).eval()?);
    tour.show("arange(0, 10, 3)", Tensor::arange(0, 10, 3).eval()?);
    let (first, second) = (Tensor::normal([3], 0.0, 1.0, 7).eval()?, Tensor::normal([3], 0.0, 1.0, 7).eval()?);
    tour.show("normal numbers of seed 7", &first);
    ensure!(first.to_vec::<f32>()? == second.to_vec::<f32>()?, "the same seed gives the same numbers");
    Ok(())
}

fn slices(tour: &mut Tour) -> Result<()> {
    tour.section("Slices, with NumPy's indices");
    let x = Tensor::arange(0, 24, 1).reshape([2, 3, 4]);
    tour.show("x[1]", x.i(1).eval()?);
    tour.show("x[:, -1, ::2]", x.i((.., -1, Step(.., 2))).eval()?);
    tour.show("x[0, 1:, ::-1]", x.i((0, 1.., Step(.., -1))).eval()?);
    tour.show("x[..., None, 0], its shape", x.i((Ellipsis, NewAxis, 0)).shape());
    tour.show("rows 1 and 1 and 0", x.take(&Tensor::from([1, 1, 0]), 0).i((.., 0)).eval()?);
    tour.show("x[0] where it is odd, else 0", (x.i(0) % 2).eq(1).where_(x.i(0), 0).eval()?);
    Ok(())
}

fn casts(tour: &mut Tour) -> Result<()> {
    tour.section("Casts: dtypes never mix unasked");
    let x = Tensor::from([-1.7f32, 0.2, 2.9, 300.0]);
    for dtype in [DType::I32, DType::Bool, DType::F16] {
        let cast = x.cast(dtype);
        // Numbers of 16 bits are shown as those of 32 bits that they are.
        tour.show(&format!("cast to {dtype}"), if dtype == DType::F16 { cast.cast(DType::F32) } else { cast }.eval()?);
    }
    Ok(())
}

fn mistakes(tour: &mut Tour) {
    tour.section("Mistakes: an error with operation, shapes, rule and line, where a value is asked for");
    let sum = Tensor::zeros([2, 3]) + Tensor::zeros([4]);
    tour.show(
        "[2, 3] + [4]",
        sum.eval().err().map_or("no error".into(), |error| error.to_string().replace(env!("CARGO_MANIFEST_DIR"), "")),
    );
}

fn gradients(tour: &mut Tour) -> Result<()> {
    tour.section("Gradients: a pass from graph to graph");
    let x = Tensor::from(3.0f32);
    let (y, z) = (&x * &x, (&x * &x).square());
    // One graph may be asked as often as one likes; there is no tape that is used up.
    let of = |y: &Tensor, x: &Tensor| grad(y, &[x]).remove(0).context("y depends on x");
    tour.show("d(x^2)/dx at 3", of(&y, &x)?.item::<f32>()?);
    tour.show("d(x^4)/dx at 3", of(&z, &x)?.item::<f32>()?);
    let second = of(&of(&z, &x)?, &x)?;
    tour.show("its second derivative", second.item::<f32>()?);
    tour.show("its third derivative", of(&second, &x)?.item::<f32>()?);
    tour.show("d(stop_gradient(x^2) x)/dx at 3", of(&(y.stop_gradient() * &x), &x)?.item::<f32>()?);
    let unrelated = Tensor::from(1.0f32);
    tour.show("of something else", grad(&y, &[&unrelated]).remove(0).map_or("no gradient", |_| "a gradient"));

    let v = Tensor::from([1.0f32, 2.0, 3.0]);
    tour.show("jacobian of cumsum(v^2)", jacobian(&v.square().cumsum(0), &v).context("depends on v")?.eval()?);
    let product = hvp(&v.powf(3.0).sum(..), &v, &Tensor::ones([3])).context("depends on v")?;
    tour.show("hessian of sum(v^3), times ones", product.eval()?);
    ensure!(product.to_vec::<f32>()? == [6.0, 12.0, 18.0]);
    Ok(())
}

/// tanh and its derivatives, each the gradient of the one before; the second beside its formula.
fn derivatives(study: &Study) -> Result<()> {
    let x = Tensor::linspace(-3.0f32, 3.0, 201);
    let mut derivatives = vec![x.tanh()];
    for _ in 0..3 {
        let last = &derivatives[derivatives.len() - 1];
        // Every element depends on its own x only, so that the gradient of the sum is the derivative of each.
        let next = grad(&last.sum(..), &[&x]).remove(0).context("tanh depends on x")?;
        derivatives.push(next);
    }
    let exact = |x: f64| -2.0 * x.tanh() * (1.0 - x.tanh().powi(2));
    let pairs = x.to_vec::<f32>()?.into_iter().zip(derivatives[2].to_vec::<f32>()?);
    let errors = pairs.map(|(x, second)| (f64::from(second) - exact(x.into())).abs());
    study.result("second_derivative_error", errors.fold(0.0, f64::max));
    let names = ["tanh", "first derivative", "second", "third"];
    let plot = Plot::new("tanh and its derivatives").axes("x", "");
    let lines = names.iter().zip(&derivatives);
    study.picture("derivatives.png", &lines.fold(plot, |plot, (name, y)| plot.line(name, &x, y)).draw()?)
}

/// Four layers `tanh(x w + b)` and the mean of the last; `each` sees every value on the way.
fn network(v: &[Tensor], each: impl Fn(Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let [x, w, b] = v else { bail!("it takes x, w and b") };
    let mut x = x.clone();
    for _ in 0..4 {
        x = each(x.matmul(w))?;
        x = each(&x + b)?;
        x = each(x.tanh())?;
    }
    each(x.mean(..))
}

/// The network as a function that is traced once.
fn traced() -> Function {
    // What goes wrong in a trace is an error that its result carries.
    Function::new(|v| network(v, Ok).into_iter().collect())
}

fn arguments(n: usize) -> [Tensor; 3] {
    [Tensor::uniform([n, n], -1.0, 1.0, 1), Tensor::uniform([n, n], -0.3, 0.3, 2), Tensor::uniform([n], -0.1, 0.1, 3)]
}

fn programs(tour: &mut Tour) -> Result<()> {
    tour.section("Functions: traced and compiled once for each signature");
    let function = traced();
    let signature: Vec<Spec> = arguments(8).iter().map(|argument| argument.spec().clone()).collect();
    tour.show("the program, as traced", function.program(&signature)?);
    tour.show("the plan: fused steps over planned memory", function.plan(&signature)?);
    function.call(&arguments(8))?;
    function.call(&arguments(8))?;
    tour.show("compilations after two calls of one signature", function.compilations());
    function.call(&arguments(4))?;
    tour.show("after a call of another", function.compilations());
    Ok(())
}

/// One value in three ways: operation by operation, as a graph that is evaluated whole, and as a compiled function.
fn timing(study: &Study, tour: &mut Tour) -> Result<()> {
    tour.section("Timing: operation by operation, a whole graph at once, a compiled function");
    let times = study.choose(2000, 20);
    let arguments = Tensor::eval_all(&arguments(32), &Device::default_device()?)?;
    let function = traced();
    let eager = || network(&arguments, |value| Ok(value.eval()?));
    let lazy = || Ok(network(&arguments, Ok)?.eval()?);
    let compiled = || function.call(&arguments)?.pop().context("one result");
    let mut values = Vec::new();
    let mut took = Vec::new();
    for (name, run) in [("eager", &eager as &dyn Fn() -> Result<Tensor>), ("lazy", &lazy), ("traced", &compiled)] {
        values.push(run()?.item::<f32>()?); // compiles
        let start = Instant::now();
        for _ in 0..times {
            run()?.item::<f32>()?;
        }
        let microseconds = start.elapsed().as_secs_f64() * 1e6 / f64::from(times);
        tour.show(name, format!("{microseconds:.1} us"));
        study.result(&format!("{name}_microseconds"), microseconds);
        took.push(microseconds);
    }
    study.result("traced_speedup", took[0] / took[2]);
    let difference = values.iter().map(|value| (value - values[0]).abs()).fold(0.0, f32::max);
    study.result("traced_difference", difference);
    Ok(())
}
