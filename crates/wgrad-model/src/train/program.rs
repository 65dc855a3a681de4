//! The programs of a model: one training step, one evaluation step, one prediction, each for a batch size and a place of the data.
//!
//! Whatever changes from step to step is an input. All trainable variables are one flat tensor, cut into parameters inside the program;
//! gradients are joined the same way, so that the optimizer's step is element-wise work over flat tensors.

use super::{
    by_row::by_row,
    columns::Columns,
    custom_step::{CustomStep, TrainStep},
    memory::StepMemory,
    tally::{Tally, losses},
};
use crate::{
    ANY, Error, Model, Result, Scope,
    compile::Objective,
    layout::join,
    optimizers::{Arena, Optimizer, step},
    scope::Lookup,
};
use std::{collections::HashMap, sync::Arc};
use wgrad_tensor::{DType, Executable, Program, Shape, Spec, Tensor, Traced, Value, grad};

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
    pub(crate) data: Columns<Spec>,
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
    /// Those of an output.
    Predictions(usize),
    /// An input of the model.
    X(usize),
    /// The labels of an output.
    Y(usize),
    /// The weights of the samples for an output.
    Weight(usize),
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
    pub(crate) memory: StepMemory,
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
    /// The training step of the largest batch.
    pub(crate) fn training_step(&self) -> Option<&dyn Executable> {
        let training = self.steps.iter().filter(|(key, _)| key.kind == Kind::Train);
        training.max_by_key(|(key, _)| key.batch).map(|(_, step)| &*step.executable)
    }

    pub(crate) fn sources(&self) -> Vec<String> {
        self.steps.values().map(|step| step.executable.source()).collect()
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
        let memory = StepMemory::new(&traced.program.inputs, &inputs, executable.stats());
        self.check_memory(&key, &memory)?;
        let step = Arc::new(Step { executable, inputs, outputs, captured: traced.captured, memory });
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
        let batch = batch_inputs(&mut builder, key);
        let random = Tensor::placeholder("random", Spec::new(DType::U32, [3]));
        let training = key.kind == Kind::Train;
        let scope = Scope::bind(&self.layout.variables, &values, training, training.then(|| random.clone()));
        let mut scope = scope.with_trainability(&self.trainability).with_remat(&self.remat).with_dtype_policy(&self.dtype_policy)?;
        let (y_pred, custom_loss) = self.forward(training, &mut scope, &batch)?;
        if scope.is_random() {
            builder.inputs.push((Role::Random, random));
        }
        // Layers that keep a state of each sample change it in every call.
        if key.kind == Kind::Predict {
            self.update_state(&mut builder, &scope, &values, None);
            builder.outputs.extend(y_pred.into_iter().enumerate().map(|(i, y)| (Role::Predictions(i), y)));
            return builder.finish();
        }
        let compiled = self.compiled()?;
        self.check_lengths(&compiled.objectives, &batch, &y_pred)?;
        let mut loss = losses(&compiled.objectives, &scope, &batch, &y_pred);
        loss.total = custom_loss.unwrap_or(loss.total);
        let sums = builder.input(Role::Sums, DType::F32, [tally.len()]);
        builder.outputs.push((Role::Sums, sums + tally.update(&loss, key.batch, &scope, &batch, &y_pred)));
        let is_done =
            if training { self.optimize(&mut builder, &*compiled.optimizer, &loss.total, &scope, &trainable, &values)? } else { None };
        self.update_state(&mut builder, &scope, &values, is_done.as_ref());
        builder.finish()
    }

    /// Labels for outputs of any length were taken as they came: only here it is known how long the predictions are.
    fn check_lengths(&self, objectives: &[Objective], batch: &Columns<Tensor>, y_pred: &[Tensor]) -> Result<()> {
        let of_outputs = self.outputs.iter().zip(objectives).zip(&batch.y).zip(y_pred);
        for ((((name, _), objective), y), y_pred) in of_outputs.filter(|((((_, spec), _), _), _)| spec.shape.contains(&ANY)) {
            let (Some(y), Some(loss)) = (y, &objective.loss) else { continue };
            if loss.label_shape(y.shape(), y_pred.shape()).as_ref() != Ok(y.shape()) {
                let expected = format!("labels for predictions of {}", y_pred.shape());
                return Err(Error::mismatch(format!("labels y of output {name}"), expected, y.spec().to_string()));
            }
        }
        Ok(())
    }

    /// The predictions for a batch and, in a training step of the user's own, its loss.
    pub(super) fn forward(&self, training: bool, scope: &mut Scope, batch: &Columns<Tensor>) -> Result<(Vec<Tensor>, Option<Tensor>)> {
        let _errors_name_it = wgrad_tensor::scope::enter(&self.name);
        let (y_pred, loss) = match (&self.train_step, &self.compiled) {
            (Some(CustomStep(step)), Some(compiled)) if training => {
                let objectives = &compiled.objectives;
                let result = step(&mut TrainStep { scope, network: &*self.network, batch, objectives });
                (result.predictions, Some(result.loss))
            }
            _ => (scope.call(&*self.network, &batch.x).1, None),
        };
        y_pred.iter().chain(&loss).try_for_each(|y| y.check().map(drop))?;
        if y_pred.len() != self.outputs.len() {
            let rule = format!("the training step gives {} predictions, the model has {} outputs", y_pred.len(), self.outputs.len());
            return Err(Error::invalid(&self.name, rule));
        }
        match loss.as_ref().filter(|loss| loss.rank() != 0 || !loss.dtype().is_float()) {
            Some(loss) => {
                Err(Error::invalid(&self.name, format!("the loss of the training step must be a float scalar, got {}", loss.spec())))
            }
            None => Ok((y_pred, loss)),
        }
    }

    /// The optimizer's step over the flat parameters, and whether it is done, where it may be skipped.
    fn optimize(
        &self,
        builder: &mut Builder,
        optimizer: &dyn Optimizer,
        loss: &Tensor,
        scope: &Scope,
        trainable: &Tensor,
        values: &[Tensor],
    ) -> Result<Option<Tensor>> {
        let of_variables = values.iter().zip(&self.layout.variables);
        let parameters: Vec<&Tensor> = of_variables.filter(|(_, v)| v.trainable).map(|(value, _)| value).collect();
        let learning = self.layout.variables.iter().enumerate().filter(|(_, v)| v.trainable);
        let lookups: Vec<Vec<&Lookup>> = learning.map(|(i, _)| scope.lookups(i)).collect();
        let sources: Vec<&Tensor> = parameters.iter().copied().chain(lookups.iter().flatten().map(|lookup| &lookup.rows)).collect();
        let slots = step::slots(optimizer, &self.layout.arena()).into_iter().enumerate();
        let slots: Vec<Tensor> = slots.map(|(i, slot)| builder.input(Role::Slot(i), DType::F32, [slot.len])).collect();
        let mut gradients = grad(&step::scale_loss(optimizer, loss, &slots), &sources);
        let of_rows = gradients.split_off(parameters.len());
        let has_gradient: Vec<bool> = gradients.iter().map(Option::is_some).collect();
        let gradients: Vec<Tensor> = gradients.into_iter().zip(&parameters).map(|(g, p)| g.unwrap_or_else(|| p.zeros_like())).collect();
        let Some(gradient) = join(&gradients) else {
            return Err(Error::invalid(&self.name, "there is nothing to train: no layer has parameters that may change"));
        };
        let arena = self.layout.arena().with_gradients(has_gradient).by_row(by_row(&gradients, &lookups, of_rows));
        let count = step::scalars(optimizer, 0.0, 1).len();
        let scalars = builder.input(Role::Scalars, DType::F32, [count]);
        let changed = self.changed_parameters(scope, &arena, trainable, &parameters);
        let updated = step::apply(optimizer, &arena, &changed, &gradient, &slots, &scalars);
        let constrained = self.layout.variables.iter().filter(|v| v.trainable).map(|v| v.constraint.as_ref());
        let constraints: Vec<_> = constrained.collect();
        let parameters = match constraints.iter().flatten().next() {
            None => updated.parameters,
            Some(_) => {
                let each = arena.split(&updated.parameters).into_iter().zip(&constraints);
                arena.join(&each.map(|(p, constraint)| constraint.map_or(p.clone(), |c| c.project(&p))).collect::<Vec<_>>())
            }
        };
        let is_done = step::is_done(optimizer, &gradient);
        builder.outputs.push((Role::Trainable, where_done(is_done.as_ref(), parameters, trainable)));
        builder.outputs.extend(updated.slots.into_iter().enumerate().map(|(i, slot)| (Role::Slot(i), slot)));
        Ok(is_done)
    }

    /// The flat parameters, with what layers made of some of them.
    fn changed_parameters(&self, scope: &Scope, arena: &Arena, trainable: &Tensor, parameters: &[&Tensor]) -> Tensor {
        let numbers = self.layout.variables.iter().enumerate().filter(|(_, variable)| variable.trainable).map(|(i, _)| i);
        let changed: Vec<Option<&Tensor>> = numbers.map(|i| scope.updated(i)).collect();
        if changed.iter().all(Option::is_none) {
            return trainable.clone();
        }
        arena.join(&changed.into_iter().zip(parameters).map(|(changed, value)| changed.unwrap_or(value).clone()).collect::<Vec<_>>())
    }

    /// The state after the step, where layers changed some of it and it was not skipped.
    fn update_state(&self, builder: &mut Builder, scope: &Scope, values: &[Tensor], is_done: Option<&Tensor>) {
        let state = self.layout.variables.iter().enumerate().filter(|(_, variable)| !variable.trainable);
        let state: Vec<usize> = state.map(|(i, _)| i).collect();
        if state.iter().all(|&i| scope.updated(i).is_none()) {
            return;
        }
        let after = state.iter().map(|&i| where_done(is_done, scope.updated(i).unwrap_or(&values[i]).clone(), &values[i]));
        let after: Vec<Tensor> = after.collect();
        builder.outputs.extend(join(&after).map(|state| (Role::State, state)));
    }
}

/// What a step makes of a tensor; the tensor as it was where the step is skipped.
fn where_done(is_done: Option<&Tensor>, after: Tensor, before: &Tensor) -> Tensor {
    is_done.map_or(after.clone(), |is_done| is_done.where_(after, before))
}

/// The tensors of the batch: gathered from all of the data, or given.
fn batch_inputs(builder: &mut Builder, key: &Key) -> Columns<Tensor> {
    let given = key.data.map_with_role(|role, spec| builder.input(role, spec.dtype, &spec.shape));
    if !key.gathers {
        return given;
    }
    let rows = builder.input(Role::Rows, DType::I32, [key.batch]);
    given.map_with_role(|_, tensor| tensor.take(&rows, 0))
}
