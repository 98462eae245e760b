import type { FeatureName } from "../domain/features/feature-arm.ts";
import type { CallCounts } from "../domain/features/judge-feature.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { EndedCalls } from "../plans/feature-arms.ts";
import type { Redis } from "../storage/redis.ts";

/** Calls of one arm since the feature's last reset, in one hour. */
export interface HourCounts extends Pick<EndedCalls, "feature" | "arm"> {
	resets: number;
	/** Unix epoch, hours. */
	hour: number;
	counts: CallCounts;
}

/**
 * Counts of calls by hour: in Redis, for all processes, and in memory until they are there. A flush that timed out may
 * have been counted, and is counted again.
 */
export interface FeatureCounters {
	add(ended: EndedCalls, resets: number, nowMs: number): void;
	/** Resolves when Redis has what was added; without Redis it stays in memory. */
	flush(): Promise<void>;
	/** Of the hour of `nowMs` and so many before; throws CACHE_UNAVAILABLE. */
	read(hours: number, nowMs: number): Promise<HourCounts[]>;
	/** What Redis does not have yet. */
	pending(): HourCounts[];
}

const HOUR_MS = 3_600_000;
/** A week can be reported, and an hour is kept while it is the first of one. */
export const REPORT_HOURS_MAX = 168;
const KEPT_SECONDS = (REPORT_HOURS_MAX + 2) * 3_600;
/** Hours that are kept in memory while Redis is away. */
const PENDING_HOURS = 48;
const parts = ["calls", "failures", "durationMs"] as const;

export function createFeatureCounters(
	redis: Pick<Redis, "run">,
	{ scope, log }: { scope: string; log: Pick<Log, "warn"> },
): FeatureCounters {
	const keyOf = (hour: number) => `orchestration:features:${scope}:${hour}`;
	/** By hour, feature, resets and arm. */
	let waiting = new Map<string, HourCounts>();
	let isAway = false;

	function merge({ counts, ...place }: HourCounts): void {
		const key = Object.values(place).join(":");
		const known = waiting.get(key);
		waiting.set(key, { ...place, counts: sum(known?.counts, counts) });
	}

	/** The oldest hours go first. */
	function bound(): void {
		const newest = Math.max(...[...waiting.values()].map(({ hour }) => hour));
		for (const [key, { hour }] of waiting) {
			if (hour > newest - PENDING_HOURS) continue;
			waiting.delete(key);
			const text =
				"calls of a feature are not counted: Redis was away too long";
			log.warn({ key }, text);
		}
	}

	return {
		add({ feature, arm, ...counts }, resets, nowMs) {
			const hour = Math.floor(nowMs / HOUR_MS);
			merge({ feature, arm, resets, hour, counts });
		},
		async flush() {
			if (waiting.size === 0) return;
			const taken = waiting;
			waiting = new Map();
			try {
				await redis.run("count_features", async (client) => {
					const sent = [...taken.values()].flatMap((one) => {
						const key = keyOf(one.hour);
						const counted = parts.map((part) =>
							client.hincrby(key, fieldOf(one, part), one.counts[part]),
						);
						return [...counted, client.expire(key, KEPT_SECONDS)];
					});
					await Promise.all(sent);
				});
				isAway = false;
			} catch (error) {
				for (const one of taken.values()) merge(one);
				bound();
				if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
				if (!isAway)
					log.warn({ error }, "calls of features are counted in memory only");
				isAway = true;
			}
		},
		async read(hours, nowMs) {
			const newest = Math.floor(nowMs / HOUR_MS);
			const wanted = Array.from({ length: hours + 1 }, (_, at) => newest - at);
			const found = await redis.run("read_features", (client) =>
				Promise.all(wanted.map((hour) => client.hgetall(keyOf(hour)))),
			);
			return found.flatMap((fields, at) =>
				readFields(fields, wanted[at] as number),
			);
		},
		pending: () => [...waiting.values()],
	};
}

function fieldOf(
	{ feature, resets, arm }: HourCounts,
	part: keyof CallCounts,
): string {
	return `${feature}:${resets}:${arm}:${part}`;
}

function readFields(
	fields: Readonly<Record<string, string>>,
	hour: number,
): HourCounts[] {
	return Object.keys(fields).flatMap((name) => {
		const [feature, resets, arm, part] = name.split(":");
		if (part !== "calls") return [];
		const count = (of: string) =>
			Number(fields[`${feature}:${resets}:${arm}:${of}`] ?? 0);
		return [
			{
				feature: feature as FeatureName,
				arm: arm as HourCounts["arm"],
				...{ resets: Number(resets), hour },
				counts: {
					calls: count("calls"),
					failures: count("failures"),
					durationMs: count("durationMs"),
				},
			},
		];
	});
}

export function sum(a: CallCounts | undefined, b: CallCounts): CallCounts {
	return {
		calls: (a?.calls ?? 0) + b.calls,
		failures: (a?.failures ?? 0) + b.failures,
		durationMs: (a?.durationMs ?? 0) + Math.round(b.durationMs),
	};
}
