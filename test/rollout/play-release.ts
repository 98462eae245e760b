import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MongoClient } from "mongodb";
import {
	openReleaseWorld,
	type ReleaseWorld,
} from "../../demo/release-world.ts";
import {
	type ComparableOutcome,
	compareOutcome,
} from "../../src/domain/rollout/compare-outcome.ts";
import {
	evidenceLimits,
	weighEvidence,
} from "../../src/domain/rollout/evidence.ts";
import type { RolloutSpecInput } from "../../src/domain/rollout/spec.ts";
import {
	isOver,
	type Phase,
	type RolloutEvent,
	type RolloutState,
} from "../../src/domain/rollout/state.ts";
import { emptyTally, foldOutcomes } from "../../src/domain/rollout/tally.ts";
import { Lifecycle } from "../../src/lifecycle.ts";
import { eventually } from "../support/eventually.ts";
import { serverAddress } from "../support/server-address.ts";

/** A short release: seconds where a real one takes minutes. */
export const quickSpec: Omit<RolloutSpecInput, "deployment" | "target"> = {
	margin: 0.1,
	matureAfter: "5s",
	steps: [
		{ smoke: { plans: ["linear"], timeout: "30s" } },
		{ ramp: 25, soak: "1s", minSample: 10 },
		{ ramp: 50, soak: "1s", minSample: 40 },
		{ promote: {} },
		{ verify: { holdback: 10, for: "2s" } },
	],
};

/** Seconds on an idle machine. */
const OVER_WITHIN_MS = 240_000;

export interface Releases {
	world: ReleaseWorld;
	/** Starts the release and resolves at its end. */
	untilOver(onLook?: (state: RolloutState) => unknown): Promise<RolloutState>;
	untilPhase(phase: Phase): Promise<RolloutState>;
	/** From the outcome that proves by itself that more plans fail to no more plans for the candidate, ms; null: none did. */
	msFromProof(state: RolloutState): Promise<number | null>;
	/** Stops the traffic, waits for all plans, and answers how many ended how; each exactly once. */
	fates(): Promise<Record<string, number>>;
}

/** A service in operation with traffic, for releases. */
export async function openReleases(
	hooks: { after(close: () => Promise<void>): void },
	servers: Record<string, string> = {},
): Promise<Releases> {
	const kept = process.env.E2E_LOGS;
	const directory = mkdtempSync(path.join(kept ?? tmpdir(), "release-"));
	const lifecycle = new Lifecycle();
	hooks.after(async () => {
		await lifecycle.stop();
		if (kept === undefined) rmSync(directory, { recursive: true });
	});
	const world = await openReleaseWorld({
		lifecycle,
		directory,
		servers: { ...addresses(), ...servers },
		report: () => {},
		signal: new AbortController().signal,
	});
	const mongo = await lifecycle.start(
		"MongoDB's client",
		() => new MongoClient(serverAddress("MONGODB_URI")).connect(),
		async (client) => {
			await client.db(world.deployment).dropDatabase();
			await client.close();
		},
	);
	const records = mongo.db(world.deployment);
	/** Fails with the last state that was seen. */
	const until = async (
		isThere: (state: RolloutState) => boolean,
		onLook: (state: RolloutState) => unknown = () => {},
	) =>
		await eventually(
			async () => {
				const state = await world.api.get();
				if (state === undefined) throw new Error("there is no release");
				await onLook(state);
				if (isThere(state)) return state;
				const { phase, pauseReason, message, verdict } = state;
				const words = [phase, pauseReason, message, verdict?.sentence];
				throw new Error(words.join(", "));
			},
			OVER_WITHIN_MS,
			200,
		);
	const untilOver: Releases["untilOver"] = (onLook) =>
		until(({ phase }) => isOver(phase), onLook);
	return {
		world,
		untilOver,
		untilPhase: (wanted) => until(({ phase }) => phase === wanted),
		async msFromProof({ rolloutId, baseBuild, spans, spec }) {
			const { events } = await world.api.read<{ events: RolloutEvent[] }>(
				`/rollouts/${rolloutId}/events`,
			);
			const end = events.find(
				({ type, data }) => type === "WeightUpdated" && data.to === 0,
			);
			const outcomes = await records
				.collection<ComparableOutcome>("plan_outcomes")
				.find({ rollout_id: rolloutId })
				.sort({ recorded_at: 1 })
				.toArray();
			const builds = { base: baseBuild ?? "", candidate: spec.targetBuild };
			let tally = emptyTally();
			const proof = outcomes.find((outcome) => {
				const { matureMs } = spec;
				const compared = compareOutcome(outcome, { builds, spans, matureMs });
				tally = foldOutcomes(tally, compared ? [compared] : []);
				return weighEvidence(tally.failed) >= evidenceLimits.failed;
			});
			if (end === undefined || proof === undefined) return null;
			return end.atMs - proof.recorded_at;
		},
		async fates() {
			world.traffic(0);
			const planIds = world.planIds.splice(0);
			const of = { plan_id: { $in: planIds } };
			const outcomes = await eventually(
				async () => {
					const found = await records
						.collection("plan_outcomes")
						.find(of)
						.toArray();
					return found.length >= planIds.length && found;
				},
				OVER_WITHIN_MS,
				500,
			);
			assert.deepEqual(
				outcomes.map(({ plan_id }) => plan_id).sort(),
				planIds.sort(),
			);
			const tickets = await records
				.collection("execution_tickets")
				.find(of)
				.toArray();
			const names = tickets.map(({ plan_id, task_id }) => plan_id + task_id);
			assert.equal(new Set(names).size, names.length, "no ticket twice");
			return Object.fromEntries(
				Object.entries(
					Object.groupBy(outcomes, ({ status }) => String(status)),
				).map(([status, some]) => [status, some?.length ?? 0]),
			);
		},
	};
}

function addresses(): Record<string, string> {
	const names = [
		"KAFKA_BOOTSTRAP_SERVERS",
		"TEMPORAL_HOST",
		"MONGODB_URI",
		"REDIS_CLUSTER_NODES",
	] as const;
	return Object.fromEntries(names.map((name) => [name, serverAddress(name)]));
}
