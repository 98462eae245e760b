import { parseArgs } from "node:util";

export const usage = `Requests made from the OpenAPI document, against the running service; with --kafka
records made from the AsyncAPI document, on every topic that it reads.

npm run fuzz -- [options]
  --requests N   at least so many (10000)
  --seed N       of the first round (1)
  --operation ID only this operation; may be given several times
  --kafka        records instead of requests, between good plans; then the evidence is checked
  --records N    so many of them (20000)`;

export interface FuzzOptions {
	requests: number;
	seed: number;
	/** Records on topics, instead of requests. */
	isKafka: boolean;
	records: number;
	operations: readonly string[];
}

/** Reads the command line; throws with what is wrong. */
export function readOptions(args: readonly string[]): FuzzOptions {
	const { values } = parseArgs({
		args: [...args],
		options: {
			requests: { type: "string", default: "10000" },
			seed: { type: "string", default: "1" },
			kafka: { type: "boolean", default: false },
			records: { type: "string", default: "20000" },
			operation: { type: "string", multiple: true, default: [] },
		},
	});
	return {
		requests: readCount("--requests", values.requests),
		seed: readCount("--seed", values.seed),
		isKafka: values.kafka,
		records: readCount("--records", values.records),
		operations: values.operation,
	};
}

function readCount(name: string, text: string): number {
	if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
	throw new Error(`${name} is "${text}"; it must be a whole number above 0`);
}
