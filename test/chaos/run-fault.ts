import { setTimeout as sleep } from "node:timers/promises";
import type { HostileRecord } from "../hostile/attacker.ts";
import { checkEvidence, countRepeats } from "./check-evidence.ts";
import { collectEvidence, findBookEnds } from "./collect-evidence.ts";
import type { Evidence, Finding, Repeats } from "./evidence.ts";
import { type Fault, type Scene, SHORT_OUTAGE_MS } from "./fault.ts";
import { messageOf, publish, publishSteadily } from "./flow.ts";
import { measure, type Times } from "./measure.ts";
import { type MixedPlan, mixPlan } from "./plan-mix.ts";
import { createRandom } from "./random.ts";
import { settle } from "./settle.ts";
import type { World } from "./world.ts";

export interface RunOptions {
	planCount: number;
	/** What the warm-up ended. */
	plansPerSecond: number;
	seed: number;
	isShort: boolean;
	/** Days since 1970. */
	day: number;
	/** How long everything may take to end after the fault. */
	settleTimeoutMs?: number;
}

export interface FaultReport extends Times {
	fault: Fault;
	plans: number;
	tickets: number;
	repeats: Repeats;
	findings: Finding[];
}

/** Share of the flow that has passed when the fault strikes. */
const STRIKE_RATIO = 0.25;
const SETTLE_TIMEOUT_MS = 180_000;
const SHORT_SETTLE_TIMEOUT_MS = 120_000;
const SHORT_FLOW_MS = 3_000;
const COPY_WINDOW_MS = 1_000;

/** One fault: plans flow, it strikes, is mended, everything ends, the evidence is checked. */
export async function runFault(
	world: World,
	fault: Fault,
	options: RunOptions,
): Promise<FaultReport> {
	const { seed, isShort, day, settleTimeoutMs } = options;
	const flowMs = durationOf(fault, isShort);
	const random = createRandom(seed * 100 + fault.number);
	const name = `f${fault.number}-${seed}`;
	const length = countPlans(fault, flowMs, options);
	const plans = Array.from({ length }, (_, index) =>
		mixPlan(`${name}-${index}`, index, random),
	);
	const startedAtMs = Date.now();
	await fault.prepare?.(isShort);
	const from = await findBookEnds(world);
	const extra: MixedPlan[] = [];
	const heldUntil = new Map<string, number>();
	const hostile: HostileRecord[] = [];
	const scene: Scene = {
		world,
		random,
		name,
		isShort,
		day,
		outage: (ms) => sleep(isShort ? Math.min(ms, SHORT_OUTAGE_MS) : ms),
		blame: ({ records }) => void hostile.push(...records),
		held: (planId, atMs) => void heldUntil.set(planId, atMs),
		async send(plan) {
			extra.push(plan);
			await publish(world, [messageOf(plan)]);
		},
	};
	const flow = publishSteadily(world, plans, flowMs / length, {
		copies: fault.copies ?? 1,
		windowMs: COPY_WINDOW_MS,
	});
	await sleep(flowMs * STRIKE_RATIO);
	const struckAtMs = Date.now();
	await fault.inject(scene).catch((error: unknown) => {
		world.troubles.push(`the fault itself failed: ${error}`);
	});
	const mendedAtMs = Date.now();
	await flow;
	world.troubles.push(
		...(await settle(
			world,
			settleTimeoutMs ??
				(isShort ? SHORT_SETTLE_TIMEOUT_MS : SETTLE_TIMEOUT_MS),
		)),
	);
	for (const process of world.processes.all) process.order({ kind: "once" });
	const evidence = await collectEvidence(world, {
		terms: fault.terms,
		plans: [...plans, ...extra].map((plan) => {
			const heldUntilMs = heldUntil.get(plan.planId);
			return heldUntilMs === undefined ? plan : { ...plan, heldUntilMs };
		}),
		hostile,
		from,
		startedAtMs,
		struckAtMs,
	});
	if (fault.terms.memory === "tight") allowPages(world, evidence);
	return report(fault, evidence, mendedAtMs);
}

/** V8 keeps the pages that a flood made it take: the next faults begin with them. Its heap is held all the same. */
function allowPages({ baseline }: World, { vitals }: Evidence): void {
	for (const { process, before, after } of vitals)
		baseline.set(process, {
			...before,
			rssMb: Math.max(before.rssMb, after.rssMb),
		});
}

function countPlans(
	{ plansRatio = 1, flowLoad = Number.POSITIVE_INFINITY }: Fault,
	flowMs: number,
	{ planCount, plansPerSecond, isShort }: RunOptions,
): number {
	const fitting = Math.floor((flowMs / 1_000) * plansPerSecond * flowLoad);
	return Math.min(planCount * (isShort ? 1 : plansRatio), Math.max(1, fitting));
}

/** Long enough that plans come before, during and after the fault. */
function durationOf(
	{ flowMs, outageMs, shortFlowMs = SHORT_FLOW_MS }: Fault,
	isShort: boolean,
): number {
	return isShort ? shortFlowMs : flowMs + outageMs * 1.2;
}

function report(
	fault: Fault,
	evidence: Evidence,
	mendedAtMs: number,
): FaultReport {
	return {
		fault,
		plans: evidence.plans.length,
		tickets: new Set(evidence.tickets.map(({ wireId }) => wireId)).size,
		repeats: countRepeats(evidence),
		findings: checkEvidence(evidence),
		...measure(evidence, mendedAtMs),
	};
}
