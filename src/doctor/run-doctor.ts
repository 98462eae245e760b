import { withinMs } from "../deadline.ts";
import { type Check, failed } from "./check.ts";
import { explainFault, type ServerNames } from "./explain-fault.ts";

/** One part of the installation; it looks and judges. */
export interface Examination {
	/** Name of the check that stands for all when the look itself fails. */
	name: string;
	/** How the server is spoken to; absent: nothing is asked over the network. */
	server?: ServerNames;
	/** May reject: then the server cannot be used. */
	look(): Promise<readonly Check[]>;
}

/** No server is waited for longer. */
const TIMEOUT_MS = 15_000;

/**
 * Runs all examinations at the same time and yields their results in the order of the list. Never throws: an
 * examination that fails is a failed check.
 */
export async function* runDoctor(
	examinations: readonly Examination[],
): AsyncIterable<Check> {
	const found = examinations.map(examine);
	for (const checks of found) yield* await checks;
}

async function examine(examination: Examination): Promise<readonly Check[]> {
	try {
		return await withinMs(TIMEOUT_MS, () => examination.look());
	} catch (error) {
		return [explain(examination, error)];
	}
}

function explain({ name, server }: Examination, error: unknown): Check {
	if (server === undefined) {
		const why = error instanceof Error ? error.message : String(error);
		return failed(name, `cannot be looked at: ${why}`, "report this");
	}
	const { detail, remedy } = explainFault(error, server);
	return failed(name, detail, remedy);
}
