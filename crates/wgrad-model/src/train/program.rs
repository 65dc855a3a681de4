//! The programs of a model: one training step, one evaluation step, one prediction, each for a batch size and a place of the data.
//!
//! Whatever changes from step to step is an input. All trainable variables are one flat tensor, cut into parameters inside the program;
//! gradients are joined the same way, so that the optimizer's step is element-wise work over flat tensors.

use super::history::Logs;
use crate::{
    Error, Model, Result, Scope,
    layout::join,
    metrics::{Addend, NamedMetric, join_addends, mean_of},
    optimizers::{Optimizer, step},
};
use std::{collections::HashMap, sync::Arc};
use wgrad_tensor::{DType, Executable, Program, Shape, Spec, Tensor, Traced, Value, device::Stats, grad};

/// What a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Train,
    Evaluate,
    Predict,
}

/// What tells two programs of a model apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) batch: usize,
    /// The data that the program is given: all of it, or one batch.
    pub(crate) x: Spec,
    pub(crate) y: Option<Spec>,
    /// Whether the program gathers its batch from all of the data.
    pub(crate) gathers: bool,
}

/// What an input or output of a program stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Trainable,
    Slot(usize),
    State,
    Sums,
    Predictions,
    X,
    Y,
    Rows,
    /// The optimizer's numbers of the step.
    Scalars,
    /// The key of the step's random numbers.
    Random,
}

/// A compiled program, and what its inputs and outputs are.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) executable: Arc<dyn Executable>,
    pub(crate) inputs: Vec<Role>,
    pub(crate) outputs: Vec<Role>,
    /// Values that layers of the user's own hold.
    pub(crate) captured: Vec<Value>,
}

/// A program, and what its inputs and outputs are.
#[derive(Debug)]
pub(crate) struct TracedStep {
    pub(crate) traced: Traced,
    inputs: Vec<Role>,
    outputs: Vec<Role>,
}

/// The programs compiled so far.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    steps: HashMap<Key, Arc<Step>>,
    pub(crate) compilations: usize,
}

impl Programs {
    /// The cost of the training step of the largest batch.
    pub(crate) fn training_stats(&self) -> Option<&Stats> {
        let training = self.steps.iter().filter(|(key, _)| key.kind == Kind::Train);
        training.max_by_key(|(key, _)| key.batch).map(|(_, step)| step.executable.stats())
    }

    pub(crate) fn sources(&self) -> Vec<String> {
        self.steps.values().map(|step| step.executable.source()).collect()
    }
}

/// The sums that a program keeps for the loss and the metrics: the loss and the number of samples, then those of each metric.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) metrics: Vec<NamedMetric>,
}

impl Tally {
    pub(crate) fn len(&self) -> usize {
        2 + self.metrics.iter().map(|metric| metric.sums).sum::<usize>()
    }

    /// Loss and metrics of the sums.
    pub(crate) fn logs(&self, sums: &[f32]) -> Logs {
        let mut logs = Logs::default();
        let (loss, mut rest) = sums.split_at_checked(2).unwrap_or_default();
        logs.0.insert("loss".into(), mean_of(loss));
        for NamedMetric { name, metric, sums } in &self.metrics {
            let (own, others) = rest.split_at_checked(*sums).unwrap_or_default();
            logs.0.insert(name.clone(), metric.result(own));
            rest = others;
        }
        logs
    }

    /// What a batch adds to the sums.
    fn update(&self, loss: &Tensor, batch: usize, y: &Tensor, y_pred: &Tensor) -> Tensor {
        let mut addends = vec![Addend::Elements(loss * batch as f32), Addend::Number(batch as f32)];
        addends.extend(self.metrics.iter().flat_map(|m| m.metric.update(y, y_pred, None)));
        join_addends(&addends, self.len())
    }
}

/// A program while it is put together.
#[derive(Default)]
struct Builder {
    inputs: Vec<(Role, Tensor)>,
    outputs: Vec<(Role, Tensor)>,
}

impl Builder {
    fn input(&mut self, role: Role, dtype: DType, shape: impl Into<Shape>) -> Tensor {
        let name = format!("{role:?}").to_lowercase();
        let tensor = Tensor::placeholder(&name, Spec::new(dtype, shape));
        self.inputs.push((role, tensor.clone()));
        tensor
    }

    /// Traces, and donates each input to the output of its role.
    fn finish(self) -> Result<TracedStep> {
        let (inputs, placeholders): (Vec<_>, Vec<_>) = self.inputs.into_iter().unzip();
        let (outputs, results): (Vec<_>, Vec<_>) = self.outputs.into_iter().unzip();
        let mut traced = Program::trace(&placeholders, &results)?;
        let donated = outputs.iter().enumerate().filter_map(|(o, role)| Some((inputs.iter().position(|r| r == role)?, o)));
        traced.program.donations = donated.collect();
        Ok(TracedStep { traced, inputs, outputs })
    }
}

