import type { SmokeShape } from "../../rollout/ports.ts";
import type { StickyBy } from "./routing.ts";

export const strategies = ["canary", "blueGreen"] as const;
export type Strategy = (typeof strategies)[number];
export const approvalTimeouts = ["pause", "abort"] as const;
export const inFlightPolicies = ["triage", "drain"] as const;

/** What a release does, with every default filled in. Durations in ms, weights in percent. */
export interface RolloutSpec {
	deployment: string;
	targetBuild: string;
	strategy: Strategy;
	stickiness: {
		by: StickyBy;
		/** null: the rollout's id, so each release has a cohort of its own. */
		salt: string | null;
		allow: string[];
		deny: string[];
	};
	steps: RolloutStep[];
	/** A plan that takes longer is late, one that is open for longer overdue. */
	matureMs: number;
	/** Share of plans, 0 to 1, by which the candidate may be worse: a smaller one needs more plans to be shown. */
	margin: number;
	/** `triage`: after a rollback, open plans of the candidate are begun again or moved; `drain`: they end there. */
	inFlight: (typeof inFlightPolicies)[number];
	/** A target that was current within so many releases, or within a day, skips the steps; 0: never. */
	rollbackWindow: number;
	/** Everything but the switch. */
	dryRun: boolean;
}

interface RampStep {
	kind: "ramp";
	weight: number;
	soakMs: number;
	minSample: number;
	maxWaitMs: number;
	maxAnalysisMs: number;
}
/** Policy that a person may change while it runs. */
export type RampPolicy = Partial<Omit<RampStep, "kind" | "weight">>;

interface ApproveStep {
	kind: "approve";
	timeoutMs: number;
	onTimeout: (typeof approvalTimeouts)[number];
}
export type RolloutStep =
	| { kind: "smoke"; plans: SmokeShape[]; timeoutMs: number }
	| RampStep
	| ApproveStep
	| { kind: "promote" }
	/** The old build keeps `holdback` percent for `forMs`, as a control. */
	| { kind: "verify"; holdback: number; forMs: number };

/** What people write: durations as text (`90s`, `10m`, `24h`), each step an object with its kind as key. */
export interface RolloutSpecInput {
	deployment: string;
	target: { buildId: string };
	strategy?: Strategy;
	stickiness?: Partial<RolloutSpec["stickiness"]>;
	steps?: StepInput[];
	matureAfter?: string;
	margin?: number;
	inFlight?: RolloutSpec["inFlight"];
	rollbackWindow?: number;
	dryRun?: boolean;
}

export interface StepInput {
	smoke?: { plans?: SmokeShape[]; timeout?: string };
	ramp?: number;
	approve?: { timeout?: string; onTimeout?: ApproveStep["onTimeout"] };
	promote?: object;
	verify?: { holdback?: number; for?: string };
	/** Of a ramp. */
	soak?: string;
	minSample?: number;
	maxWait?: string;
	maxAnalysis?: string;
}

export interface SpecProblem {
	/** `$.body.steps[2].soak`. */
	path: `$.body${string}`;
	message: string;
}

const stepKinds = ["smoke", "ramp", "approve", "promote", "verify"] as const;
const ofRamps = ["soak", "minSample", "maxWait", "maxAnalysis"] as const;
const MAX_STEPS = 20;

const defaultSteps: Record<Strategy, StepInput[]> = {
	canary: [
		{ smoke: {} },
		{ ramp: 5 },
		{ ramp: 25 },
		{ ramp: 50 },
		{ promote: {} },
		{ verify: {} },
	],
	// Nothing was compared before: a control of 5 % would show a candidate that always fails after 129 plans, this after 24.
	blueGreen: [{ smoke: {} }, { promote: {} }, { verify: { holdback: 25 } }],
};

/** Fills in every default, and says what is wrong with which field; the spec is usable when nothing is. */
export function completeSpec(input: RolloutSpecInput): {
	spec: RolloutSpec;
	problems: SpecProblem[];
} {
	const problems: SpecProblem[] = [];
	const { strategy = "canary", stickiness = {} } = input;
	const inputs = input.steps ?? defaultSteps[strategy];
	const steps = inputs.map((step, index) =>
		completeStep(step, `$.body.steps[${index}]`, problems),
	);
	const salt = stickiness.salt ?? null;
	const spec: RolloutSpec = {
		deployment: input.deployment,
		targetBuild: input.target.buildId,
		strategy,
		stickiness: { by: "plan", allow: [], deny: [], ...stickiness, salt },
		steps,
		matureMs: readDuration(
			input.matureAfter ?? "10m",
			"$.body.matureAfter",
			problems,
		),
		margin: input.margin ?? 0.01,
		inFlight: input.inFlight ?? "triage",
		rollbackWindow: input.rollbackWindow ?? 3,
		dryRun: input.dryRun ?? false,
	};
	if (/[.:]/.test(spec.deployment))
		problems.push({
			path: "$.body.deployment",
			message: "may hold neither . nor :",
		});
	checkOrder(spec, problems);
	return { spec, problems };
}

