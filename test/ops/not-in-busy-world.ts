/**
 * Only a release, a feature by share, a trained model, an OPA server or the role registry moves these, and the busy
 * world has none of them: tests of their own have them.
 */
export const NOT_HERE =
	/orchestration_(rollout_(?!weight|looks_failed|looked|paused)|feature_(calls|disabled)|opa_cache|registry_calls|ml_(prediction_(error|coverage)|actual_duration|anomaly_alarms|drift|learned_until|model_accuracy|training_samples|shadow))/;
