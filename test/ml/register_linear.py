"""Registers a model that is no tree ensemble."""

import sys

import mlflow
import numpy
from skl2onnx import to_onnx
from sklearn.linear_model import LinearRegression

x = numpy.random.default_rng(1).random((50, 15)).astype(numpy.float32)
model = to_onnx(LinearRegression().fit(x, x.sum(axis=1)), x[:1], target_opset=15)
with mlflow.start_run():
    mlflow.onnx.log_model(model, name="model", registered_model_name=sys.argv[1])
