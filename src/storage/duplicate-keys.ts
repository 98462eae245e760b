import { MongoBulkWriteError } from "mongodb";

/** The code of an insert whose `_id` or unique key is there already. */
export const DUPLICATE_KEY = 11_000;

/** Whether nothing is wrong with a bulk write but that documents were there already. */
export function isOnlyDuplicates(error: unknown): error is MongoBulkWriteError {
	if (!(error instanceof MongoBulkWriteError)) return false;
	const all = [error.writeErrors].flat();
	return (
		error.code === DUPLICATE_KEY &&
		all.length > 0 &&
		all.every(({ code }) => code === DUPLICATE_KEY) &&
		error.result.getWriteConcernError() === undefined
	);
}

/** For an insert's `catch`: false when the document is there already; every other error is thrown again. */
export function isNotInserted(error: unknown): false {
	if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
	throw error;
}
