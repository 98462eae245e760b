"""Reads a registered model by its alias as MLflow's own users do, and says what it answers to rows of JSON from stdin."""

import json
import sys

import mlflow
import numpy

name, alias = sys.argv[1:3]
rows = numpy.array(json.load(sys.stdin), dtype=numpy.float32)
answer = mlflow.pyfunc.load_model(f"models:/{name}@{alias}").predict(rows)
values = next(iter(answer.values())) if isinstance(answer, dict) else answer
print(json.dumps(numpy.asarray(values).tolist()))
