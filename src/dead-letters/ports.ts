import type {
	CommandAuthor,
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

export interface DeadLetterListQuery {
	filter: DeadLetterFilter & { state?: DeadLetterState };
	after?: DeadLetterPlace | undefined;
	limit: number;
}

/** Dead letters as they stand. Every call throws STORE_UNAVAILABLE when it cannot be answered. */
export interface StoredDeadLetters {
	/** Newest first. */
	list(query: DeadLetterListQuery): Promise<DeadLetterSummary[]>;
	read(id: string): Promise<(DeadLetter & DeadLetterBytes) | undefined>;
	/** false when the letter's state forbids it. */
	discard(id: string, by: DeadLetterRecord): Promise<boolean>;
}

/** Re-drives at work. Every call throws TEMPORAL_UNAVAILABLE when it cannot be made. */
export interface DeadLetterRedrives {
	/** Whether it has begun, or is done. Throws IDEMPOTENCY_KEY_REUSED when another request has its id. */
	isStarted(request: RedriveRequest): Promise<boolean>;
	/** Resolves when the re-drive goes on whatever happens to this process; throws as `isStarted` does. */
	start(request: RedriveRequest): Promise<void>;
	/** How it ended; undefined when it goes on longer than the wait. */
	outcome(
		redriveId: string,
		waitMs: number,
	): Promise<RedriveProgress | undefined>;
	read(redriveId: string): Promise<RedriveProgress | undefined>;
	/** false when there is none at work. */
	stop(redriveId: string, by: CommandAuthor): Promise<boolean>;
}

/** What the routes of dead letters rest on. */
export interface DeadLetterSources {
	stored: StoredDeadLetters;
	redrives: DeadLetterRedrives;
	/** The message as intake reads it; throws when it cannot. */
	decode(bytes: Buffer): Promise<unknown>;
}
