import type { TestContext } from "node:test";
import type { OutcomeReader } from "../../activities/observe-rollout.ts";
import type { ComparableOutcome } from "../../src/domain/rollout/compare-outcome.ts";
import type { Arm } from "../../src/domain/rollout/judgement.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type {
	BuildRouting,
	OpenPlanOfBuild,
	RolloutEngine,
	RoutingChange,
} from "../../src/rollout/ports.ts";

const TICK_MS = 100;
const PLANS_A_TICK = 20;
const ME = "rollout-controller";

export interface Traffic extends OutcomeReader {
	engine: RolloutEngine;
	routing: BuildRouting;
	/** Share of an arm's plans that fail, 0 to 1. */
	failing: Record<Arm, number>;
	open: OpenPlanOfBuild[];
	/** Open plans that are too many to be looked at. */
	unseen: number;
	smokeStatus: string;
	/** Throws when outcomes are read. */
	isBlind: boolean;
	/** Changes of the routing that were carried out. */
	changes: string[];
}

/** An engine that routes simulated plans, twenty every tenth of a second, and knows how they ended. */
export function openTraffic(t: Pick<TestContext, "after">): Traffic {
	const plans: {
		atMs: number;
		build: string;
		failed: boolean;
		weight: number;
	}[] = [];
	let share = 0;
	const routing: BuildRouting = {
		...{ deployment: "d", currentBuild: "b1", rampingBuild: null },
		...{ rampWeight: 0, token: "0", manager: null, lastModifiedBy: ME },
		...{ isSettled: true, builds: [] },
	};
	const change = (what: string, by: Partial<BuildRouting>) => {
		traffic.changes.push(what);
		const token = String(Number(routing.token) + 1);
		Object.assign(routing, { lastModifiedBy: ME, token, ...by });
		return { ...routing };
	};
	const check = ({ token }: RoutingChange) => {
		if (token !== routing.token || routing.manager !== ME)
			throw new OrchestratorError("ROUTING_CHANGED", "somebody else was there");
	};
	const traffic: Traffic = {
		...{ routing, failing: { base: 0, candidate: 0 }, open: [], unseen: 0 },
		...{ smokeStatus: "SUCCESS", isBlind: false, changes: [] },
		async readSince(_rolloutId, sinceMs) {
			if (traffic.isBlind)
				throw new OrchestratorError("STORE_UNAVAILABLE", "mongodb is away");
			return plans.filter(({ atMs }) => atMs >= sinceMs).map(toOutcome);
		},
		engine: {
			readRouting: async () => ({ ...routing }),
			async claimRouting(_deployment, force) {
				if (!force && routing.manager !== null && routing.manager !== ME)
					throw new OrchestratorError("ROUTING_CHANGED", "managed by another");
				if (routing.manager === ME) return { ...routing };
				return change("claim", { manager: ME });
			},
			releaseRouting: async () => void change("leave", { manager: null }),
			async setRamp(asked) {
				check(asked);
				const { build, weight } = asked;
				const ramp = {
					rampingBuild: build,
					rampWeight: build === null ? 0 : weight,
				};
				return change(`ramp ${build} ${weight}`, ramp);
			},
			async setCurrent(asked) {
				check(asked);
				const none = { rampingBuild: null, rampWeight: 0 };
				return change(`current ${asked.build}`, {
					currentBuild: asked.build,
					...none,
				});
			},
			panic: async (_deployment, base) =>
				change("panic", {
					currentBuild: base,
					rampingBuild: null,
					rampWeight: 0,
				}),
			async countPlans({ builds, fromMs, toMs }) {
				const found = plans.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
				const of = (build: string) =>
					found.filter((one) => one.build === build).length;
				const none = { base: 0, candidate: 0 };
				const started = {
					base: of(builds.base),
					candidate: of(builds.candidate),
				};
				return { started, overdue: none, broken: none };
			},
			readWorkers: async () => ({
				...{ pollers: 1, lastPollAgoMs: 0, backlog: 0, backlogAgeMs: 0 },
			}),
			runSmokePlan: async () => ({
				status: traffic.smokeStatus,
				detail: "as it was told",
			}),
			listOpenPlans: async () => ({
				plans: [...traffic.open],
				unseen: traffic.unseen,
			}),
			countOpenPlans: async () => traffic.open.length,
			restartPlan: async (plan) => void leave(traffic, plan),
			movePlan: async (plan) => void leave(traffic, plan),
		},
	};
	const ticks = setInterval(() => {
		const { currentBuild, rampingBuild, rampWeight } = routing;
		for (let n = 0; n < PLANS_A_TICK; n += 1) {
			share += rampingBuild === null ? 0 : rampWeight / 100;
			const isRamped = share >= 1;
			if (isRamped) share -= 1;
			const build = (isRamped ? rampingBuild : currentBuild) ?? "";
			const arm = build === "b1" ? "base" : "candidate";
			const failed = Math.random() < traffic.failing[arm];
			plans.push({ atMs: Date.now(), build, failed, weight: rampWeight });
		}
	}, TICK_MS);
	t.after(() => clearInterval(ticks));
	return traffic;
}

function toOutcome(plan: {
	atMs: number;
	build: string;
	failed: boolean;
	weight: number;
}): ComparableOutcome {
	return {
		...{ build_assigned: plan.build, build_ran: plan.build },
		...{ build_weight: plan.weight, counts: true },
		failure_class: plan.failed ? "tickets_failed" : null,
		...{ sla_missed: false, active_ms: 100, predicted_ms: 100 },
		...{ started_at: plan.atMs, recorded_at: plan.atMs },
	};
}

function leave(traffic: Traffic, plan: OpenPlanOfBuild): void {
	traffic.open = traffic.open.filter((one) => one !== plan);
}
