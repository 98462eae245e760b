import { parseArgs } from "node:util";
import type { Fault } from "./fault.ts";
import { faultTable } from "./fault-table.ts";
import { chooseByDate, dateOf, dayOf } from "./rotation.ts";

export const usage = `Faults under load, and the evidence afterwards.

npm run chaos -- [options]
  --fault F[,F]  only these faults, by name or number
  --list         tells names and numbers, runs nothing
  --plans N      plans over all faults (100 for each; with --short 8)
  --seed N       of the mix of plans (1)
  --short        a few plans and outages of seconds, as CI runs it: as many faults as fit into
                 six minutes, in rotation by date, so that each runs within a week
  --all          with --short: every fault
  --date DAY     the rotation's date, as 2026-11-30 (today, UTC)
  --json         the facts as the last line`;

export interface ChaosOptions {
	faults: readonly Fault[];
	plansPerFault: number;
	seed: number;
	isShort: boolean;
	isJson: boolean;
	/** Only tell which faults there are. */
	isList: boolean;
	/** Days since 1970. */
	day: number;
	/** How many days it takes until each fault has run; absent when the date chose nothing. */
	periodDays?: number;
}

const PLANS_PER_FAULT = 100;
const SHORT_PLANS_PER_FAULT = 8;
/** Six minutes, without the start of the servers, the plans that warm up, and the stop. */
const SHORT_BUDGET_SECONDS = 300;

/** Reads the command line; throws with what is wrong. */
export function readOptions(
	args: readonly string[],
	today = dateOf(Math.floor(Date.now() / 86_400_000)),
): ChaosOptions {
	const { values } = parseArgs({
		args: [...args],
		options: {
			fault: { type: "string" },
			list: { type: "boolean", default: false },
			plans: { type: "string" },
			seed: { type: "string", default: "1" },
			short: { type: "boolean", default: false },
			all: { type: "boolean", default: false },
			date: { type: "string", default: today },
			json: { type: "boolean", default: false },
		},
	});
	const { short: isShort, json: isJson, list: isList } = values;
	const day = dayOf(values.date);
	const usual = isShort ? SHORT_PLANS_PER_FAULT : PLANS_PER_FAULT;
	const all = String(usual * faultTable.length);
	// All faults share them, whichever are chosen.
	const plans = readCount("--plans", values.plans ?? all);
	const plansPerFault = Math.max(1, Math.round(plans / faultTable.length));
	const seed = readCount("--seed", values.seed);
	const options = { plansPerFault, seed, isShort, isJson, isList, day };
	if (values.fault !== undefined)
		return { ...options, faults: findFaults(values.fault.split(",")) };
	if (!isShort || values.all) return { ...options, faults: faultTable };
	return {
		...options,
		...chooseByDate(faultTable, day, SHORT_BUDGET_SECONDS),
	};
}

/** In the order they are injected, whatever the order they are asked for. */
function findFaults(asked: readonly string[]): readonly Fault[] {
	const names = asked.map((name) => name.trim());
	const isNamed = ({ name, number }: Fault) =>
		names.includes(name) || names.includes(String(number));
	const strange = names.filter(
		(one) =>
			!faultTable.some(
				({ name, number }) => one === name || one === String(number),
			),
	);
	if (strange.length === 0) return faultTable.filter(isNamed);
	throw new Error(
		`there is no fault ${strange.join(", ")}; there are:\n${listFaults()}`,
	);
}

/** Number, name and what happens, a line each. */
export function listFaults(): string {
	const width = Math.max(...faultTable.map(({ name }) => name.length));
	return faultTable
		.map(
			({ number, name, title }) =>
				`${String(number).padStart(4)}  ${name.padEnd(width)}  ${title}`,
		)
		.join("\n");
}

function readCount(name: string, text: string): number {
	if (!/^[1-9]\d{0,6}$/.test(text))
		throw new Error(`${name} is "${text}"; it must be a whole number above 0`);
	return Number(text);
}
