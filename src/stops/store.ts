import type { Filter, FindOptions } from "mongodb";
import { openPlanStatuses } from "../domain/plan-run.ts";
import {
	type BulkCancel,
	type BulkFilter,
	cancelOf,
	type Stop,
	type StopScope,
} from "../domain/stop-order.ts";
import { PLANS } from "../storage/plan-queries.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";

/** `_id` = id of the stop, or of the bulk cancel. */
export const STOP_ORDERS = "stop_orders";
/** A released stop still lets go of plans that it held late. */
const LET_GO_MS = 86_400_000;
const KEPT_MS = 30 * 86_400_000;
/** Plans in one step. */
const PAGE = 500;
/** Orders in one answer; stops that hold are always all there. */
const MAX_ORDERS = 200;

/** Stop buttons that are pressed, and cancels of many plans. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface StopStore {
	/** All stops that hold, and the newest of those released within a day. */
	readStops(nowMs: number): Promise<Stop[]>;
	/** Keeps the stop, unless the same is pressed already: then answers that one. */
	press(stop: Stop): Promise<Stop>;
	/** undefined: no such stop holds. */
	release(
		stopId: string,
		released: NonNullable<Stop["released"]>,
	): Promise<Stop | undefined>;
	/** Some RUNNING plans of the domain or the tenant, by their ids from after this one on. */
	findRunning(
		scope: StopScope,
		value: string,
		after: string,
	): Promise<string[]>;
	/** Some PAUSED plans that were held under this key, likewise. */
	findHeld(key: string, after: string): Promise<string[]>;
	/** How many open plans the filter means, and the first of them. */
	preview(filter: BulkFilter): Promise<{ count: number; plan_ids: string[] }>;
	keepBulk(bulk: BulkCancel): Promise<void>;
	readBulk(bulkId: string): Promise<BulkCancel | undefined>;
	readOpenBulks(): Promise<BulkCancel[]>;
	/** Some open plans that it means and that did not get the command yet, likewise. */
	findMeant(bulk: BulkCancel, after: string): Promise<string[]>;
	/**
	 * Notes how far it is: `refused` of one turn, the most of all turns counts; plans that took the command are counted
	 * where they are, so that turns of several processes do not add up.
	 */
	noteBulk(
		bulk: BulkCancel,
		turn: { refused: number; done_at: number | null },
	): Promise<void>;
}

export function createStopStore(mongo: Mongo): StopStore {
	const orders = { collection: STOP_ORDERS };
	const findPlans = async (filter: Filter<StoredDocument>) => {
		const found = await mongo.run(
			{ collection: PLANS, name: "find_stopped" },
			(target) =>
				target
					.find(
						{ kind: "plan", ...filter },
						{ projection: { plan_id: 1 }, sort: { _id: 1 }, limit: PAGE },
					)
					.toArray(),
		);
		return found.map(({ plan_id }) => plan_id as string);
	};
	const readOrders = async <T>(
		filter: Filter<StoredDocument>,
		options: FindOptions = { sort: { _id: 1 }, limit: MAX_ORDERS },
	) =>
		(await mongo.run({ ...orders, name: "read" }, (target) =>
			target
				.find(filter, {
					projection: { _id: 0, expires_at: 0, kind: 0 },
					...options,
				})
				.toArray(),
		)) as unknown as T[];
	const insert = async (kind: string, _id: string, fields: object) =>
		void (await mongo.run({ ...orders, name: "insert" }, (target) =>
			target.insertOne({ _id, kind, ...fields }),
		));
	return {
		async readStops(nowMs) {
			const since = { $gte: nowMs - LET_GO_MS };
			const [held, released] = await Promise.all([
				readOrders<Stop>({ kind: "stop", released: null }, {}),
				readOrders<Stop>(
					{ kind: "stop", "released.at": since },
					{ sort: { "released.at": -1 }, limit: MAX_ORDERS },
				),
			]);
			// One that is released between the two is in both.
			const ids = new Set(released.map(({ stop_id }) => stop_id));
			return [...held.filter(({ stop_id }) => !ids.has(stop_id)), ...released];
		},

		async press(stop) {
			const { scope, value } = stop;
			const same = { kind: "stop", scope, value, released: null };
			const [known] = await readOrders<Stop>(same);
			if (known !== undefined) return known;
			await insert("stop", stop.stop_id, stop);
			return stop;
		},

		async release(stopId, released) {
			const found = await mongo.run({ ...orders, name: "release" }, (target) =>
				target.findOneAndUpdate(
					{ _id: stopId, kind: "stop", released: null },
					{ $set: { released, expires_at: new Date(released.at + KEPT_MS) } },
				),
			);
			if (found === null) return undefined;
			const [stop] = await readOrders<Stop>({ _id: stopId });
			return stop;
		},

		findRunning: (scope, value, after) =>
			findPlans({
				status: "RUNNING",
				[scope]: value,
				plan_id: { $gt: after },
			}),

		findHeld: (key, after) =>
			findPlans({
				status: "PAUSED",
				"commands.idempotency_key": key,
				plan_id: { $gt: after },
			}),

		async preview(filter) {
			const meant = { kind: "plan", ...meantBy(filter) };
			const count = await mongo.run(
				{ collection: PLANS, name: "count_meant" },
				(target) => target.countDocuments(meant),
			);
			return { count, plan_ids: (await findPlans(meant)).slice(0, 100) };
		},

		keepBulk: (bulk) => insert("bulk-cancel", bulk.bulk_id, bulk),

		readBulk: async (_id) =>
			(await readOrders<BulkCancel>({ _id, kind: "bulk-cancel" }))[0],

		readOpenBulks: () =>
			readOrders<BulkCancel>({ kind: "bulk-cancel", done_at: null }),

		findMeant(bulk, after) {
			const { idempotency_key } = cancelOf(bulk);
			return findPlans({
				...meantBy(bulk.filter, bulk.asked_at),
				plan_id: { $gt: after },
				"commands.idempotency_key": { $ne: idempotency_key },
			});
		},

		async noteBulk(bulk, { refused, done_at }) {
			const { bulk_id, filter, asked_at } = bulk;
			const { status: _, ...meant } = meantBy(filter, asked_at);
			const cancelled = await mongo.run(
				{ collection: PLANS, name: "count_cancelled" },
				(target) =>
					target.countDocuments({
						kind: "plan",
						...meant,
						// By indexes: plans that have ended for long cannot have taken it.
						$or: [
							{ finished_at: { $gte: asked_at } },
							{ status: { $in: [...openPlanStatuses] } },
						],
						"commands.idempotency_key": cancelOf(bulk).idempotency_key,
					}),
			);
			await mongo.run({ ...orders, name: "note" }, (target) =>
				target.updateOne(
					{ _id: bulk_id },
					{
						$max: { cancelled, refused },
						...(done_at !== null && {
							$set: { done_at, expires_at: new Date(done_at + KEPT_MS) },
						}),
					},
				),
			);
		},
	};
}

/** Plans that came later than the question are not meant. */
function meantBy(
	{ status, created_before = Number.MAX_SAFE_INTEGER, ...equal }: BulkFilter,
	askedAtMs = Number.MAX_SAFE_INTEGER,
): Filter<StoredDocument> {
	return {
		status: status ?? { $in: [...openPlanStatuses] },
		created_at: { $lt: Math.min(created_before, askedAtMs) },
		...equal,
	};
}
