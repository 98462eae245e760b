import assert from "node:assert/strict";
import { test } from "node:test";
import { countHeld } from "../../src/scheduling/count-allocations.ts";
import { createIntakeMetrics } from "../../src/telemetry/count-intake.ts";
import { createPlanSinks } from "../../src/telemetry/count-plans.ts";
import { createPolicyMetrics } from "../../src/telemetry/count-policies.ts";
import {
	createMetrics,
	declaredMetrics,
	type Metrics,
} from "../../src/telemetry/metrics.ts";
import { createPublisherMetrics } from "../../src/telemetry/publisher-metrics.ts";
import { createSpanOutlet } from "../../src/telemetry/span-outlet.ts";
import { healingBy } from "../../src/wiring/start-deliveries.ts";
import { tellOfPurges } from "../../src/wiring/start-worker.ts";
import { storeAway } from "../support/http.ts";
import { silentLog } from "../support/stores.ts";

const labels = { risk_band: "low", orchestrator_version: "V2" };

/** What is told when something goes wrong that no scenario can bring about, by the metric that counts it. */
const faults: Partial<
	Record<keyof typeof declaredMetrics, (metrics: Metrics) => unknown>
> = {
	schedulerWaits: (metrics) =>
		countHeld(metrics, {
			kind: "waiting",
			wait: { reason: "nobody" },
		} as never),
	schedulerRejections: (metrics) =>
		countHeld(metrics, { kind: "rejected" } as never),
	runsEnded: (metrics) =>
		tellPlan(metrics, "runEnded", labels, "TERMINATED", "p"),
	plansInconsistent: (metrics) =>
		tellPlan(metrics, "inconsistent", labels, "odd"),
	incidentsRefused: (metrics) =>
		tellPlan(metrics, "incidentRefused", labels, "too large"),
	policyErrors: (metrics) => createPolicyMetrics(metrics).onError("timeout"),
	policyCacheLooks: (metrics) => createPolicyMetrics(metrics).onLookUp(true),
	policyCircuitMoves: (metrics) =>
		createPolicyMetrics(metrics).onCircuit("closed", "open"),
	policyShadowDifferences: (metrics) =>
		createPolicyMetrics(metrics).shadowDiffers("system"),
	remediations: (metrics) =>
		healingBy({ put: storeAway }, { metrics, log: silentLog as never }).request(
			{} as never,
		),
	spansDropped: async (metrics) => {
		const nobody = { url: "http://127.0.0.1:9", headers: {} };
		const outlet = await createSpanOutlet(nobody, { metrics, log: silentLog });
		outlet.drop(3);
		await outlet.processor.shutdown();
	},
	recordsSetAside: (metrics) =>
		createIntakeMetrics(metrics).setAside("t", "SET_ASIDE", 1),
	kafkaErrors: (metrics) =>
		createPublisherMetrics(metrics).failed("publish", new Error("away")),
	documentsPurged: (metrics) =>
		tellOfPurges({ metrics, log: silentLog as never })({ workflows: 3 }, {
			beforeMs: 0,
		} as never),
};

function tellPlan(metrics: Metrics, name: string, ...args: unknown[]): void {
	const { plan } = createPlanSinks(metrics, silentLog);
	const { fn } =
		(plan as unknown as Record<string, { fn(...args: unknown[]): void }>)[
			name
		] ?? {};
	fn?.({ workflowId: "orch-p" }, ...args);
}

test("metrics: each fault is counted under the metric that says so, and none as something unknown", async () => {
	for (const [key, happen] of Object.entries(faults)) {
		const metrics = createMetrics();
		const { name } = declaredMetrics[key as keyof typeof declaredMetrics];
		const count = async () => {
			const { text } = await metrics.scrape();
			return text
				.split("\n")
				.filter((line) => line.startsWith(name) && !line.endsWith(" 0"));
		};
		assert.deepEqual(await count(), [], key);
		await happen(metrics);
		const lines = await count();
		assert.equal(lines.length, 1, key);
		if (key !== "kafkaErrors") assert.doesNotMatch(lines[0] ?? "", /="other"/);
	}
});
