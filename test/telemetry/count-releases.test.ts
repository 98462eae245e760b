import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../src/domain/rollout/judge.ts";
import { emptyTally, foldOutcomes } from "../../src/domain/rollout/tally.ts";
import {
	createReleaseMetrics,
	showReleaseWeight,
} from "../../src/telemetry/count-releases.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { liveOf, plansOf, stepOf } from "../domain/rollout/judged-plans.ts";

test("releaseMetrics: a release that is rolled back is seen from outside", async () => {
	const metrics = createMetrics();
	const releases = createReleaseMetrics(metrics);
	const look = { atMs: 90_000, pausedSinceMs: null, isUnreadable: false };
	showReleaseWeight(metrics, 25);
	releases.looked({ ...look, phase: "Progressing", verdict: null });
	const blind = { ...look, isUnreadable: true, pausedSinceMs: 30_000 };
	releases.looked({ ...blind, phase: "Paused", verdict: null });
	const verdict = judge({
		tally: foldOutcomes(
			emptyTally(),
			plansOf("candidate", 6, { failed: 6, weight: 25 }),
		),
		...{ live: liveOf(), step: stepOf(), nowMs: 90_000 },
	});
	releases.looked({ ...look, phase: "RollingBack", verdict });
	const { text } = await metrics.scrape();
	for (const line of [
		'orchestration_rollout_weight{arm="candidate"} 25',
		'orchestration_rollout_weight{arm="base"} 75',
		'orchestration_rollout_phase{phase="Progressing"} 0',
		'orchestration_rollout_phase{phase="Paused"} 0',
		'orchestration_rollout_phase{phase="RollingBack"} 1',
		"orchestration_rollout_paused_seconds 0",
		"orchestration_rollout_looked_timestamp_seconds 90",
		"orchestration_rollout_looks_failed_total 1",
		'orchestration_rollout_verdicts_total{rule="R1",action="rollback"} 1',
	])
		assert.ok(text.includes(`${line}\n`), line);
	assert.match(
		text,
		/orchestration_rollout_evidence\{process="failed"\} 491\./,
	);
});
