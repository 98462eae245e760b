import type { Author } from "../domain/author.ts";
import type {
	DeadLetter,
	DeadLetterBytes,
	DeadLetterFilter,
	DeadLetterPlace,
	DeadLetterRecord,
	DeadLetterState,
	DeadLetterSummary,
	RedriveProgress,
	RedriveRequest,
} from "../domain/dead-letter.ts";
import type { Redact } from "../domain/redact.ts";

export interface DeadLetterListQuery {
	filter: DeadLetterFilter & { state?: DeadLetterState };
	after?: DeadLetterPlace | undefined;
	limit: number;
}

/** The stored dead letters. Every call throws STORE_UNAVAILABLE when it cannot be answered. */
export interface StoredDeadLetters {
	/** Newest first. */
	list(query: DeadLetterListQuery): Promise<DeadLetterSummary[]>;
	read(id: string): Promise<(DeadLetter & DeadLetterBytes) | undefined>;
	/** false when the letter's state forbids it. */
	discard(id: string, by: DeadLetterRecord): Promise<boolean>;
}

/** Re-drives, each a workflow. Every call throws TEMPORAL_UNAVAILABLE when Temporal is away. */
export interface DeadLetterRedrives {
	/**
	 * Whether the re-drive was started before. Throws IDEMPOTENCY_KEY_REUSED when another request has its id.
	 */
	isStarted(request: RedriveRequest): Promise<boolean>;
	/** Resolves when the re-drive goes on whatever happens to this process; throws as `isStarted` does. */
	start(request: RedriveRequest): Promise<void>;
	/** The outcome; undefined when the re-drive takes longer than the wait. */
	outcome(
		redriveId: string,
		waitMs: number,
	): Promise<RedriveProgress | undefined>;
	read(redriveId: string): Promise<RedriveProgress | undefined>;
	/** false when no such re-drive runs. */
	stop(redriveId: string, by: Author): Promise<boolean>;
}

/** The ports of the dead letter routes. */
export interface DeadLetterSources {
	stored: StoredDeadLetters;
	redrives: DeadLetterRedrives;
	/** Decodes the message as intake does; throws when it cannot be decoded. */
	decode(bytes: Buffer): Promise<unknown>;
	/** Hides what is sensitive from whoever reads a letter. */
	redact: Redact;
}
