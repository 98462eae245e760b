import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type TestContext, test } from "node:test";
import { createMlflow } from "../../src/prediction/mlflow.ts";
import { createMlflowSync } from "../../src/prediction/mlflow-sync.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { metricValue, silentLog } from "../support/stores.ts";

/** MLflow where something else answers. */
async function openMlflow(t: TestContext, answer: RequestListener) {
	const server = createServer(answer).listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	const uri = `http://127.0.0.1:${port}`;
	return createMlflow({ uri, experiment: "tests" });
}

const empty = {
	read: async () => undefined,
	readArtifact: async () => Buffer.alloc(0),
	noteMlflow: async () => undefined,
};
const upload = {
	...{ name: "m", ownVersion: "m@1", onnx: Buffer.from("onnx") },
	...{ metrics: {}, tags: {} },
};

test("MLflow: a page that is no answer of it, and answers of another shape, are MLflow away", async (t) => {
	const page = await openMlflow(t, (_, response) => response.end("<html>"));
	await assert.rejects(page.register(upload), {
		...{ code: "MLFLOW_UNAVAILABLE", message: /answers no JSON/ },
	});
	const mlflow = await openMlflow(t, (_, response) =>
		response.end('{"model_versions": 5, "experiment": 5}'),
	);
	const metrics = createMetrics();
	const sync = createMlflowSync({
		...{ mlflow, lookMs: 0, metrics, log: silentLog },
		registry: empty,
		startTraining: async () => assert.fail("nothing was found"),
	});
	await sync.turn(0);
	const calls = "orchestration_ml_mlflow_calls_total";
	assert.equal(await metricValue(metrics, calls, { outcome: "failed" }), 1);
});

test("MLflow: a model of others that found another training running is tried again", async (t) => {
	const mlflow = await openMlflow(t, (_, response) =>
		response.end('{"model_versions": [{"version": "7", "tags": []}]}'),
	);
	const asked: string[] = [];
	const sync = createMlflowSync({
		...{ mlflow, lookMs: 0, metrics: createMetrics(), log: silentLog },
		registry: empty,
		async startTraining(version) {
			asked.push(version);
			return { isNew: asked.length === 2 };
		},
	});
	for (const nowMs of [0, 1, 2]) await sync.turn(nowMs);
	assert.deepEqual(asked, ["7", "7"]);
});

test("MLflow: a body without an end is not read to its end", async (t) => {
	const mlflow = await openMlflow(t, (_, response) => {
		// It ends when the other side hangs up.
		pipeline(Readable.from(endless()), response).catch(() => undefined);
	});
	await assert.rejects(mlflow.listVersions("m"), {
		...{ code: "MLFLOW_UNAVAILABLE", message: /over \d+ bytes/ },
	});
});

function* endless() {
	for (;;) yield Buffer.alloc(1_048_576, " ");
}
