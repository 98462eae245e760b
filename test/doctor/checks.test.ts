import assert from "node:assert/strict";
import { test } from "node:test";
import type { Check } from "../../src/doctor/check.ts";
import { checkCertificates } from "../../src/doctor/check-certificates.ts";
import { checkKafka, type TopicFacts } from "../../src/doctor/check-kafka.ts";
import { checkSettings } from "../../src/doctor/check-settings.ts";
import {
	checkClock,
	checkMongo,
	checkRedis,
} from "../../src/doctor/check-stores.ts";
import { checkTemporal } from "../../src/doctor/check-temporal.ts";
import { runDoctor } from "../../src/doctor/run-doctor.ts";
import { configured } from "../support/configured.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = 1_800_000_000_000;

/** `status name: detail`, one line each; every fault must say what to do. */
function lines(checks: readonly Check[]): string[] {
	return checks.map(({ status, name, detail, remedy }) => {
		assert.equal(remedy === undefined, status === "ok", name);
		return `${status} ${name}: ${detail}`;
	});
}

const wish = {
	name: "t",
	partitions: 6,
	retentionMs: 7 * DAY_MS,
	maxMessageBytes: 1_000,
};
const goodConfig = {
	retentionMs: -1,
	maxMessageBytes: 1_000,
	minInsyncReplicas: 2,
};
const good: TopicFacts = {
	partitions: 6,
	replicas: 3,
	laggingCount: 0,
	config: goodConfig,
};

function kafka(topic: TopicFacts | undefined, createTopics = true): string {
	const topics = new Map(topic === undefined ? [] : [["t", topic]]);
	const found = checkKafka({ brokerCount: 3, topics }, [wish], {
		createTopics,
		isProduction: true,
	});
	return lines(found).slice(1).join("\n");
}

test("checkKafka: every topic as it should be, or what differs", () => {
	assert.equal(
		kafka(good),
		"ok kafka topics: all 1 topics are as they should be",
	);
	assert.match(kafka(undefined), /^warning kafka topic t: is missing/);
	assert.match(kafka(undefined, false), /^failed kafka topic t: is missing/);
	assert.match(
		kafka({ ...good, partitions: 1 }),
		/warning .* has 1 partitions, 6/,
	);
	assert.match(
		kafka({ ...good, replicas: 1, config: null }),
		/^warning .* 1 replicas/,
	);
	assert.match(
		kafka({ ...good, laggingCount: 2 }),
		/warning .* 2 partitions have/,
	);
	const withConfig = (change: object) =>
		kafka({ ...good, config: { ...goodConfig, ...change } });
	assert.match(
		withConfig({ minInsyncReplicas: 4 }),
		/^failed .*nothing can be written/,
	);
	assert.match(withConfig({ maxMessageBytes: 9 }), /^warning .*of 9 bytes/);
	assert.match(withConfig({ retentionMs: HOUR_MS }), /^warning .*keeps .* 1 h/);
});

test("checkTemporal: the retention that idempotency rests on, attributes, workers", () => {
	const look = (change: object) =>
		lines(
			checkTemporal(
				{
					serverVersion: "1",
					retentionMs: 72 * HOUR_MS,
					missingAttributes: [],
					pollerCount: 1,
					deployment: null,
					...change,
				},
				{ namespace: "n", taskQueue: "q" },
			),
		).join("\n");
	assert.doesNotMatch(look({}), /warning|failed/);
	assert.match(
		look({ retentionMs: HOUR_MS }),
		/failed temporal namespace: n keeps closed workflows 1 h: a decision that comes again may run again/,
	);
	assert.match(look({ retentionMs: DAY_MS }), /warning temporal namespace/);
	assert.match(
		look({ missingAttributes: ["PlanId"] }),
		/warning temporal search attributes: not registered: PlanId/,
	);
	assert.match(
		look({ pollerCount: 0 }),
		/warning temporal workers: nobody polls q/,
	);
	const routing = {
		...{ currentBuild: "1.0.0", rampingBuild: "1.1.0", rampWeight: 5 },
		manager: "rollout-controller",
	};
	const deployment = { name: "orchestrator", routing, controllerCount: 1 };
	assert.match(
		look({ deployment }),
		/ok temporal deployment: orchestrator runs 1\.0\.0, 5 % to 1\.1\.0, managed by rollout-controller/,
	);
	assert.match(
		look({ deployment: { ...deployment, controllerCount: 0 } }),
		/warning temporal deployment: .* no controller of releases runs/,
	);
	assert.match(
		look({ deployment: { ...deployment, routing: null } }),
		/warning temporal deployment: orchestrator has no current build/,
	);
});

