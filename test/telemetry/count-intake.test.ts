import assert from "node:assert/strict";
import { test } from "node:test";
import { createIntakeMetrics } from "../../src/telemetry/count-intake.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

const OPEN = "orchestration_dead_letters_open";

async function seriesOf(metrics: ReturnType<typeof createMetrics>) {
	const text = await metrics.registry.metrics();
	return text.split("\n").filter((line) => line.startsWith(`${OPEN}{`));
}

test("intake metrics: reasons that others made up are one series", async () => {
	const metrics = createMetrics();
	const intake = createIntakeMetrics(metrics);
	const madeUp = Array.from({ length: 20_000 }, (_, n) => ({
		topic: "a.dlq",
		reason: `MADE_UP_${n}`,
		count: 2,
	}));
	intake.openDeadLetters([
		...madeUp,
		{ topic: "a.dlq", reason: "LATE", count: 3 },
		{ topic: "b.dlq", reason: "SET_ASIDE", count: 1 },
	]);
	assert.deepEqual((await seriesOf(metrics)).sort(), [
		`${OPEN}{topic="a.dlq",reason="LATE"} 3`,
		`${OPEN}{topic="a.dlq",reason="other"} 40000`,
		`${OPEN}{topic="b.dlq",reason="SET_ASIDE"} 1`,
	]);
	intake.openDeadLetters([]);
	assert.deepEqual(await seriesOf(metrics), []);
});
