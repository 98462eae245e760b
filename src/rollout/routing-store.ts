import { isDeepStrictEqual } from "node:util";
import { MongoServerError } from "mongodb";
import {
	type RoutingBodies,
	type RoutingDocument,
	type RoutingSubject,
	routingSubjects,
} from "../domain/rollout/routing.ts";
import { hasCode, OrchestratorError } from "../errors.ts";
import { DUPLICATE_KEY } from "../storage/duplicate-keys.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";

const ROUTING = "routing";
/** So many former bodies are kept with who changed them and why. */
const FORMER_KEPT = 50;

export interface RoutingChange<Subject extends RoutingSubject> {
	subject: Subject;
	body: RoutingBodies[Subject];
	/** The revision that the change was made from; 0: there is no document yet. */
	expected: number;
	actor: string;
	reason: string;
	nowMs: number;
}

/** The documents there are. */
export type RoutingDocuments = {
	[Subject in RoutingSubject]?: RoutingDocument<Subject>;
};

/** What decides where new plans go. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface RoutingStore {
	readAll(): Promise<RoutingDocuments>;
	/**
	 * Throws ROUTING_CHANGED when the revision is not the expected one. Safe to repeat: a change that is in force
	 * already is answered as if it were new.
	 */
	change<Subject extends RoutingSubject>(
		change: RoutingChange<Subject>,
	): Promise<RoutingDocument<Subject>>;
	/** Former documents, newest first. */
	readFormer<Subject extends RoutingSubject>(
		subject: Subject,
	): Promise<RoutingDocument<Subject>[]>;
}

export function createRoutingStore(mongo: Mongo): RoutingStore {
	async function read(subjects: readonly RoutingSubject[]) {
		const found = await mongo.run(
			{ collection: ROUTING, name: "read" },
			(target) =>
				target
					.find({ _id: { $in: [...subjects] } }, { projection: { former: 0 } })
					.toArray(),
		);
		return Object.fromEntries(
			found.map((document) => [document._id, document]),
		) as RoutingDocuments;
	}

	return {
		readAll: () => read(routingSubjects),

		async change({ subject, expected, nowMs, ...change }) {
			type Found = RoutingDocument<typeof subject>;
			const found = (await read([subject]))[subject] as Found | undefined;
			if (found !== undefined && isSame(found, expected, change)) return found;
			if ((found?.revision ?? 0) !== expected)
				throw routingChanged(subject, expected, found);
			const next = {
				...{ revision: expected + 1, changed_at: nowMs, ...change },
			};
			const isWritten = await write(mongo, subject, next, found);
			if (isWritten) return { _id: subject, ...next };
			const newer = (await read([subject]))[subject];
			throw routingChanged(subject, expected, newer);
		},

		async readFormer(subject) {
			const found = await mongo.run(
				{ collection: ROUTING, name: "read_former" },
				(target) =>
					target.findOne({ _id: subject }, { projection: { former: 1 } }),
			);
			const former = (found?.former ?? []) as RoutingDocument<typeof subject>[];
			return former.toReversed();
		},
	};
}

/** Somebody else may write between a reading and the change that rests on it. */
const MAX_TRIES = 5;

/**
 * Reads, decides and changes, and decides anew when somebody else was faster; `isAgain`: that happened. Where `decide`
 * answers nothing, what was found stays. Answers what is in force then. Throws ROUTING_CHANGED after five tries.
 */
export async function updateRouting<Subject extends RoutingSubject>(
	store: Pick<RoutingStore, "readAll" | "change">,
	subject: Subject,
	decide: (
		found: RoutingDocument<Subject> | undefined,
		isAgain: boolean,
	) => Pick<RoutingChange<Subject>, "body" | "actor" | "reason"> | undefined,
): Promise<RoutingDocument<Subject> | undefined> {
	for (let tries = 1; ; tries += 1) {
		const documents: RoutingDocuments = await store.readAll();
		const found = documents[subject];
		const decision = decide(found, tries > 1);
		if (decision === undefined) return found;
		const change = { subject, ...decision, nowMs: Date.now() };
		try {
			return await store.change({ ...change, expected: found?.revision ?? 0 });
		} catch (error) {
			if (!hasCode(error, "ROUTING_CHANGED") || tries === MAX_TRIES)
				throw error;
		}
	}
}

function isSame(
	{ revision, actor, reason, body }: RoutingDocument<RoutingSubject>,
	expected: number,
	change: { actor: string; reason: string; body: object },
): boolean {
	return (
		revision === expected + 1 &&
		isDeepStrictEqual({ actor, reason, body }, { ...change })
	);
}

/** Whether this change came before any other. */
async function write(
	mongo: Mongo,
	_id: RoutingSubject,
	next: Omit<RoutingDocument<RoutingSubject>, "_id">,
	former: RoutingDocument<RoutingSubject> | undefined,
): Promise<boolean> {
	return await mongo.run(
		{ collection: ROUTING, name: "change" },
		async (target) => {
			if (former === undefined)
				return await target
					.insertOne({ _id, ...next, former: [] })
					.then(() => true, isDuplicate);
			const kept = { $each: [former], $slice: -FORMER_KEPT };
			const { matchedCount } = await target.updateOne(
				{ _id, revision: former.revision },
				{ $set: next, $push: { former: kept } } as Partial<StoredDocument>,
			);
			return matchedCount === 1;
		},
	);
}

function isDuplicate(error: unknown): false {
	if (error instanceof MongoServerError && error.code === DUPLICATE_KEY)
		return false;
	throw error;
}

function routingChanged(
	subject: RoutingSubject,
	expected: number,
	found: RoutingDocument<RoutingSubject> | undefined,
): OrchestratorError {
	const now =
		found === undefined
			? "there is none"
			: `it is at revision ${found.revision}, changed by ${found.actor}: ${found.reason}`;
	return new OrchestratorError(
		"ROUTING_CHANGED",
		`routing of ${subject} cannot be changed from revision ${expected}: ${now}`,
		{ hint: "read it again, and decide anew" },
	);
}
