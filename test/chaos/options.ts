import { parseArgs } from "node:util";
import { faultTable } from "./fault-table.ts";

export const usage = `Faults under load, and the books afterwards.

npm run chaos -- [options]
  --fault N[,N]  only these faults
  --plans N      plans over all faults (1000; with --short 80)
  --seed N       of the mix of plans (1)
  --short        a few plans and outages of seconds, as CI runs it
  --json         the facts as the last line`;

export interface ChaosOptions {
	faults: readonly number[];
	plansPerFault: number;
	seed: number;
	isShort: boolean;
	isJson: boolean;
}

const PLANS = 1_000;
const SHORT_PLANS = 80;

/** Reads the command line; throws with what is wrong. */
export function readOptions(args: readonly string[]): ChaosOptions {
	const { values } = parseArgs({
		args: [...args],
		options: {
			fault: { type: "string" },
			plans: { type: "string" },
			seed: { type: "string", default: "1" },
			short: { type: "boolean", default: false },
			json: { type: "boolean", default: false },
		},
	});
	const known = faultTable.map(({ number }) => number);
	const faults = values.fault?.split(",").map(Number) ?? known;
	const strange = faults.filter((number) => !known.includes(number));
	if (strange.length > 0) throw new Error(`there is no fault ${strange}`);
	const plans = readCount(
		"--plans",
		values.plans ?? String(values.short ? SHORT_PLANS : PLANS),
	);
	return {
		faults,
		// All faults share them, whichever are chosen.
		plansPerFault: Math.max(1, Math.round(plans / known.length)),
		seed: readCount("--seed", values.seed),
		isShort: values.short,
		isJson: values.json,
	};
}

function readCount(name: string, text: string): number {
	if (!/^[1-9]\d{0,6}$/.test(text))
		throw new Error(`${name} is "${text}"; it must be a whole number above 0`);
	return Number(text);
}
