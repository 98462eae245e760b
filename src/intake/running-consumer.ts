/** A consumer at work. `stop` resolves when nothing of it is under way any more. */
export interface RunningConsumer {
	ready(): Promise<void>;
	stop(): Promise<void>;
}
