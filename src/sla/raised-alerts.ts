import { isObject } from "../domain/field-reader.ts";
import type { RaisedAlert, RaisedAlerts } from "../domain/sla/decide-alerts.ts";
import { hasCode } from "../errors.ts";
import type { Redis } from "../storage/redis.ts";

/** Which alerts are raised, by owner: a plan, or the service's budgets. */
export interface AlertMemory {
	/**
	 * The raised alerts of each owner. One round trip. While Redis is away what this process has told itself:
	 * somebody may hear the same from two processes then, but never nothing.
	 */
	read(owners: readonly string[]): Promise<Map<string, RaisedAlerts>>;
	/** Keeps what is raised now; never throws. */
	keep(raised: ReadonlyMap<string, RaisedAlerts>): Promise<void>;
}

/** Longer than any plan is at risk without a look; each look renews it. */
const LIFETIME_SECONDS = 7 * 86_400;
/** Owners that a process remembers by itself. */
const MAX_OWNERS = 10_000;

/** `scope` names the installation: several may share a Redis. */
export function createAlertMemory(redis: Redis, scope: string): AlertMemory {
	const own = new Map<string, RaisedAlerts>();
	const keyOf = (owner: string) => `sla:raised:${scope}:${owner}`;

	function remember(owner: string, alerts: RaisedAlerts): void {
		own.delete(owner);
		if (Object.keys(alerts).length === 0) return;
		own.set(owner, alerts);
		const oldest = own.size > MAX_OWNERS ? own.keys().next().value : undefined;
		if (oldest !== undefined) own.delete(oldest);
	}

	return {
		async read(owners) {
			try {
				const texts = await redis.getMany(owners.map(keyOf));
				return new Map(
					owners.map((owner, at) => [owner, parse(texts[at] ?? null)]),
				);
			} catch (error) {
				if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
				return new Map(owners.map((owner) => [owner, own.get(owner) ?? {}]));
			}
		},

		async keep(raised) {
			for (const [owner, alerts] of raised) remember(owner, alerts);
			const texts = [...raised].map(([owner, alerts]): [string, string] => [
				keyOf(owner),
				JSON.stringify(alerts),
			]);
			try {
				await redis.setMany(texts, LIFETIME_SECONDS);
			} catch (error) {
				if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
			}
		},
	};
}

/** Anybody can write to Redis: what is no such text is nothing raised. */
function parse(text: string | null): RaisedAlerts {
	if (text === null) return {};
	try {
		const value: unknown = JSON.parse(text);
		if (!isObject(value)) return {};
		return Object.fromEntries(
			Object.entries(value).filter((entry): entry is [string, RaisedAlert] =>
				isRaised(entry[1]),
			),
		);
	} catch {
		return {};
	}
}

function isRaised(value: unknown): value is RaisedAlert {
	return (
		isObject(value) &&
		typeof value.raisedAtMs === "number" &&
		typeof value.sentAtMs === "number"
	);
}
