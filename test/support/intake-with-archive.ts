import { bareDecisionId } from "../../src/domain/bare-plan.ts";
import { planHash } from "../../src/domain/canonical-json.ts";
import { createAcceptDecision } from "../../src/plans/accept-decision.ts";
import type {
	ArchivedDecision,
	ArchivedPlan,
	ProcessedDecision,
} from "../../src/plans/decision-ports.ts";
import { keepMetrics } from "./intake-stand-ins.ts";
import { planSettings } from "./plan-inputs.ts";

export const NOW_MS = 1_800_000_000_000;
export const DAY_MS = 86_400_000;
const source = { topic: "plans.consensus", partition: 0, offset: "7" };
export const decision = {
	decision_id: "d-1",
	plan_id: "p-1",
	final_decision: "approve",
	created_at: NOW_MS,
	cognitive_plan: '{"plan_id":"p-1","tasks":[]}',
};
const plan_hash = planHash(JSON.parse(decision.cognitive_plan));
export const bare = { plan_id: "p-1", tasks: [] };
export const bareHash = planHash(bare);
export const bareId = bareDecisionId("p-1");
export const ran: ArchivedPlan = {
	workflow_id: "orch-p-1",
	decision_id: "d-1",
	plan_hash,
	published_at: 1,
	status: "SUCCESS",
};
export const written: ArchivedDecision = {
	plan_id: "p-1",
	plan_hash,
	workflow_id: "orch-p-1",
	final_decision: "approve",
	recorded_at: NOW_MS - 2 * DAY_MS,
};

export interface Given {
	plan?: ArchivedPlan;
	decision?: ArchivedDecision;
	/** Absent: any. */
	decisionId?: string;
	processed?: ProcessedDecision;
	away?: Error;
}

/** Intake whose Temporal knows nothing of what archive and cache know. */
export function openIntake(given: Given) {
	const calls: string[] = [];
	const say = <T>(call: string, answer: T): T => {
		calls.push(call);
		return answer;
	};
	const accept = createAcceptDecision({
		plans: {
			startPlan: async (_input, about) =>
				say(about?.hasEnded ? "start after its end" : "start", {
					kind: "started",
					workflow_id: "orch-p-1",
				}),
			recordDecision: async () =>
				say("record", { kind: "recorded", workflow_id: "decision-d-1" }),
		},
		archive: {
			async readPlan() {
				if (given.away !== undefined) throw given.away;
				return say("read plan", given.plan);
			},
			async readDecision(id) {
				if (given.away !== undefined) throw given.away;
				const isKnown = id === (given.decisionId ?? id);
				return say("read decision", isKnown ? given.decision : undefined);
			},
		},
		cache: {
			find: async () => say("find", given.processed),
			remember: async (id, { workflow_id }) =>
				say(`remember ${id} ${workflow_id}`, undefined),
		},
		settings: planSettings,
		versions: { v2Enabled: true, v2Percentage: 0 },
		metrics: keepMetrics(),
	});
	return {
		calls,
		accept: (
			value: object = decision,
			decidedAtMs = NOW_MS,
			via: "kafka" | "rest" = "kafka",
		) =>
			accept({
				value,
				receivedAtMs: NOW_MS,
				decidedAtMs,
				source: via === "kafka" ? source : null,
				via,
			}),
	};
}

export const reject = { ...decision, final_decision: "reject" };
