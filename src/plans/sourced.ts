export type ReadSource = "mongodb" | "workflow";

/** An answer and where it is from. */
export interface Sourced<T> {
	value: T;
	source: ReadSource;
}
