import type {
	DeadLetter,
	DeadLetterFilter,
	DeadLetterPlace,
	DeadLetterRecord,
	RedriveOutcome,
	RedriveRequest,
} from "../src/domain/dead-letter.ts";
import { OrchestratorError } from "../src/errors.ts";
import { whileHeartbeating } from "./heartbeat.ts";

type Claim =
	| {
			kind: "claimed";
			letter: DeadLetter & { original: Buffer | null };
	  }
	| { kind: "settled" | "refused" | "missing" };

/** The stored dead letters; see `src/storage` for what the calls promise. */
export interface DeadLetterLedger {
	findOpen(query: {
		filter: DeadLetterFilter;
		after: DeadLetterPlace | null;
		untilMs: number;
		limit: number;
	}): Promise<DeadLetterPlace[]>;
	claim(
		id: string,
		request: {
			redrive_id: string;
			actor: string;
			reason: string;
			nowMs: number;
			corrected: Buffer | null;
		},
	): Promise<Claim>;
	settle(id: string, by: DeadLetterRecord): Promise<void>;
	release(id: string, by: DeadLetterRecord): Promise<void>;
}

export interface LetterSender {
	/**
	 * Puts the message on the topic it came from, as one that is re-driven. Resolves only after the
	 * brokers acknowledged it; throws PUBLISH_REFUSED when they never will, or when nothing can be sent.
	 */
	send(
		letter: DeadLetter,
		body: Buffer | null,
		redriveId: string,
	): Promise<void>;
}

export interface RedriveDeps {
	deadLetters: DeadLetterLedger;
	letterSender: LetterSender;
}

/** Part of a re-drive: these letters, now. */
export interface RedriveStep
	extends Pick<
		RedriveRequest,
		"redrive_id" | "actor" | "reason" | "corrected"
	> {
	ids: string[];
}

export function createFindDeadLetters({ deadLetters }: RedriveDeps) {
	/** Safe to retry: reads only. */
	return async function findDeadLetters(
		query: Parameters<DeadLetterLedger["findOpen"]>[0],
	): Promise<DeadLetterPlace[]> {
		return await whileHeartbeating(() => deadLetters.findOpen(query));
	};
}

export function createRedriveDeadLetters(deps: RedriveDeps) {
	/**
	 * Sends letters back one by one; returns each one's outcome. At-least-once: a crash between the
	 * acknowledgement and its record sends a letter again, and intake treats it as a duplicate. Otherwise safe to
	 * retry: letters that this re-drive has settled stay so.
	 */
	return async function redriveDeadLetters(
		step: RedriveStep,
	): Promise<RedriveOutcome[]> {
		return await whileHeartbeating(async ({ signal }) => {
			const outcomes: RedriveOutcome[] = [];
			for (const id of step.ids) {
				signal.throwIfAborted();
				outcomes.push(await redriveOne(deps, step, id));
			}
			return outcomes;
		});
	};
}

async function redriveOne(
	{ deadLetters, letterSender }: RedriveDeps,
	{ redrive_id, actor, reason, corrected }: RedriveStep,
	id: string,
): Promise<RedriveOutcome> {
	const body = corrected === null ? null : Buffer.from(corrected);
	const claim = await deadLetters.claim(id, {
		redrive_id,
		actor,
		reason,
		nowMs: Date.now(),
		corrected: body,
	});
	if (claim.kind === "settled") return "redriven";
	if (claim.kind !== "claimed") return "skipped";
	const { letter } = claim;
	const by = { actor, reason, redrive_id };
	try {
		await letterSender.send(letter, body ?? letter.original, redrive_id);
	} catch (error) {
		if (!(error instanceof OrchestratorError) || error.retryable) throw error;
		await deadLetters.release(id, {
			...by,
			action: "redrive-failed",
			reason: error.message,
			at: Date.now(),
		});
		return "failed";
	}
	await deadLetters.settle(id, { ...by, action: "redriven", at: Date.now() });
	return "redriven";
}
