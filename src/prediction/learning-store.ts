import {
	type Learned,
	nothingLearned,
} from "../domain/prediction/learning-step.ts";
import type { TrainingTrigger } from "../domain/prediction/model-words.ts";
import { isNotInserted } from "../storage/duplicate-keys.ts";
import type { Mongo } from "../storage/storage-context.ts";
import { MODELS } from "./model-documents.ts";
import { learningId } from "./model-view.ts";
import { DURATION_MODEL } from "./ports.ts";
import type { SkippedCounts } from "./training-rows.ts";

/** A learner that does not come back is followed by another one after this. */
export const LEASE_MS = 20_000;

/** Collection `models`, `_id` = `{name}/learning`: written by the one learner, with all it has come to at once. */
export interface LearningDocument extends Learned {
	_id: string;
	kind: "learning";
	owner: string;
	/** Of role `trainer`: workers leave it the lease. */
	owner_is_trainer: boolean;
	lease_until: number;
	/** A trainer is there until then. */
	trainer_until: number;
	revision: number;
	/** Ends that were stored until then (Unix epoch, ms) have been learned from; null: it has not begun. */
	watermark: { ms: number } | null;
	/** Attempts that were learned from, and those left out. */
	learned_attempts: number;
	skipped: SkippedCounts;
	/** Completed attempts since the last training began. */
	since_training: number;
	/** A training that is to be started; null: none. */
	retrain: { trigger: TrainingTrigger; reason: string } | null;
	updated_at: number | null;
}

interface Learner {
	/** Names this process. */
	owner: string;
	isTrainer: boolean;
}

/** Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface LearningStore {
	/** The document, when this learner is the one; undefined: another one is. */
	lease(nowMs: number): Promise<LearningDocument | undefined>;
	/** The document as it stands now; undefined: another learner has it, and nothing was written. */
	save(document: LearningDocument): Promise<LearningDocument | undefined>;
	/** Gives the lease back, so that another one need not wait. */
	release(): Promise<void>;
}

export function createLearningStore(
	mongo: Mongo,
	{ owner, isTrainer }: Learner,
): LearningStore {
	const _id = learningId(DURATION_MODEL);
	const run = <T>(name: string, work: Parameters<typeof mongo.run<T>>[1]) =>
		mongo.run({ collection: MODELS, name }, work);

	return {
		async lease(nowMs) {
			const lease_until = nowMs + LEASE_MS;
			if (isTrainer)
				await run("announce_trainer", (target) =>
					target.updateOne({ _id }, { $set: { trainer_until: lease_until } }),
				);
			const mayTake = isTrainer
				? [
						{ owner },
						{ lease_until: { $lt: nowMs } },
						{ owner_is_trainer: false },
					]
				: [{ owner }, { lease_until: { $lt: nowMs } }];
			const taken = await run("lease", (target) =>
				target.findOneAndUpdate(
					{
						...{ _id, $or: mayTake },
						...(!isTrainer && { trainer_until: { $lt: nowMs } }),
					},
					{ $set: { owner, owner_is_trainer: isTrainer, lease_until } },
					{ returnDocument: "after" },
				),
			);
			if (taken !== null) return taken as unknown as LearningDocument;
			const first: Omit<LearningDocument, "_id"> = {
				...nothingLearned,
				...{ kind: "learning", owner, owner_is_trainer: isTrainer },
				...{ lease_until, trainer_until: isTrainer ? lease_until : 0 },
				...{ revision: 0, watermark: null, learned_attempts: 0, skipped: {} },
				...{ since_training: 0, retrain: null, updated_at: null },
			};
			const isFirst = await run("begin", (target) =>
				target.insertOne({ _id, ...first }).then(() => true, isNotInserted),
			);
			return isFirst ? { _id, ...first } : undefined;
		},

		async save({
			_id: _,
			lease_until: _until,
			trainer_until: _t,
			...document
		}) {
			const fields = { ...document, revision: document.revision + 1 };
			const saved = await run("save_learning", (target) =>
				target.findOneAndUpdate(
					{ _id, owner, revision: document.revision },
					{ $set: fields },
					{ returnDocument: "after" },
				),
			);
			return (saved ?? undefined) as LearningDocument | undefined;
		},

		async release() {
			await run("release", (target) =>
				target.updateOne(
					{ _id, owner },
					{ $set: { lease_until: 0, ...(isTrainer && { trainer_until: 0 }) } },
				),
			);
		},
	};
}

/** As the learner has written it last; undefined: none ever ran. Throws STORE_UNAVAILABLE. */
export async function readLearning(
	mongo: Mongo,
): Promise<LearningDocument | undefined> {
	const found = await mongo.run(
		{ collection: MODELS, name: "read_learning" },
		(target) => target.findOne({ _id: learningId(DURATION_MODEL) }),
	);
	return (found ?? undefined) as LearningDocument | undefined;
}
