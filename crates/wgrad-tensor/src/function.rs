//! Functions that are traced and compiled once for each signature, then replayed.

use crate::{
    Device, Executable, Program, Result, Spec, Tensor, Traced, Value,
    gradient::ancestors,
    plan::{Plan, PlanOptions},
    tensor::Kind,
};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

/// A function of tensors that runs as one compiled program.
///
/// The body is traced when the function is called with a new signature (the dtypes and shapes of its arguments); later calls of that signature replay
/// the program. Other tensors that the body uses are captured at that time with their values; what changes must be an argument.
///
/// `WGRAD_DUMP=program`, `plan` or `wgsl` (or several, with commas between) prints what is compiled to the standard error output.
///
/// ```
/// # use wgrad_cpu as _;
/// use wgrad_tensor::{Function, Tensor, grad};
/// let slope = Function::new(|x| grad(&(&x[0] * &x[0]).sum(()), &[&x[0]]).into_iter().flatten().collect());
/// assert_eq!(slope.call(&[Tensor::from([1.0f32, 2.0])])?[0].to_vec::<f32>()?, [2.0, 4.0]);
/// assert_eq!(slope.call(&[Tensor::from([3.0f32, 4.0])])?[0].to_vec::<f32>()?, [6.0, 8.0]);
/// assert_eq!(slope.compilations(), 1);
/// # Ok::<(), wgrad_tensor::Error>(())
/// ```
pub struct Function {
    body: Box<Body>,
    donations: Vec<(usize, usize)>,
    device: OnceLock<Device>,
    compiled: Mutex<HashMap<Vec<Spec>, Arc<Compiled>>>,
}

type Body = dyn Fn(&[Tensor]) -> Vec<Tensor> + Send + Sync;

struct Compiled {
    executable: Arc<dyn Executable>,
    captured: Vec<Value>,
}

impl Function {
    /// A function that computes `body`, on the default device of the time of its first call.
    pub fn new(body: impl Fn(&[Tensor]) -> Vec<Tensor> + Send + Sync + 'static) -> Function {
        Function { body: Box::new(body), donations: Vec::new(), device: OnceLock::new(), compiled: Mutex::default() }
    }

    /// The function on `device`.
    pub fn on(self, device: &Device) -> Function {
        Function { device: OnceLock::from(device.clone()), compiled: Mutex::default(), ..self }
    }

    /// The function whose results may take the storage of its arguments: pairs `(argument, result)` of one dtype and shape. An argument is given up
    /// where nobody else holds its value, see [`Function::run`]; else it is left as it is.
    pub fn donate(self, pairs: impl IntoIterator<Item = (usize, usize)>) -> Function {
        Function { donations: pairs.into_iter().collect(), compiled: Mutex::default(), ..self }
    }

    /// Calls the function. Arguments without values are computed first. Where an argument depends on placeholders, because the call is itself being
    /// traced, the body becomes a part of that trace.
    ///
    /// # Errors
    /// Errors that arguments or results carry; a result that depends on a placeholder of another trace; the device's errors.
    pub fn call(&self, arguments: &[Tensor]) -> Result<Vec<Tensor>> {
        let sources = ancestors(arguments, |_| false);
        if sources.iter().any(|node| matches!(node.0.kind, Kind::Placeholder(_))) {
            return Ok((self.body)(arguments));
        }
        let arguments = Tensor::eval_all(arguments, self.device()?)?;
        let results = self.run(arguments.iter().filter_map(Tensor::value).cloned().collect())?;
        Ok(results.into_iter().map(Tensor::from_value).collect())
    }

    /// Calls the function with values that it may take: the storage of donated ones is used for results if nobody else holds it.
    ///
    /// # Errors
    /// As [`Function::call`].
    pub fn run(&self, arguments: Vec<Value>) -> Result<Vec<Value>> {
        let device = self.device()?;
        let signature: Vec<Spec> = arguments.iter().map(|value| value.spec.clone()).collect();
        let compiled = self.compiled(&signature)?;
        let mut inputs = arguments.into_iter().map(|value| device.adopt(value)).collect::<Result<Vec<_>>>()?;
        inputs.extend(compiled.captured.iter().cloned());
        compiled.executable.run(inputs)
    }

    /// The number of signatures that the function was compiled for.
    pub fn compilations(&self) -> usize {
        self.cache().len()
    }

    /// The program for a signature, as it was traced: its inputs are the arguments, then the captured values.
    ///
    /// # Errors
    /// Errors that results carry; donations that do not fit.
    pub fn program(&self, signature: &[Spec]) -> Result<Program> {
        Ok(self.trace(signature)?.program)
    }

    /// The plan for a signature, as it is made for a device with the default limits.
    ///
    /// # Errors
    /// As [`Function::program`].
    pub fn plan(&self, signature: &[Spec]) -> Result<Plan> {
        Plan::new(&self.program(signature)?, &PlanOptions::default())
    }

    /// What the device runs for a signature: WGSL on GPUs, the plan on others. Compiles it where that has not been done.
    ///
    /// # Errors
    /// As [`Function::call`].
    pub fn source(&self, signature: &[Spec]) -> Result<String> {
        Ok(self.executable(signature)?.source())
    }

    /// The compiled program for a signature, for its costs. Compiles it where that has not been done.
    ///
    /// # Errors
    /// As [`Function::call`].
    pub fn executable(&self, signature: &[Spec]) -> Result<Arc<dyn Executable>> {
        Ok(self.compiled(signature)?.executable.clone())
    }

    /// The device that the function runs on.
    ///
    /// # Errors
    /// Where none was given, those of [`Device::default_device`].
    pub fn device(&self) -> Result<&Device> {
        if let Some(device) = self.device.get() {
            return Ok(device);
        }
        let device = Device::default_device()?;
        Ok(self.device.get_or_init(|| device))
    }

    fn trace(&self, signature: &[Spec]) -> Result<Traced> {
        let placeholder = |(i, spec): (usize, &Spec)| Tensor::placeholder(&format!("argument {i}"), spec.clone());
        let arguments: Vec<Tensor> = signature.iter().enumerate().map(placeholder).collect();
        let mut traced = Program::trace(&arguments, &(self.body)(&arguments))?;
        traced.program.donations = self.donations.clone();
        traced.program.verify()?;
        Ok(traced)
    }

    fn compiled(&self, signature: &[Spec]) -> Result<Arc<Compiled>> {
        if let Some(compiled) = self.cache().get(signature) {
            return Ok(compiled.clone());
        }
        // Traced without the lock: the body may call other functions, or this one.
        let traced = self.trace(signature)?;
        let device = self.device()?;
        let executable = device.compile(&traced.program)?;
        // Uploaded once, not at every call.
        let upload = |value: Value| if value.host().is_some() { device.put(&device.read(&value)?) } else { device.adopt(value) };
        let captured = traced.captured.into_iter().map(upload).collect::<Result<_>>()?;
        let compiled = Compiled { executable, captured };
        Ok(self.cache().entry(signature.to_vec()).or_insert(Arc::new(compiled)).clone())
    }

    fn cache(&self) -> MutexGuard<'_, HashMap<Vec<Spec>, Arc<Compiled>>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({} compilations on {:?})", self.compilations(), self.device.get().map(|device| &device.info().name))
    }
}
