import type {
	BuildRouting,
	BuildWorkers,
	PlanCounts,
} from "../../rollout/ports.ts";
import { SETTLE_MS } from "./compare-outcome.ts";
import type { Arm, ArmCounts, LiveFacts, Verdict } from "./judgement.ts";
import { isSameRouting, type RolloutState, type WeightSpan } from "./state.ts";
import type { Tally } from "./tally.ts";

/** Outcomes may be stored so long after the time they carry. */
export const LATE_MS = 120_000;
/** A verdict that says what the one before said is kept so often only. */
const KEEP_EVERY_MS = 60_000;

/** What one look at the world has found; `null` where it could not be read. */
export interface Look {
	/** Clock of the worker, Unix epoch, ms. */
	atMs: number;
	routing: BuildRouting | null;
	workers: Record<Arm, BuildWorkers> | null;
	/** Of some spans, by index: those that were counted. */
	counts: { index: number; counts: PlanCounts }[];
	/** Folded up to `cursorMs`. */
	tally: Tally | null;
	cursorMs: number;
	live: LiveFacts | null;
	verdict: Verdict | null;
	/** What could not be read, and why; null: everything was. */
	unreadable: string | null;
}

/** Which spans a look counts: the one in force, and one of the others in turn. */
export function spansToCount(
	spans: readonly WeightSpan[],
	look: number,
): number[] {
	const last = spans.length - 1;
	if (last < 0) return [];
	return last === 0 ? [0] : [last, look % last];
}

/** The window of a span's plans; undefined: too short to say anything. */
export function windowOf(
	{ fromMs, toMs }: WeightSpan,
	nowMs: number,
): { fromMs: number; toMs: number } | undefined {
	const window = { fromMs: fromMs + SETTLE_MS, toMs: toMs ?? nowMs };
	return window.fromMs < window.toMs ? window : undefined;
}

/** The counts of all spans, one entry a weight. */
export function countsByWeight(
	spans: readonly WeightSpan[],
	name: keyof PlanCounts,
): ArmCounts[] {
	const sums = new Map<number, ArmCounts>();
	for (const { weight, counts } of spans) {
		const sum = sums.get(weight) ?? { weight, base: 0, candidate: 0 };
		sum.base += counts[name].base;
		sum.candidate += counts[name].candidate;
		sums.set(weight, sum);
	}
	return [...sums.values()];
}

/** Whether a verdict is stored: what it says is new, or the last one is a minute old. */
export function isWorthKeeping(
	verdict: Verdict,
	{
		verdict: last,
		verdictKeptAtMs,
	}: Pick<RolloutState, "verdict" | "verdictKeptAtMs">,
	nowMs: number,
): boolean {
	if (last === null || verdictKeptAtMs === null) return true;
	const isNew = last.rule !== verdict.rule || last.action !== verdict.action;
	return isNew || nowMs - verdictKeptAtMs >= KEEP_EVERY_MS;
}

/** Whether the routing is as this rollout left it, or was about to leave it, and its own. */
export function isOurs(state: RolloutState, routing: BuildRouting): boolean {
	const { manager, wanted, asked } = state;
	if (wanted === null || manager === null) return true;
	if (routing.manager !== manager) return false;
	return [wanted, asked].some(
		(one) => one !== null && isSameRouting(routing, one),
	);
}

/** Enters what a look has found. */
export function enterLook(
	state: RolloutState,
	look: Look,
	wasKept: boolean,
): void {
	state.looks += 1;
	state.lookedAtMs = look.atMs;
	state.unreadableLooks =
		look.unreadable === null ? 0 : state.unreadableLooks + 1;
	for (const { index, counts } of look.counts) {
		const span = state.spans[index];
		if (span !== undefined) span.counts = counts;
	}
	state.tally = look.tally;
	state.cursorMs = look.cursorMs;
	if (look.verdict === null) return;
	if (wasKept) state.verdictKeptAtMs = look.atMs;
	state.verdict = look.verdict;
}