function completeStep(
	step: StepInput,
	path: SpecProblem["path"],
	problems: SpecProblem[],
): RolloutStep {
	const kinds = stepKinds.filter((kind) => step[kind] !== undefined);
	const [kind] = kinds;
	if (kind === undefined || kinds.length > 1) {
		const message = `must have exactly one of ${stepKinds.join(", ")}`;
		problems.push({ path, message });
		return { kind: "promote" };
	}
	for (const field of kind === "ramp" ? [] : ofRamps)
		if (step[field] !== undefined)
			problems.push({
				path: `${path}.${field}`,
				message: "is for ramps only",
			});
	const duration = (text: string, field: string) =>
		readDuration(text, `${path}.${field}`, problems);
	const { smoke, ramp = 0, approve, verify } = step;
	switch (kind) {
		case "smoke":
			return {
				kind,
				plans: smoke?.plans ?? ["linear", "diamond", "fanout"],
				timeoutMs: duration(smoke?.timeout ?? "2m", "smoke.timeout"),
			};
		case "ramp":
			return {
				kind,
				weight: ramp,
				soakMs: duration(step.soak ?? (ramp <= 10 ? "10m" : "20m"), "soak"),
				minSample: step.minSample ?? defaultSample(ramp),
				maxWaitMs: duration(step.maxWait ?? "24h", "maxWait"),
				maxAnalysisMs: duration(step.maxAnalysis ?? "24h", "maxAnalysis"),
			};
		case "approve":
			return {
				kind,
				timeoutMs: duration(approve?.timeout ?? "24h", "approve.timeout"),
				onTimeout: approve?.onTimeout ?? "pause",
			};
		case "promote":
			return { kind };
		case "verify":
			return {
				kind,
				holdback: verify?.holdback ?? 5,
				forMs: duration(verify?.for ?? "30m", "verify.for"),
			};
	}
}

function defaultSample(weight: number): number {
	if (weight <= 10) return 30;
	return weight < 50 ? 100 : 200;
}

/** Steps in an order that leads somewhere: one promotion, and before it evidence. */
function checkOrder(
	{ strategy, steps }: RolloutSpec,
	problems: SpecProblem[],
): void {
	const say = (index: number, message: string) =>
		problems.push({ path: `$.body.steps[${index}]`, message });
	if (steps.length > MAX_STEPS) say(MAX_STEPS, `is one of too many steps`);
	const promotion = steps.findIndex(({ kind }) => kind === "promote");
	if (promotion === -1)
		problems.push({ path: "$.body.steps", message: "must have a promote" });
	let weight = 0;
	for (const [index, step] of steps.entries()) {
		if (step.kind === "promote" && index !== promotion)
			say(index, "is a second promote");
		if (step.kind === "verify" && index !== steps.length - 1)
			say(index, "must be the last step");
		if (step.kind === "smoke" && index > 0)
			say(index, "must be the first step: smoke plans run before any traffic");
		if (index > promotion && promotion !== -1 && step.kind !== "verify")
			say(index, "comes after promote, where only verify may be");
		if (step.kind !== "ramp") continue;
		if (strategy === "blueGreen") say(index, "is for strategy canary");
		if (step.weight <= weight)
			say(index, `must ramp to more than ${weight} percent`);
		weight = step.weight;
	}
	if (strategy === "canary" && weight === 0)
		problems.push({
			path: "$.body.steps",
			message:
				"must have a ramp before promote: without traffic nothing is known of the candidate",
		});
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_DURATION_MS = 30 * units.d;

function readDuration(
	text: string,
	path: SpecProblem["path"],
	problems: SpecProblem[],
): number {
	const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
	const ms = Number(count) * (units[unit as keyof typeof units] ?? Number.NaN);
	if (ms <= MAX_DURATION_MS) return ms;
	problems.push({
		path,
		message: "must be a duration of at most 30 days: 90s, 10m, 24h",
	});
	return 0;
}

/** Whether the candidate gets everything after the ramp. */
export function isLastRamp({ steps }: RolloutSpec, index: number): boolean {
	return steps.slice(index + 1).every(({ kind }) => kind !== "ramp");
}
