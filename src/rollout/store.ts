import type { LookKeeper } from "../../activities/observe-rollout.ts";
import type { RolloutStore } from "../../activities/steer-rollout.ts";
import type { Verdict } from "../domain/rollout/judgement.ts";
import type { Look } from "../domain/rollout/look.ts";
import {
	endPhases,
	type RolloutEvent,
	type RolloutState,
	withoutEvents,
} from "../domain/rollout/state.ts";
import type { StoredRollout } from "../domain/rollout/view.ts";
import type { Mongo } from "../storage/storage-context.ts";

/** `_id` = id of the rollout. */
const ROLLOUTS = "rollouts";
/** `_id` = id of the rollout and time of the look. */
const VERDICTS = "rollout_verdicts";
const EVENTS_KEPT = 500;
const VERDICTS_KEPT_MS = 90 * 86_400_000;

/** A verdict with where the rollout stood. */
interface KeptVerdict {
	atMs: number;
	phase: string;
	step: number;
	verdict: Verdict;
}

/** Releases as they are read. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface Rollouts {
	/** By its id, or a deployment's: the one under way, else the newest. */
	read(name: string): Promise<StoredRollout | undefined>;
	/** Newest first. */
	list(query: { deployment?: string; limit: number }): Promise<StoredRollout[]>;
	/** Oldest first; the last 500. */
	listEvents(rolloutId: string): Promise<RolloutEvent[]>;
	/** Newest first. */
	listVerdicts(rolloutId: string, limit: number): Promise<KeptVerdict[]>;
	/** Makes a new rollout visible, unless its controller did already. */
	keepNew(state: RolloutState): Promise<void>;
}

export function createRolloutStore(
	mongo: Mongo,
): Rollouts & RolloutStore & LookKeeper {
	const rollouts = { collection: ROLLOUTS };

	async function find(
		filter: Record<string, unknown>,
		limit: number,
	): Promise<StoredRollout[]> {
		const found = await mongo.run({ ...rollouts, name: "find" }, (target) =>
			target
				.find(filter, {
					projection: { events: 0 },
					sort: { created_at: -1 },
					limit,
				})
				.toArray(),
		);
		return found.map(({ state, look }) => ({
			state: state as RolloutState,
			look: (look ?? null) as Look | null,
		}));
	}

	async function addEvent(_id: string, event: RolloutEvent): Promise<void> {
		await mongo.run({ ...rollouts, name: "add_event" }, (target) =>
			target.updateOne(
				{ _id, last_event: { $lt: event.seq } },
				{
					$set: { last_event: event.seq },
					$push: { events: { $each: [event], $slice: -EVENTS_KEPT } as never },
				},
			),
		);
	}

	return {
		async read(name) {
			const [byId] = await find({ _id: name }, 1);
			if (byId !== undefined) return byId;
			const open = { deployment: name, phase: { $nin: [...endPhases] } };
			const [underWay] = await find(open, 1);
			return underWay ?? (await find({ deployment: name }, 1))[0];
		},

		list: ({ deployment, limit }) =>
			find(deployment === undefined ? {} : { deployment }, limit),

		async listEvents(_id) {
			const found = await mongo.run(
				{ ...rollouts, name: "list_events" },
				(target) => target.findOne({ _id }, { projection: { events: 1 } }),
			);
			return (found?.events ?? []) as RolloutEvent[];
		},

		async listVerdicts(rollout_id, limit) {
			const found = await mongo.run(
				{ collection: VERDICTS, name: "list" },
				(target) =>
					target.find({ rollout_id }, { sort: { at: -1 }, limit }).toArray(),
			);
			return found.map(({ at, phase, step, verdict }) => ({
				...{ atMs: Number(at), phase: String(phase), step: Number(step) },
				verdict: verdict as Verdict,
			}));
		},

		async keepNew(state) {
			await mongo.run({ ...rollouts, name: "keep_new" }, (target) =>
				target.updateOne(
					{ _id: state.rolloutId },
					{ $setOnInsert: { ...documentOf(state), ...noEvents } },
					{ upsert: true },
				),
			);
		},

		async keepState(state, events) {
			await mongo.run({ ...rollouts, name: "keep_state" }, (target) =>
				target.updateOne(
					{ _id: state.rolloutId },
					{ $set: documentOf(state), $setOnInsert: noEvents },
					{ upsert: true },
				),
			);
			for (const event of events) await addEvent(state.rolloutId, event);
		},

		async keepLook(state, look, keepVerdict) {
			await mongo.run({ ...rollouts, name: "keep_look" }, (target) =>
				target.updateOne({ _id: state.rolloutId }, { $set: { look } }),
			);
			const { verdict } = look;
			if (verdict === null || !keepVerdict) return;
			const { rolloutId, phase, stepIndex } = state;
			await mongo.run({ collection: VERDICTS, name: "keep" }, (target) =>
				target.updateOne(
					{ _id: `${rolloutId}:${look.atMs}` },
					{
						$setOnInsert: {
							...{ rollout_id: rolloutId, at: look.atMs, phase },
							...{ step: stepIndex + 1, verdict },
							expires_at: new Date(look.atMs + VERDICTS_KEPT_MS),
						},
					},
					{ upsert: true },
				),
			);
		},

		async findFormerBuilds(deployment, limit) {
			const filter = { deployment, phase: "Healthy", dry_run: false };
			const found = await find(filter, limit);
			return found.flatMap(({ state: { baseBuild, endedAtMs } }) =>
				baseBuild === null || endedAtMs === null
					? []
					: [{ build: baseBuild, untilMs: endedAtMs }],
			);
		},
	};
}

const noEvents = { events: [], last_event: 0 };

/** Fields that reads filter by, beside the state as it is. */
function documentOf(state: RolloutState) {
	const { spec, phase, createdAtMs } = state;
	return {
		...{ deployment: spec.deployment, phase, dry_run: spec.dryRun },
		...{ created_at: createdAtMs, state: withoutEvents(state) },
	};
}
