import type { Author } from "../domain/author.ts";
import { type Pause, viewPause } from "../domain/registry/paused-share.ts";
import { OrchestratorError } from "../errors.ts";
import type { Redis } from "../storage/redis.ts";

/** What can be held back. */
export interface PauseSubject {
	kind: "worker" | "task_type";
	name: string;
}

/** What people hold back, kept in Redis. Every call throws CACHE_UNAVAILABLE when Redis is away. */
export interface Pauses {
	/** Those in force, by `kind:name`. */
	read(): Promise<ReadonlyMap<string, Pause>>;
	/** Holds the subject back from now on; one that is held back already stays as it is. */
	pause(subject: PauseSubject, by: Author): Promise<Pause>;
	/** Lets it come again, over a time. Throws COMMAND_REFUSED when it is not held back. */
	resume(subject: PauseSubject, by: Author, overMs: number): Promise<Pause>;
}

/** More are a mistake. */
const PAUSES_MAX = 1_000;

export function pauseKey({ kind, name }: PauseSubject): string {
	return `${kind}:${name}`;
}

export function createPauses(
	redis: Redis,
	{
		space = "registry",
		nowMs = Date.now,
	}: { space?: string; nowMs?(): number } = {},
): Pauses {
	const key = `{${space}}:pauses`;

	async function read(): Promise<Map<string, Pause>> {
		const texts = await redis.run(
			"read_pauses",
			async (client) => await client.hgetall(key),
		);
		const now = nowMs();
		return new Map(
			Object.entries(texts).flatMap(([field, text]) => {
				const pause = parse(text);
				const isInForce =
					pause !== undefined && viewPause(pause, now) !== undefined;
				return isInForce ? [[field, pause] as const] : [];
			}),
		);
	}

	async function write(
		field: string,
		pause: Pause,
		inForce: ReadonlyMap<string, Pause>,
	): Promise<Pause> {
		await redis.run("write_pause", async (client) => {
			const fields = await client.hkeys(key);
			const ended = fields.filter((one) => !inForce.has(one));
			await Promise.all([
				ended.length > 0 && client.hdel(key, ...ended),
				client.hset(key, field, JSON.stringify(pause)),
			]);
		});
		return pause;
	}

	return {
		read,

		async pause(subject, by) {
			const field = pauseKey(subject);
			const inForce = await read();
			const known = inForce.get(field);
			if (known?.resumed === null) return known;
			if (known === undefined && inForce.size >= PAUSES_MAX)
				throw new OrchestratorError(
					"COMMAND_REFUSED",
					`${PAUSES_MAX} workers and task types are paused already; resume some`,
				);
			const pause = { since_ms: nowMs(), ...by, resumed: null };
			return await write(field, pause, inForce);
		},

		async resume(subject, by, overMs) {
			const field = pauseKey(subject);
			const inForce = await read();
			const known = inForce.get(field);
			if (known === undefined)
				throw new OrchestratorError(
					"COMMAND_REFUSED",
					`${subject.kind.replace("_", " ")} ${subject.name} is not paused`,
				);
			// Asked again, it goes on as it has begun.
			if (known.resumed?.over_ms === overMs) return known;
			const resumed = { at_ms: nowMs(), ...by, over_ms: overMs };
			return await write(field, { ...known, resumed }, inForce);
		},
	};
}

/** undefined when it is no such thing: anybody can write to Redis. */
function parse(text: string): Pause | undefined {
	try {
		const pause = JSON.parse(text) as Partial<Pause> | null;
		const isPause =
			typeof pause?.since_ms === "number" &&
			typeof pause.actor === "string" &&
			typeof pause.reason === "string" &&
			(pause.resumed === null ||
				(typeof pause.resumed?.at_ms === "number" &&
					typeof pause.resumed.over_ms === "number"));
		return isPause ? (pause as Pause) : undefined;
	} catch {
		return undefined;
	}
}