impl Model {
    /// The program for `key`, compiled where it is new.
    pub(crate) fn program(&mut self, key: Key, tally: &Tally) -> Result<Arc<Step>> {
        if let Some(step) = self.programs.steps.get(&key) {
            return Ok(step.clone());
        }
        let TracedStep { traced, inputs, outputs } = self.trace_step(&key, tally)?;
        let executable = self.device.compile(&traced.program)?;
        let step = Arc::new(Step { executable, inputs, outputs, captured: traced.captured });
        self.programs.compilations += 1;
        self.programs.steps.insert(key, step.clone());
        Ok(step)
    }

    /// The program for `key`, not compiled.
    pub(crate) fn trace_step(&self, key: &Key, tally: &Tally) -> Result<TracedStep> {
        let mut builder = Builder::default();
        let trainable = builder.input(Role::Trainable, DType::F32, [self.layout.trainable]);
        let state = Tensor::placeholder("state", Spec::new(DType::F32, [self.layout.state]));
        if self.layout.state > 0 {
            builder.inputs.push((Role::State, state.clone()));
        }
        let values = self.layout.split(&trainable, &state);
        let (x, y) = batch_inputs(&mut builder, key);
        let random = Tensor::placeholder("random", Spec::new(DType::U32, [3]));
        let training = key.kind == Kind::Train;
        let mut scope = Scope::bind(&self.layout.variables, &values, training, training.then(|| random.clone()));
        let y_pred = {
            let _errors_name_it = wgrad_tensor::scope::enter(&self.name);
            self.network.call(&mut scope, &x)
        };
        y_pred.check()?;
        if scope.is_random() {
            builder.inputs.push((Role::Random, random));
        }
        let Some(y) = y else {
            builder.outputs.push((Role::Predictions, y_pred));
            return builder.finish();
        };
        let compiled = self.compiled()?;
        let loss = compiled.loss.value(&y, &y_pred, scope.logits(&y_pred), None, None);
        let sums = builder.input(Role::Sums, DType::F32, [tally.len()]);
        builder.outputs.push((Role::Sums, sums + tally.update(&loss, key.batch, &y, &y_pred)));
        if training {
            self.optimize(&mut builder, &*compiled.optimizer, &loss, &trainable, &values)?;
            self.update_state(&mut builder, &scope, &values);
        }
        builder.finish()
    }

    /// The optimizer's step over the flat parameters.
    fn optimize(
        &self,
        builder: &mut Builder,
        optimizer: &dyn Optimizer,
        loss: &Tensor,
        trainable: &Tensor,
        values: &[Tensor],
    ) -> Result<()> {
        let of_variables = values.iter().zip(&self.layout.variables);
        let parameters: Vec<&Tensor> = of_variables.filter(|(_, v)| v.trainable).map(|(value, _)| value).collect();
        let gradients = grad(&step::scale_loss(optimizer, loss), &parameters);
        let gradients: Vec<Tensor> = gradients.into_iter().zip(&parameters).map(|(g, p)| g.unwrap_or_else(|| p.zeros_like())).collect();
        let Some(gradient) = join(&gradients) else {
            return Err(Error::invalid(&self.name, "there is nothing to train: no layer has parameters that may change"));
        };
        let arena = self.layout.arena();
        let slots = step::slots(optimizer, &arena).into_iter().enumerate();
        let slots: Vec<Tensor> = slots.map(|(i, slot)| builder.input(Role::Slot(i), DType::F32, [slot.len])).collect();
        let count = step::scalars(optimizer, 0.0, 1).len();
        let scalars = builder.input(Role::Scalars, DType::F32, [count]);
        let scalars: Vec<Tensor> = (0..count).map(|i| scalars.i(i)).collect();
        let updated = step::apply(optimizer, &arena, trainable, &gradient, &slots, &scalars);
        builder.outputs.push((Role::Trainable, updated.parameters));
        builder.outputs.extend(updated.slots.into_iter().enumerate().map(|(i, slot)| (Role::Slot(i), slot)));
        Ok(())
    }

    /// The state after the step, where layers changed some of it.
    fn update_state(&self, builder: &mut Builder, scope: &Scope, values: &[Tensor]) {
        let state = self.layout.variables.iter().enumerate().filter(|(_, variable)| !variable.trainable);
        let state: Vec<usize> = state.map(|(i, _)| i).collect();
        if state.iter().all(|&i| scope.updated(i).is_none()) {
            return;
        }
        let after: Vec<Tensor> = state.iter().map(|&i| scope.updated(i).unwrap_or(&values[i]).clone()).collect();
        builder.outputs.extend(join(&after).map(|state| (Role::State, state)));
    }
}

/// Inputs and labels of the batch: gathered from all of the data, or given.
fn batch_inputs(builder: &mut Builder, key: &Key) -> (Tensor, Option<Tensor>) {
    let x = builder.input(Role::X, key.x.dtype, &key.x.shape);
    let y = key.y.as_ref().map(|y| builder.input(Role::Y, y.dtype, &y.shape));
    if !key.gathers {
        return (x, y);
    }
    let rows = builder.input(Role::Rows, DType::I32, [key.batch]);
    (x.take(&rows, 0), y.map(|y| y.take(&rows, 0)))
}
