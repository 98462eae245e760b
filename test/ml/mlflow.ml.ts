import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { isolationFeatures } from "../../src/domain/prediction/anomalies.ts";
import { fitModel } from "../../src/domain/prediction/fit.ts";
import type { Model } from "../../src/domain/prediction/model.ts";
import {
	featuresOf,
	quantilesOf,
} from "../../src/domain/prediction/predict.ts";
import {
	sumTrees,
	type TreeEnsemble,
} from "../../src/domain/prediction/tree-ensemble.ts";
import { exportHistory } from "../../src/prediction/export-history.ts";
import { loadModel } from "../../src/prediction/load-model.ts";
import { createMlflow } from "../../src/prediction/mlflow.ts";
import { createMlflowSync } from "../../src/prediction/mlflow-sync.ts";
import { ANOMALY_MODEL, DURATION_MODEL } from "../../src/prediction/ports.ts";
import { train } from "../../src/prediction/train.ts";
import { createEndedAttempts } from "../../src/prediction/training-rows.ts";
import { findFreePorts } from "../../stack/free-ports.ts";
import { openMlPython } from "../../stack/ml-python.ts";
import { waitUntil } from "../../stack/wait-until.ts";
import { endingAt, storeEnded } from "../support/ended-tickets.ts";
import { openModelWorld } from "../support/models.ts";
import { metricValue, silentLog } from "../support/stores.ts";
import { makeHistory } from "../support/ticket-history.ts";

const python = await openMlPython();
const folder = mkdtempSync(path.join(tmpdir(), "mlflow-"));
const [port] = await findFreePorts(1);
const uri = `http://127.0.0.1:${port}`;
const env = {
	...process.env,
	MLFLOW_TRACKING_URI: uri,
	MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
	...{ MLFLOW_DISABLE_TELEMETRY: "true", DO_NOT_TRACK: "true" },
	PATH: `${path.dirname(python)}:${process.env.PATH}`,
};
const server = spawn(
	python,
	[
		...["-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"],
		...["--port", String(port), "--artifacts-destination", `${folder}/files`],
		...["--backend-store-uri", `sqlite:///${folder}/mlflow.db`],
	],
	{ cwd: folder, env, stdio: "ignore", detached: true },
);

test.after(async () => {
	const ended = once(server, "exit");
	// Its children outlive it.
	process.kill(-(server.pid as number), "SIGKILL");
	await ended;
	rmSync(folder, { recursive: true, force: true });
});

async function runPython(args: string[], input = ""): Promise<string> {
	const run = spawn(python, args, { env, cwd: folder });
	run.stdin.end(input);
	const [out, err, [code]] = await Promise.all([
		text(run.stdout),
		text(run.stderr),
		once(run, "close"),
	]);
	assert.equal(code, 0, err);
	return out;
}

const readBack = async (name: string, alias: string, rows: number[][]) => {
	const file = path.join(import.meta.dirname, "read_back.py");
	const answer = await runPython([file, name, alias], JSON.stringify(rows));
	return JSON.parse(answer) as number[][];
};

const differ = (a: number, b: number) =>
	Math.abs(a - b) / Math.max(1, Math.abs(b));

