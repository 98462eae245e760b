import type { Log } from "../src/log.ts";

/** Says only what spoils a measurement. */
export const quietLog: Log = {
	debug() {},
	info() {},
	warn: (fields, message) => console.error("bench:", message, fields),
	error: (fields, message) => console.error("bench:", message, fields),
};
