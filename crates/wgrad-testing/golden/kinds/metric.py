"""Metrics: the value of `result()` after each of three updates, the last one after a reset."""

import keras
import numpy as np
import tensorflow as tf

from .case import Case, in_float64
from .loss import as_tensor, draw

BATCHES = (9, 4, 5)


class Entry:
    """`shape` and `true_shape` are those of a sample; `weight` that of a sample's weight (None: no weights). `pred` None: `Mean` and `Sum`."""

    stem = None

    def __init__(self, class_name, true, pred, shape=(), weight=None, true_shape=None, **constructor):
        self.class_name, self.true, self.pred, self.shape, self.weight = class_name, true, pred, shape, weight
        self.true_shape = shape if true_shape is None else true_shape
        self.constructor = constructor


def updates(entry, random):
    for batch in BATCHES:
        classes = entry.shape[-1] if entry.shape else entry.constructor.get("num_classes", 2)
        values = [draw(entry.true, (batch, *entry.true_shape), random, classes)]
        if entry.pred is not None:
            values.append(draw(entry.pred, (batch, *entry.shape), random, classes))
        weight = None if entry.weight is None else random.uniform(0.1, 2.0, (batch, *entry.weight)).astype(np.float32)
        yield values, weight


def compute(entry, data, dtype):
    metric, results = getattr(keras.metrics, entry.class_name)(**entry.constructor), []
    for number, (values, weight) in enumerate(data):
        if number == len(BATCHES) - 1:
            metric.reset_state()
        weight = None if weight is None else tf.constant(weight, dtype)
        metric.update_state(*[as_tensor(value, dtype) for value in values], sample_weight=weight)
        results.append(keras.ops.convert_to_numpy(metric.result()))
    return results


def write(folder, name, entry):
    case = Case("metric", name, entry.class_name)
    data = list(updates(entry, case.random))
    results = compute(entry, data, "float32")
    exact = in_float64(lambda: compute(entry, data, "float64")) or [None] * len(results)
    described = []
    for number, (values, weight) in enumerate(data):
        update = {"y_true": case.given(f"y_true.{number}", values[0])}
        if len(values) > 1:
            update["y_pred"] = case.given(f"y_pred.{number}", values[1])
        if weight is not None:
            update["sample_weight"] = case.given(f"sample_weight.{number}", weight)
        if number == len(BATCHES) - 1:
            update["reset_before"] = True
        update["result"] = case.result(f"result.{number}", results[number], exact[number], rtol=1e-5, atol=1e-6)
        described.append(update)
    config = getattr(keras.metrics, entry.class_name)(**entry.constructor).get_config()
    return case.write(folder, config=config, constructor=entry.constructor, updates=described)


