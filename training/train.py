"""The documented models on our own history, registered in MLflow: RandomForest for durations, IsolationForest for anomalies.

    node training/export.ts > history.csv
    MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python training/train.py history.csv

The service tries each new version of ticket-duration-predictor in a back-test and makes it challenger or champion if
it is better (docs/prediction.md). The anomaly detector is registered for people: the service has its own.
"""

import os
import sys

import mlflow
import numpy
import pandas
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import IsolationForest, RandomForestRegressor

DURATION_MODEL = "ticket-duration-predictor"
ANOMALY_MODEL = "ticket-anomaly-detector"
EXPERIMENT = os.environ.get("MLFLOW_EXPERIMENT_NAME", "orchestrator-predictive-models")
TARGET = "actual_duration_ms"


def register(name, model, features, tags):
    """Registers a scikit-learn model as ONNX; answers its version in MLflow."""
    shape = [("X", FloatTensorType([None, features]))]
    opset = {"": 15, "ai.onnx.ml": 3}
    onnx_model = convert_sklearn(model, initial_types=shape, target_opset=opset)
    with mlflow.start_run(experiment_id=mlflow.set_experiment(EXPERIMENT).experiment_id):
        info = mlflow.onnx.log_model(onnx_model, name="model", registered_model_name=name)
    version = info.registered_model_version
    client = mlflow.MlflowClient()
    for key, value in tags.items():
        client.set_model_version_tag(name, version, key, value)
    return version


def main(path):
    # Columns are documented-15 in their order, then the target; rows are oldest first.
    rows = pandas.read_csv(path)
    x = rows.drop(columns=[TARGET]).to_numpy(numpy.float32)
    y = rows[TARGET].to_numpy()
    forest = RandomForestRegressor(
        n_estimators=100, max_depth=10, min_samples_split=5, min_samples_leaf=2, random_state=42
    ).fit(x, y)
    tags = {"orchestrator.feature_schema": "documented-15", "orchestrator.unit": "ms"}
    print(DURATION_MODEL, register(DURATION_MODEL, forest, x.shape[1], tags))
    unusual = IsolationForest(n_estimators=100, contamination=0.05, random_state=42).fit(x)
    print(ANOMALY_MODEL, register_sklearn(ANOMALY_MODEL, unusual))


def register_sklearn(name, model):
    """As scikit-learn has it: as ONNX an isolation forest takes seconds to load."""
    with mlflow.start_run(experiment_id=mlflow.set_experiment(EXPERIMENT).experiment_id):
        info = mlflow.sklearn.log_model(
            model, name="model", registered_model_name=name, serialization_format="cloudpickle"
        )
    return info.registered_model_version


if __name__ == "__main__":
    main(sys.argv[1])
