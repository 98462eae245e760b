import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { findFreePorts } from "../../stack/free-ports.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import { waitUntil } from "../../stack/wait-until.ts";
import { play, untilEnded } from "../support/played-plan.ts";
import { openTestTracing } from "../support/tracing.ts";

const jaeger = await haveTool("jaeger", { build: true });

/** Jaeger in memory: a receiver of OTLP over HTTP, and its query API. */
async function startJaeger(t: TestContext, program: string) {
	const [otlp, query, grpc] = await findFreePorts(3);
	const at = (port: number | undefined) => ({ endpoint: `127.0.0.1:${port}` });
	const folder = mkdtempSync(path.join(tmpdir(), "jaeger-"));
	const file = path.join(folder, "config.json");
	const store = { memory: { memory: { max_traces: 100 } } };
	const config = {
		service: {
			extensions: ["jaeger_storage", "jaeger_query"],
			pipelines: {
				traces: { receivers: ["otlp"], exporters: ["jaeger_storage_exporter"] },
			},
			telemetry: { metrics: { level: "none" } },
		},
		extensions: {
			jaeger_storage: { backends: store },
			jaeger_query: {
				storage: { traces: "memory" },
				http: at(query),
				grpc: at(grpc),
			},
		},
		receivers: { otlp: { protocols: { http: at(otlp) } } },
		exporters: { jaeger_storage_exporter: { trace_storage: "memory" } },
	};
	// JSON is YAML.
	writeFileSync(file, JSON.stringify(config));
	const server = spawn(program, ["--config", file], { stdio: "ignore" });
	t.after(async () => {
		const ended = once(server, "exit");
		// It takes ten seconds over a SIGTERM.
		server.kill("SIGKILL");
		await ended;
		rmSync(folder, { recursive: true });
	});
	const url = `http://127.0.0.1:${query}`;
	const receiver = `http://127.0.0.1:${otlp}`;
	const answers = async (address: string) =>
		(await fetch(address).catch(() => undefined)) !== undefined;
	// It answers questions before it takes spans.
	await waitUntil(
		async () =>
			(await answers(`${url}/api/services`)) && (await answers(receiver)),
		{ timeoutMs: 30_000, what: `Jaeger at ${url}` },
	);
	return {
		otlp: receiver,
		/** Traces by its query API; none: there are none. */
		async read(path: string): Promise<JaegerTrace[]> {
			const answer = await fetch(`${url}/api/traces${path}`);
			const { data } = (await answer.json()) as { data: JaegerTrace[] | null };
			return data ?? [];
		},
	};
}

interface JaegerTrace {
	spans: {
		spanID: string;
		operationName: string;
		references: { refType: string; spanID: string }[];
		tags: { key: string; value: unknown }[];
	}[];
}

test("Jaeger: the trace of a plan with a retry is read back by its query API", {
	skip: jaeger.missing,
}, async (t) => {
	const { otlp, read } = await startJaeger(t, jaeger.program);
	const receiver = { address: otlp, spans: [] };
	const tracing = await openTestTracing(t, { receiver });
	const plan = await play(t, "V2", {}, {}, tracing);
	await plan.answer("a");
	await plan.answer("b", "FAILED");
	for (const task of ["b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	const { trace_id } = plan.document();
	await tracing.close();
	const [trace] = await read(`/${trace_id}`);
	const spans = trace?.spans ?? assert.fail("the trace is not there");
	const parentOf = (span: JaegerTrace["spans"][number] | undefined) =>
		spans.find(
			({ spanID }) =>
				spanID ===
				span?.references.find(({ refType }) => refType === "CHILD_OF")?.spanID,
		);
	const attempts = spans.filter(({ operationName }) =>
		operationName.startsWith("attempt"),
	);
	assert.equal(attempts.length, 5);
	for (const attempt of attempts) {
		const ticket = parentOf(attempt);
		assert.equal(ticket?.operationName, "ticket EXECUTE");
		assert.equal(parentOf(ticket)?.operationName, "orchestration_workflow.run");
	}
	const failed = attempts.filter(({ tags }) =>
		tags.some(({ key, value }) => key === "error" && value === true),
	);
	assert.equal(failed.length, 1);
	const named = `{"neural.hive.plan.id":"${plan.planId}"}`;
	const found = await read(
		// It refuses a limit above what it keeps.
		`?service=test&limit=10&tags=${encodeURIComponent(named)}`,
	);
	assert.equal(found.length, 1, "found by the plan's id");
});