SMALL = [
    Entry("Accuracy", "count", "count", (2,)),
    Entry("AUC", "bin", "sig", (1,), (), num_thresholds=20),
    Entry("BinaryAccuracy", "bin", "sig", (1,), ()),
    Entry("BinaryCrossentropy", "bin", "sig", (2,)),
    Entry("BinaryIoU", "bin", "sig", (2,)),
    Entry("CategoricalAccuracy", "onehot", "dist", (3,)),
    Entry("CategoricalCrossentropy", "onehot", "dist", (3,)),
    Entry("CategoricalHinge", "onehot", "reg", (3,)),
    Entry("ConcordanceCorrelation", "reg", "reg", (5,)),
    Entry("CosineSimilarity", "reg", "reg", (3,)),
    Entry("F1Score", "onehot", "dist", (3,)),
    Entry("FBetaScore", "bin", "sig", (3,), beta=0.5, average="weighted", threshold=0.4),
    Entry("FalseNegatives", "bin", "sig", (1,)),
    Entry("FalsePositives", "bin", "sig", (1,), ()),
    Entry("Hinge", "pm1", "reg", (2,)),
    Entry("IoU", "sparse", "sparse", num_classes=3, target_class_ids=[0, 2]),
    Entry("KLDivergence", "dist", "dist", (3,)),
    Entry("LogCoshError", "reg", "reg", (2,)),
    Entry("Mean", "reg", None, (3,), (3,)),
    Entry("MeanAbsoluteError", "reg", "reg", (2,)),
    Entry("MeanAbsolutePercentageError", "away0", "reg", (2,)),
    Entry("MeanIoU", "sparse", "sparse", num_classes=3),
    Entry("MeanSquaredError", "reg", "reg", (2,), ()),
    Entry("MeanSquaredLogarithmicError", "pos", "pos", (2,)),
    Entry("OneHotIoU", "onehot", "dist", (3,), num_classes=3, target_class_ids=[1]),
    Entry("OneHotMeanIoU", "onehot", "dist", (3,), num_classes=3),
    Entry("PearsonCorrelation", "reg", "reg", (5,)),
    Entry("Poisson", "count", "pos", (2,)),
    Entry("Precision", "bin", "sig", (1,)),
    Entry("PrecisionAtRecall", "bin", "sig", (1,), recall=0.6, num_thresholds=20),
    Entry("R2Score", "reg", "reg", (2,)),
    Entry("Recall", "bin", "sig", (3,), top_k=2),
    Entry("RecallAtPrecision", "bin", "sig", (1,), precision=0.5, num_thresholds=20),
    Entry("RootMeanSquaredError", "reg", "reg", (2,), ()),
    Entry("SensitivityAtSpecificity", "bin", "sig", (1,), specificity=0.5, num_thresholds=20),
    Entry("SparseCategoricalAccuracy", "sparse", "dist", (3,), true_shape=()),
    Entry("SparseCategoricalCrossentropy", "sparse", "dist", (3,), true_shape=()),
    Entry("SparseTopKCategoricalAccuracy", "sparse", "dist", (5,), true_shape=(), k=2),
    Entry("SpecificityAtSensitivity", "bin", "sig", (1,), sensitivity=0.5, num_thresholds=20),
    Entry("SquaredHinge", "pm1", "reg", (2,)),
    Entry("Sum", "reg", None, (), ()),
    Entry("TopKCategoricalAccuracy", "onehot", "dist", (5,), k=2),
    Entry("TrueNegatives", "bin", "sig", (1,)),
    Entry("TruePositives", "bin", "sig", (1,), thresholds=[0.3, 0.7]),
]

MEANS = [
    ("MeanSquaredError", "reg", "reg"),
    ("MeanAbsoluteError", "reg", "reg"),
    ("MeanAbsolutePercentageError", "away0", "reg"),
    ("MeanSquaredLogarithmicError", "pos", "pos"),
    ("RootMeanSquaredError", "reg", "reg"),
    ("LogCoshError", "reg", "reg"),
    ("CosineSimilarity", "reg", "reg"),
    ("KLDivergence", "dist", "dist"),
    ("Poisson", "count", "pos"),
    ("BinaryCrossentropy", "bin", "sig"),
    ("CategoricalCrossentropy", "onehot", "dist"),
    ("Hinge", "bin", "reg"),
    ("SquaredHinge", "bin", "reg"),
    ("CategoricalHinge", "onehot", "reg"),
    ("CategoricalAccuracy", "onehot", "dist"),
    ("BinaryAccuracy", "bin", "sig"),
    ("Accuracy", "count", "count"),
]
WIDE = []
for metric, true, pred in MEANS:
    WIDE += [Entry(metric, true, pred, (3, 4), (3,)), Entry(metric, true, pred, (2, 3, 4), (1, 3)), Entry(metric, true, pred, (5,), (1,))]
