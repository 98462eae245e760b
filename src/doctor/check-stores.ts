import { type Check, failed, ok, warning } from "./check.ts";

export interface MongoFacts {
	version: string;
	/** The stand-in of the local stack. */
	isStandIn: boolean;
	/** A replica set or a sharded cluster, not a single server. */
	isReplicated: boolean;
	/** Declared indexes that are not there: `workflows (plan_id, kind)`. */
	missingIndexes: readonly string[];
	/** How far its clock is ahead of ours; null: it does not say. */
	clockAheadMs: number | null;
	/** Open letters for records that were set aside. */
	setAside: readonly { reason: string; count: number }[];
}

export interface RedisFacts {
	version: string;
	/** 0: no limit. */
	maxMemoryBytes: number;
	usedMemoryBytes: number;
	policy: string;
	clockAheadMs: number | null;
}

const OLDEST_MONGODB = 6;
const MANY_PERCENT = 90;
/** Deadlines and approvals are told in whole seconds to people. */
const CLOCK_WARN_MS = 2_000;
const CLOCK_FAIL_MS = 60_000;

/** Judges MongoDB: its kind, and the indexes that reads need. */
export function checkMongo(
	facts: Omit<MongoFacts, "setAside">,
	{ isProduction }: { isProduction: boolean },
): Check[] {
	const { missingIndexes } = facts;
	return [
		judgeMongo(facts, isProduction),
		missingIndexes.length === 0
			? ok("mongodb indexes", "all are there")
			: warning(
					"mongodb indexes",
					`${missingIndexes.length} missing: ${listFew(missingIndexes)}`,
					"the service creates them at start; if they stay away, its user needs the right createIndex",
				),
	];
}

/** A process that creates one index creates all. */
function listFew(names: readonly string[]): string {
	const few = names.slice(0, 3).join("; ");
	return names.length > 3 ? `${few}; and others` : few;
}

function judgeMongo(
	facts: Pick<MongoFacts, "version" | "isStandIn" | "isReplicated">,
	isProduction: boolean,
): Check {
	const { version, isStandIn, isReplicated } = facts;
	if (isStandIn) {
		const judge = isProduction ? failed : warning;
		return judge(
			"mongodb",
			"a stand-in that speaks MongoDB's protocol, without its durability and its indexes",
			"enough to develop with; in production set MONGODB_URI to a real MongoDB",
		);
	}
	if (Number.parseInt(version, 10) < OLDEST_MONGODB) {
		return warning(
			"mongodb",
			`version ${version} is older than what this service is tested with`,
			`run MongoDB ${OLDEST_MONGODB} or newer`,
		);
	}
	return isReplicated || !isProduction
		? ok("mongodb", `version ${version}`)
		: warning(
				"mongodb",
				`version ${version}, a single server: what it acknowledged can be lost with it`,
				"run a replica set",
			);
}

/** Judges Redis: a cache that must neither refuse writes nor forget before its time. */
export function checkRedis({
	version,
	maxMemoryBytes,
	usedMemoryBytes,
	policy,
}: RedisFacts): Check[] {
	const server = ok("redis", `version ${version}`);
	const name = "redis memory";
	if (maxMemoryBytes === 0) {
		return [server, ok(name, "no limit: nothing is evicted")];
	}
	const percent = Math.round((usedMemoryBytes / maxMemoryBytes) * 100);
	const detail = `${percent} % of its limit in use, policy ${policy}`;
	if (policy === "noeviction") {
		return [
			server,
			warning(
				name,
				`${detail}: when it is full, writes fail`,
				"set maxmemory-policy to volatile-lru",
			),
		];
	}
	if (policy.startsWith("allkeys")) {
		return [
			server,
			warning(
				name,
				`${detail}: the workers' registrations can be evicted as well`,
				"set maxmemory-policy to volatile-lru",
			),
		];
	}
	return [
		server,
		percent >= MANY_PERCENT
			? warning(name, detail, "raise maxmemory")
			: ok(name, detail),
	];
}

/** Judges how far the clocks of the servers are from ours. */
export function checkClock(
	ahead: readonly { server: string; clockAheadMs: number | null }[],
): Check[] {
	const known = ahead.flatMap(({ server, clockAheadMs }) =>
		clockAheadMs === null ? [] : [{ server, ms: clockAheadMs }],
	);
	const worst = known.toSorted((a, b) => Math.abs(b.ms) - Math.abs(a.ms))[0];
	if (worst === undefined) return [];
	const { server, ms } = worst;
	const seconds = Math.round(Math.abs(ms) / 100) / 10;
	const detail = `the clock of ${server} is ${seconds} s ${ms < 0 ? "behind" : "ahead of"} ours`;
	const remedy =
		"synchronise the clocks (NTP) of this machine and of the server";
	if (Math.abs(ms) >= CLOCK_FAIL_MS) return [failed("clock", detail, remedy)];
	if (Math.abs(ms) >= CLOCK_WARN_MS) return [warning("clock", detail, remedy)];
	return [ok("clock", "within two seconds of the servers'")];
}
