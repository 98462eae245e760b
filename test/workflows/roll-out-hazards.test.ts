import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RolloutState } from "../../src/domain/rollout/state.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import {
	by,
	forever,
	PATIENCE_MS,
	short,
	specOf,
	until,
} from "../support/played-rollouts.ts";
import { openTraffic } from "../support/rollout-traffic.ts";
import { openRolloutWorld } from "../support/rollout-world.ts";

describe("rollOut", { concurrency: 3 }, () => {
	test("blue-green: plans are switched first and HTTP after them, and undone in reverse", async (t) => {
		const world = await openRolloutWorld(t);
		const { client, deployment, traffic } = world;
		const steps = [{ smoke: {} }, { promote: {} }, { verify: { for: "1h" } }];
		const spec = { ...specOf(world, steps), strategy: "blueGreen" as const };
		const dry = await client.start({ ...spec, dryRun: true }, by);
		assert.match(
			(await until(world, "Healthy")).message,
			/nothing was switched/,
		);
		assert.deepEqual([traffic.changes, world.http.side], [[], "blue"]);
		const { rolloutId } = await client.start(spec, by);
		assert.notEqual(rolloutId, dry.rolloutId);
		await until(world, "Verifying");
		assert.deepEqual(
			[traffic.routing.currentBuild, world.http.side],
			["b2", "green"],
		);
		await client.command(deployment, { ...by, verb: "abort" });
		await until(world, "Cancelled");
		assert.deepEqual(
			[traffic.routing.currentBuild, world.http.side],
			["b1", "blue"],
		);
	});

	test("a dry run of ramps moves nothing, with or without smoke plans", async (t) => {
		const world = await openRolloutWorld(t);
		const spec = { ...specOf(world, forever), dryRun: true };
		await world.client.start(spec, by);
		assert.match(
			(await until(world, "Healthy")).message,
			/nothing was switched/,
		);
		assert.deepEqual([world.traffic.changes, world.releases], [[], []]);
	});

	test("plans are rolled back although the old build's workers, the proxy and MongoDB's routing are away, and the last two follow", async (t) => {
		const away = { proxy: true, routing: false };
		const told: number[] = [];
		const switched: string[] = [];
		const outage = (what: string): never => {
			throw new OrchestratorError("STORE_UNAVAILABLE", `${what} is away`);
		};
		const traffic = openTraffic(t);
		const { setCurrent } = traffic.engine;
		traffic.engine.setCurrent = async (asked) => {
			if (asked.build === "b2" || asked.isForced) return setCurrent(asked);
			throw new OrchestratorError("ROUTING_REFUSED", "it has no workers");
		};
		const world = await openRolloutWorld(t, traffic, {
			release: {
				async writeRelease({ weight }) {
					if (away.routing) outage("routing");
					told.push(weight);
				},
			},
			httpSwitch: {
				current: async () => "blue",
				async switchTo(side) {
					if (side === "blue" && away.proxy) outage("proxy");
					switched.push(side);
				},
				check: async () => ({ healthy: true, detail: "" }),
			},
		});
		const { client, deployment } = world;
		const steps = [{ promote: {} }, { verify: { for: "1h" } }];
		await client.start({ ...specOf(world, steps), strategy: "blueGreen" }, by);
		await until(world, "Verifying");
		away.routing = true;
		traffic.engine.readWorkers = async (_, build) => ({
			...{ pollers: build === "b1" ? 0 : 1, lastPollAgoMs: 0 },
			...{ backlog: 0, backlogAgeMs: 0 },
		});
		await client.command(deployment, { ...by, verb: "abort" });
		await eventually(() => traffic.routing.currentBuild === "b1", PATIENCE_MS);
		assert.deepEqual([switched, told.at(-1)], [["green"], 95]);
		Object.assign(away, { proxy: false, routing: false });
		const { message } = await until(world, "Cancelled");
		assert.match(
			message,
			/^ana: a test; the base b1 has no workers: new plans/,
		);
		assert.deepEqual([switched, told.at(-1)], [["green", "blue"], 0]);
	});

	test("an old build that takes no plans any more holds up no promotion; what a command cannot do is its answer", async (t) => {
		const traffic = openTraffic(t);
		const { setRamp } = traffic.engine;
		let refused = "b2";
		traffic.engine.setRamp = async (asked) => {
			if (asked.build !== refused || asked.weight === 25) return setRamp(asked);
			throw new OrchestratorError("ROUTING_REFUSED", "it has no workers");
		};
		const world = await openRolloutWorld(t, traffic);
		const { client, deployment } = world;
		const steps = [
			...[{ ramp: 25, soak: "1h" }, { ramp: 50 }, { promote: {} }],
			{ verify: {} },
		];
		await client.start(specOf(world, steps), by);
		await until(world, "Progressing");
		const promote = { ...by, verb: "promote" } as const;
		await assert.rejects(
			client.command(deployment, { ...promote, how: "skipStep" }),
			/it has no workers/,
		);
		refused = "b1";
		await client.command(deployment, { ...promote, how: "full" });
		const state = await until(world, "Healthy");
		assert.deepEqual(
			[state.isPromoted, traffic.routing.currentBuild],
			[true, "b2"],
		);
		const promotions = () =>
			world.published.filter(
				({ event_type }) => event_type === "RolloutPromoted",
			).length;
		await eventually(() => promotions() > 0);
		assert.equal(promotions(), 1);
	});

	test("the next release begins although Kafka takes no events, and the end of the one before is recorded later", async (t) => {
		const away = { kafka: false };
		const published: string[] = [];
		const world = await openRolloutWorld(t, undefined, {
			publisher: {
				async publishRolloutEvents(events) {
					if (away.kafka)
						throw new OrchestratorError("PUBLISH_UNCONFIRMED", "kafka is away");
					for (const { event_id } of events) published.push(event_id);
				},
			},
		});
		const { client, store, traffic } = world;
		const first = await client.start(specOf(world, forever), by);
		await until(world, "Progressing");
		away.kafka = true;
		await client.start(specOf(world, forever, "b3"), by);
		await eventually(() => traffic.routing.rampingBuild === "b3", PATIENCE_MS);
		away.kafka = false;
		const { events } = await eventually(async () => {
			const found = await store.listEvents(first.rolloutId);
			const isEnded = found.at(-1)?.type === "RolloutCompleted";
			const last = `${first.rolloutId}:${found.length}`;
			return isEnded && published.includes(last) && { events: found };
		}, PATIENCE_MS);
		assert.ok(events.some(({ type }) => type === "RolloutAborted"));
	});

	test("a controller that is killed at every step goes on, and does nothing twice", async (t) => {
		const world = await openRolloutWorld(t);
		const { rolloutId } = await world.client.start(specOf(world, short), by);
		const isOver = async () => {
			const found = await world.store.read(rolloutId);
			return found?.state.phase === "Healthy";
		};
		let seen = 0;
		while (!(await isOver())) {
			await eventually(async () => {
				return world.published.length > seen || (await isOver());
			}, PATIENCE_MS);
			seen = world.published.length;
			await world.restartWorker();
		}
		assert.deepEqual(
			world.traffic.changes.filter((one) => one !== "claim"),
			[
				"ramp b2 25",
				"ramp b2 50",
				"current b2",
				"ramp b1 25",
				"ramp null 0",
				"leave",
			],
		);
		const events = await eventually(async () => {
			const found = await world.store.listEvents(rolloutId);
			return found.at(-1)?.type === "DrainCompleted" && found;
		});
		assert.deepEqual(
			events.map(({ seq }) => seq),
			events.map((_, index) => index + 1),
		);
	});

	test("a run that hands over in the middle loses nothing, and a look costs few events", async (t) => {
		const world = await openRolloutWorld(t);
		await world.client.start(specOf(world, forever), by);
		const state = await eventually(async () => {
			const found = await world.handle.query<RolloutState>("state");
			return found.looks >= 6 && found;
		}, PATIENCE_MS);
		const { events } = await world.handle.fetchHistory();
		assert.ok(
			(events?.length ?? 0) / state.looks < 20,
			`${events?.length} events`,
		);
		assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
		await world.handle.terminate("as if it had handed over");
		await world.temporal.workflow.start("rollOut", {
			...{ workflowId: world.handle.workflowId, taskQueue: world.taskQueue },
			args: [{ state }],
		});
		const later = await eventually(async () => {
			const found = await world.handle.query<RolloutState>("state");
			return found.looks >= state.looks + 3 && found;
		}, PATIENCE_MS);
		assert.equal(later.phase, "Progressing");
		assert.deepEqual([later.weight, later.spans.length], [25, 1]);
		assert.deepEqual(world.traffic.changes, ["claim", "ramp b2 25"]);
		const started = (one: RolloutState) =>
			one.spans[0]?.counts.started.base ?? 0;
		assert.ok(started(later) > started(state));
	});
});