WIDE += [
    Entry("Mean", "reg", None, (2, 3), (2,)),
    Entry("Mean", "reg", None, (2, 3), None),
    Entry("Mean", "reg", None, (4,), ()),
    Entry("Sum", "reg", None, (2, 3), (2,)),
    Entry("Sum", "reg", None, (2, 3), None),
    Entry("Sum", "reg", None, (4,), ()),
    Entry("BinaryAccuracy", "bin", "sig", (3,), threshold=0.8),
    Entry("BinaryCrossentropy", "bin", "logit", (3,), from_logits=True, label_smoothing=0.2),
    Entry("CategoricalCrossentropy", "onehot", "logit", (4,), (), from_logits=True, label_smoothing=0.1),
    Entry("CategoricalCrossentropy", "dist1", "dist1", (4, 3), axis=1),
    Entry("CosineSimilarity", "reg", "reg", (3, 4), axis=1),
    Entry("SparseCategoricalCrossentropy", "sparse", "dist", (4,), (), true_shape=(1,)),
    Entry("SparseCategoricalCrossentropy", "sparse", "logit", (2, 4), (2,), true_shape=(2,), from_logits=True, ignore_class=1),
    Entry("SparseCategoricalAccuracy", "sparse", "dist", (2, 4), (2,), true_shape=(2,)),
    Entry("SparseCategoricalAccuracy", "sparse", "logit", (3, 2, 4), true_shape=(3, 2)),
    Entry("SparseTopKCategoricalAccuracy", "sparse", "dist", (2, 6), (2,), true_shape=(2,), k=3),
    Entry("SparseTopKCategoricalAccuracy", "sparse", "dist", (6,), (), true_shape=(), k=6),
    Entry("SparseTopKCategoricalAccuracy", "sparse", "dist", (6,), true_shape=(), k=1, from_sorted_ids=False),
    Entry("TopKCategoricalAccuracy", "onehot", "dist", (3, 6), (3,), k=2),
    Entry("TopKCategoricalAccuracy", "onehot", "dist", (8,), k=8),
    Entry("TopKCategoricalAccuracy", "onehot", "logit", (8,), (), k=1),
    Entry("AUC", "bin", "sig", (1,), num_thresholds=30, curve="PR", summation_method="minoring"),
    Entry("AUC", "bin", "sig", (1,), (), num_thresholds=30, curve="PR", summation_method="majoring"),
    Entry("AUC", "bin", "sig", (), (), num_thresholds=3),
    Entry("AUC", "bin", "sig", (4,), thresholds=[0.1, 0.25, 0.5, 0.9]),
    Entry("AUC", "bin", "sig", (4,), (), curve="PR", multi_label=True, num_labels=4, num_thresholds=25),
    Entry("AUC", "bin", "sig", (3,), multi_label=True, label_weights=[0.2, 1.0, 3.0], num_thresholds=25),
    Entry("AUC", "bin", "logit", (3,), (), from_logits=True, curve="PR", num_thresholds=15),
    Entry("AUC", "bin", "sig", (1,), num_thresholds=500),
    Entry("AUC", "bin", "sig", (1,), curve="PRGAIN", num_thresholds=30),
    Entry("F1Score", "onehot", "dist", (4,), average="macro"),
    Entry("F1Score", "bin", "sig", (4,), average="micro", threshold=0.5),
    Entry("F1Score", "bin", "sig", (4,), (), threshold=0.2),
    Entry("FBetaScore", "onehot", "dist", (5,), (), beta=0.3),
    Entry("FBetaScore", "onehot", "dist", (5,), beta=3.0, average="micro"),
    Entry("FBetaScore", "bin", "sig", (5,), beta=1.7, average="macro", threshold=0.6),
    Entry("Precision", "bin", "sig", (4,), ()),
    Entry("Precision", "bin", "sig", (4,), thresholds=[0.1, 0.4, 0.9]),
    Entry("Precision", "bin", "dist", (6,), (), top_k=3, class_id=2),
    Entry("Precision", "bin", "sig", (2, 3), (2,)),
    Entry("Precision", "bin", "sig", (4,), class_id=0, thresholds=0.7),
    Entry("Precision", "bin", "dist", (6,), top_k=1),
    Entry("Recall", "bin", "sig", (4,), ()),
    Entry("Recall", "bin", "sig", (4,), thresholds=[0.0, 0.5, 1.0]),
    Entry("Recall", "bin", "dist", (6,), (), top_k=2, class_id=5),
    Entry("Recall", "bin", "sig", (2, 3), (2, 1)),
    Entry("Recall", "bin", "sig", (4,), class_id=3),
    Entry("TruePositives", "bin", "sig", (3,), ()),
    Entry("TruePositives", "bin", "sig", (2, 3), (2,), thresholds=[0.2, 0.4, 0.6]),
    Entry("TrueNegatives", "bin", "sig", (3,), (), thresholds=[0.2, 0.9]),
    Entry("FalsePositives", "bin", "sig", (3,), (), thresholds=[0.2, 0.9]),
    Entry("FalseNegatives", "bin", "sig", (3,), (), thresholds=[0.2, 0.9]),
    Entry("FalseNegatives", "bin", "sig", (2, 2), thresholds=0.8),
    Entry("SensitivityAtSpecificity", "bin", "sig", (2,), (), specificity=0.8, num_thresholds=40),
    Entry("SensitivityAtSpecificity", "bin", "sig", (1,), specificity=0.23),
    Entry("SensitivityAtSpecificity", "bin", "sig", (3,), specificity=0.5, class_id=1, num_thresholds=1),
    Entry("SpecificityAtSensitivity", "bin", "sig", (2,), (), sensitivity=0.77, num_thresholds=40),
    Entry("SpecificityAtSensitivity", "bin", "sig", (3,), sensitivity=0.3, class_id=2),
    Entry("PrecisionAtRecall", "bin", "sig", (2,), (), recall=0.9, num_thresholds=40),
    Entry("PrecisionAtRecall", "bin", "sig", (3,), recall=0.4, class_id=0),
    Entry("RecallAtPrecision", "bin", "sig", (2,), (), precision=0.7, num_thresholds=40),
    Entry("RecallAtPrecision", "bin", "sig", (3,), precision=0.3, class_id=1),
    Entry("RecallAtPrecision", "bin", "sig", (1,), precision=0.99, num_thresholds=10),
    Entry("R2Score", "reg", "reg", (3,), (), class_aggregation=None),
    Entry("R2Score", "reg", "reg", (3,), class_aggregation="variance_weighted_average"),
    Entry("R2Score", "reg", "reg", (3,), num_regressors=2),
    Entry("R2Score", "reg", "reg", (1,), ()),
    Entry("PearsonCorrelation", "reg", "reg", (6,), ()),
    Entry("PearsonCorrelation", "reg", "reg", (4, 3), axis=1),
    Entry("ConcordanceCorrelation", "reg", "reg", (6,), ()),
    Entry("ConcordanceCorrelation", "reg", "reg", (4, 3), axis=1),
    Entry("IoU", "sparse", "sparse", (), (), num_classes=4, target_class_ids=[1]),
    Entry("IoU", "sparse", "sparse", (), num_classes=4, target_class_ids=[0, 1, 3], ignore_class=2),
    Entry("IoU", "onehot", "dist", (4,), (), num_classes=4, target_class_ids=[0, 3], sparse_y_true=False, sparse_y_pred=False),
    Entry("MeanIoU", "sparse", "dist", (4,), true_shape=(), num_classes=4, sparse_y_pred=False),
    Entry("MeanIoU", "sparse", "sparse", (), (), num_classes=5, ignore_class=0),
    Entry("MeanIoU", "sparse", "sparse", (2, 3), (2, 3), num_classes=3),
    Entry("BinaryIoU", "bin", "sig", (3,), (3,), target_class_ids=[1], threshold=0.3),
    Entry("BinaryIoU", "bin", "sig", (2, 2), target_class_ids=[0]),
    Entry("OneHotIoU", "onehot", "dist", (5,), (), num_classes=5, target_class_ids=[0, 4]),
    Entry("OneHotIoU", "onehot", "sparse", (), true_shape=(3,), num_classes=3, target_class_ids=[2], sparse_y_pred=True),
    Entry("OneHotMeanIoU", "onehot", "dist", (5,), (), num_classes=5, ignore_class=1),
]
