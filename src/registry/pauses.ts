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

/** Of a change that others are faster than. */
const MAX_TRIES = 10;

/**
 * `ARGV`: a field, its text as it was read (empty: none) and its new one, then fields to delete, each with its text as it
 * was read. Nothing that somebody has written meanwhile is overwritten or deleted; 0: the field itself was.
 */
const writeScript = `
local field, before, after = unpack(ARGV)
if (redis.call('HGET', KEYS[1], field) or '') ~= before then return 0 end
for at = 4, #ARGV, 2 do
	if redis.call('HGET', KEYS[1], ARGV[at]) == ARGV[at + 1] then redis.call('HDEL', KEYS[1], ARGV[at]) end
end
redis.call('HSET', KEYS[1], field, after)
return 1
`;

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

	async function readAll() {
		const texts = await redis.run(
			"read_pauses",
			async (client) => await client.hgetall(key),
		);
		const now = nowMs();
		const inForce = new Map<string, Pause>();
		/** Ended ones, and what is none: field, text, field, text. */
		const ended: string[] = [];
		for (const [field, text] of Object.entries(texts)) {
			const pause = parse(text);
			if (pause !== undefined && viewPause(pause, now) !== undefined)
				inForce.set(field, pause);
			else ended.push(field, text);
		}
		return { texts, inForce, ended };
	}

	/** Writes what `decide` says, of what stands there at that very moment; it may also answer with what stands there. */
	async function change(
		subject: PauseSubject,
		decide: (known: Pause | undefined, count: number) => Pause,
	): Promise<Pause> {
		const field = pauseKey(subject);
		for (let tries = 0; tries < MAX_TRIES; tries += 1) {
			const { texts, inForce, ended } = await readAll();
			const known = inForce.get(field);
			const pause = decide(known, inForce.size);
			if (pause === known) return pause;
			const args = [texts[field] ?? "", JSON.stringify(pause), ...ended];
			const isWritten = await redis.run(
				"write_pause",
				async (client) =>
					await client.eval(writeScript, 1, key, field, ...args),
			);
			if (isWritten === 1) return pause;
		}
		throw new OrchestratorError(
			"COMMAND_REFUSED",
			`others pause and resume ${nameOf(subject)} at this moment; try again`,
		);
	}

	return {
		read: async () => (await readAll()).inForce,

		pause: (subject, by) =>
			change(subject, (known, count) => {
				if (known?.resumed === null) return known;
				if (known === undefined && count >= PAUSES_MAX)
					throw new OrchestratorError(
						"COMMAND_REFUSED",
						`${PAUSES_MAX} workers and task types are paused already; resume some`,
					);
				return { since_ms: nowMs(), ...by, resumed: null };
			}),

		resume: (subject, by, overMs) =>
			change(subject, (known) => {
				if (known === undefined)
					throw new OrchestratorError(
						"COMMAND_REFUSED",
						`${nameOf(subject)} is not paused`,
					);
				// Asked again, it goes on as it has begun.
				if (known.resumed?.over_ms === overMs) return known;
				const resumed = { at_ms: nowMs(), ...by, over_ms: overMs };
				return { ...known, resumed };
			}),
	};
}

function nameOf({ kind, name }: PauseSubject): string {
	return `${kind.replace("_", " ")} ${name}`;
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