test("checkMongo: a stand-in is for development; indexes must be there", () => {
	const facts = {
		version: "8.0.1",
		isStandIn: false,
		isReplicated: true,
		missingIndexes: [],
		clockAheadMs: 0,
	};
	const look = (change: object, isProduction = true) =>
		lines(checkMongo({ ...facts, ...change }, { isProduction })).join("\n");
	assert.doesNotMatch(look({}), /warning|failed/);
	assert.match(look({ isStandIn: true }), /^failed mongodb: a stand-in/);
	assert.match(look({ isStandIn: true }, false), /^warning mongodb/);
	assert.match(look({ isReplicated: false }), /^warning .* a single server/);
	assert.match(look({ version: "4.4.0" }), /^warning .* older/);
	assert.match(
		look({ missingIndexes: ["a (b)", "a (c)", "a (d)", "a (e)"] }),
		/warning mongodb indexes: 4 missing: a \(b\); a \(c\); a \(d\); and others/,
	);
});

test("checkRedis: neither full nor forgetful", () => {
	const look = (maxMemoryBytes: number, policy: string, used = 1) =>
		lines(
			checkRedis({
				version: "8",
				maxMemoryBytes,
				usedMemoryBytes: used,
				policy,
				clockAheadMs: 0,
			}),
		).join("\n");
	assert.match(look(0, "noeviction"), /ok redis memory: no limit/);
	assert.match(look(100, "noeviction"), /warning .*writes fail/);
	assert.match(look(100, "allkeys-lru"), /warning .*can be evicted/);
	assert.match(
		look(100, "volatile-lru", 95),
		/warning redis memory: 95 % of its limit/,
	);
	assert.match(look(100, "volatile-lru"), /ok redis memory/);
});

test("checkClock: the clock that is furthest from ours", () => {
	const look = (...ahead: (number | null)[]) =>
		lines(
			checkClock(
				ahead.map((clockAheadMs, index) => ({
					server: `s${index}`,
					clockAheadMs,
				})),
			),
		).join();
	assert.match(look(5, -1_500), /^ok clock/);
	assert.match(
		look(5, -3_000),
		/^warning clock: the clock of s1 is 3 s behind ours/,
	);
	assert.match(
		look(90_000, null),
		/^failed clock: the clock of s0 is 90 s ahead of ours/,
	);
	assert.equal(look(null), "");
});

test("checkCertificates: expired, soon, and the next", () => {
	const look = (...days: number[]) =>
		lines(
			checkCertificates(
				days.map((day) => ({
					where: "X",
					subject: "CN=x",
					expiresAtMs: NOW_MS + day * DAY_MS,
				})),
				NOW_MS,
			),
		).join("\n");
	assert.equal(look(), "");
	assert.match(look(90, 400), /^ok certificates: 2 valid, the next expires on/);
	assert.match(look(10, 400), /^warning .*in 10 days$/);
	assert.match(look(-1), /^failed certificates: X \(CN=x\) expired on/);
});

test("checkSettings: production, slips, and what does not go together", () => {
	const look = (env: Record<string, string>, slips: string[] = []) =>
		lines(checkSettings(configured(env), slips)).join("\n");
	assert.match(
		look({}),
		/^ok settings: valid, and they agree\nok access: nobody is asked/,
	);
	assert.match(look({}, ["A is no setting"]), /warning settings: A is no/);
	const production = look({ ENVIRONMENT: "production" });
	for (const server of ["Kafka", "Temporal", "MongoDB", "Redis"]) {
		assert.match(
			production,
			new RegExp(`warning settings: ${server} is spoken to without TLS`),
		);
	}
	assert.match(
		look({
			ORCHESTRATION_V2_ENABLED: "false",
			ORCHESTRATION_V2_PERCENTAGE: "5",
		}),
		/ORCHESTRATION_V2_PERCENTAGE is 5, but V2 is off/,
	);
	assert.match(
		look({ PLAN_MAX_DURATION_MS: "1000" }),
		/PLAN_MAX_DURATION_MS is shorter/,
	);
	assert.match(
		look({ HTTP_HOST: "0.0.0.0", AUTH_NONE_FORCE: "true" }),
		/warning access: whoever reaches 0.0.0.0 may do everything/,
	);
});

test("runDoctor: yields in order, and goes on where a look fails", async () => {
	const found: Check[] = [];
	for await (const check of runDoctor([
		{
			name: "first",
			async look() {
				throw new Error("broken");
			},
		},
		{
			name: "second",
			look: async () => [{ name: "second", status: "ok", detail: "fine" }],
		},
	])) {
		found.push(check);
	}
	assert.deepEqual(lines(found), [
		"failed first: cannot be looked at: broken",
		"ok second: fine",
	]);
});