test("MLflow: what is trained here is registered and promoted there, and Python answers the same; what others train there is served here", async (t) => {
	await waitUntil(
		async () =>
			(await fetch(`${uri}/health`).catch(() => undefined))?.ok === true,
		{ timeoutMs: 120_000, what: `MLflow at ${uri}` },
	);
	const world = await openModelWorld(t);
	const { mongo, registry, metrics } = world;
	const history = endingAt(
		makeHistory({ tickets: 2_500, drift: {} }),
		Date.now() - 60_000,
	);
	await storeEnded(mongo, history);
	const mlflow = createMlflow({
		uri,
		experiment: "orchestrator-predictive-models",
	});
	const attempts = createEndedAttempts(mongo);
	const job = {
		...({ jobId: "ml-train-1", trigger: "manual", by: "ada" } as const),
		...{ windowDays: 3_650, minTickets: 100, maxErrors: {} },
		...{ shadowFirst: false, timeoutMs: 60_000 },
	};
	assert.equal((await train({ ...world, attempts }, job)).outcome, "promoted");
	const foreign: string[] = [];
	const sync = createMlflowSync({
		...{ mlflow, lookMs: 0, registry, metrics, log: silentLog },
		async startTraining(version) {
			foreign.push(version);
			return { isNew: true };
		},
	});
	await sync.turn(Date.now());
	assert.equal(await mlflow.readAlias(DURATION_MODEL, "champion"), "1");
	assert.deepEqual(foreign, []);
	const ownVersion = await registry.readVersion(DURATION_MODEL, 1);
	assert.deepEqual(ownVersion.mlflow, { version: "1" });
	const own = loadModel(ownVersion, await registry.readArtifact(ownVersion));

	// Python's answer, the regression added, is what is predicted here.
	const some = history.slice(-50);
	const rows = some.map((one) => featuresOf(one, own));
	const answers = await readBack(DURATION_MODEL, "champion", rows);
	const { boosting } = own;
	assert.ok(boosting);
	for (const [at, answer] of answers.entries())
		for (const [target, trees] of [
			boosting.p10,
			boosting.p50,
			boosting.p90,
		].entries())
			assert.ok(
				differ(
					answer[target] as number,
					sumTrees(trees, rows[at] as number[]),
				) < 1e-5,
			);
	await assertForestAgrees(own, mlflow);

	// Somebody else's forest, by the reference job.
	writeFileSync(path.join(folder, "history.csv"), exportHistory(history));
	const reference = path.join(
		import.meta.dirname,
		"..",
		"..",
		"training",
		"train.py",
	);
	assert.match(
		await runPython([reference, "history.csv"]),
		new RegExp(`${DURATION_MODEL} 2`),
	);
	await sync.turn(Date.now());
	assert.deepEqual(foreign, ["2"]);
	const tried = await train(
		{ ...world, attempts, mlflow },
		{ ...job, jobId: "ml-train-2", trigger: "mlflow", mlflowVersion: "2" },
	);
	assert.ok(tried.version, tried.reason);
	const theirs = await registry.readVersion(DURATION_MODEL, tried.version);
	assert.deepEqual([theirs.source, theirs.format], ["mlflow", "onnx"]);
	await world.become("champion", theirs.version);
	await sync.turn(Date.now());
	assert.equal(await mlflow.readAlias(DURATION_MODEL, "champion"), "2");
	const served = loadModel(theirs, await registry.readArtifact(theirs));
	const theirRows = some.map((one) => featuresOf(one, served));
	const theirAnswers = await readBack(DURATION_MODEL, "champion", theirRows);
	for (const [at, one] of some.entries()) {
		const here = Math.exp(quantilesOf(one, served).p50);
		assert.ok(differ(here, theirAnswers[at]?.[0] as number) < 1e-5);
	}
	await world.view.refresh();
	const [prediction] = world.view.predict(some);
	assert.equal(prediction?.source, "model");
	assert.match(prediction.model ?? "", new RegExp(`^${DURATION_MODEL}@2`));

	// What is no tree ensemble is refused by name.
	const linear = path.join(import.meta.dirname, "register_linear.py");
	await runPython([linear, DURATION_MODEL]);
	await sync.turn(Date.now());
	assert.deepEqual(foreign, ["2", "3"]);
	const refused = await train(
		{ ...world, attempts, mlflow },
		{ ...job, jobId: "ml-train-3", trigger: "mlflow", mlflowVersion: "3" },
	);
	assert.equal(refused.outcome, "skipped");
	assert.match(refused.reason, /operator LinearRegressor is not known/);

	const calls = (outcome: string) =>
		metricValue(metrics, "orchestration_ml_mlflow_calls_total", { outcome });
	assert.ok((await calls("ok")) > 5);
	assert.equal(await calls("failed"), 0);
});

async function assertForestAgrees(
	own: Model,
	mlflow: ReturnType<typeof createMlflow>,
) {
	const { forest } = own;
	assert.ok(forest);
	const [version] = await mlflow.listVersions(ANOMALY_MODEL);
	await mlflow.setAlias(ANOMALY_MODEL, "champion", version?.version);
	const points = makeHistory({ tickets: 20 }).map((one) =>
		isolationFeatures(one, quantilesOf(one, own).p50, own),
	);
	const answers = await readBack(ANOMALY_MODEL, "champion", points);
	const { depth, feature, roots } = forest;
	const trees: TreeEnsemble = {
		...{ ...forest, base: 0 },
		value: depth.map((one, at) =>
			feature[at] === -1 ? one / roots.length : 0,
		),
	};
	for (const [at, point] of points.entries())
		assert.ok(
			differ(answers[at]?.[0] as number, sumTrees(trees, point)) < 1e-5,
		);
}

test("MLflow away: trainings and promotions go on, it is counted, and made good later", async (t) => {
	const world = await openModelWorld(t);
	const { registry, metrics } = world;
	const model = fitModel(makeHistory({ tickets: 400, drift: {} }), {
		name: DURATION_MODEL,
	});
	assert.ok(model);
	await world.become("champion", await world.register(model));
	const [free] = await findFreePorts(1);
	const away = createMlflowSync({
		mlflow: createMlflow({ uri: `http://127.0.0.1:${free}`, experiment: "x" }),
		...{ lookMs: 0, registry, metrics, log: silentLog },
		startTraining: async () => assert.fail("there is nothing to try"),
	});
	await away.turn(Date.now());
	const labels = { operation: "register", outcome: "failed" };
	const name = "orchestration_ml_mlflow_calls_total";
	assert.equal(await metricValue(metrics, name, labels), 1);
	assert.equal((await registry.read(DURATION_MODEL))?.champion, 1);
	// Not again at once.
	await away.turn(Date.now());
	assert.equal(await metricValue(metrics, name, labels), 1);
});
