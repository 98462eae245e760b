import { setTimeout as sleep } from "node:timers/promises";
import type { DemoApi } from "./api.ts";
import { isExecuted } from "./evidence.ts";
import { isFinal, type PlanView } from "./judge.ts";
import { renderChange, renderProgress } from "./progress.ts";
import type { Scenario } from "./scenarios.ts";
import type { Screen } from "./screen.ts";
import type { Witness } from "./witness.ts";

export interface FollowOptions {
	scenarios: readonly Scenario[];
	api: DemoApi;
	witness: Pick<Witness, "evidenceOf">;
	screen: Screen;
	timeoutMs: number;
	signal: AbortSignal;
}

const POLL_MS = 200;

/**
 * Shows how the plans get on, approves by REST what waits for that, and resolves with what the API
 * says once all are final and their telemetry is there, or when the time is over.
 */
export async function followPlans({
	scenarios,
	api,
	witness,
	screen,
	timeoutMs,
	signal,
}: FollowOptions): Promise<ReadonlyMap<string, PlanView>> {
	const views = new Map<string, PlanView>();
	const approved = new Set<string>();
	const giveUpAtMs = Date.now() + timeoutMs;

	/** The last look at a final plan is after its frame: the last counts may be written after the status. */
	function isOver({ planId, expected }: Scenario): boolean {
		if (!isFinal(views.get(planId))) return false;
		return (
			!isExecuted(expected.status) || witness.evidenceOf(planId).frames > 0
		);
	}

	/** An API that does not answer now is asked again; in the end the plan counts as unknown. */
	async function look(scenario: Scenario): Promise<void> {
		const view = await api.plan(scenario.planId).catch(() => undefined);
		if (view === undefined) return;
		const before = views.get(scenario.planId);
		views.set(scenario.planId, view);
		if (before?.status !== view.status && !screen.isLive) {
			screen.say(renderChange(scenario, view));
		}
		if (scenario.approve === "rest" && view.status === "AWAITING_APPROVAL") {
			await approve(scenario);
		}
	}

	async function approve({ planId }: Scenario): Promise<void> {
		if (approved.has(planId)) return;
		approved.add(planId);
		const command = { actor: "demo", reason: "the demo shows an approval" };
		await api.command(planId, "approve", command).catch((error: Error) => {
			approved.delete(planId);
			screen.say(`approval: ${error.message}`);
		});
	}

	for (;;) {
		const open = scenarios.filter((scenario) => !isOver(scenario));
		await Promise.all(open.map(look));
		screen.draw(renderProgress(scenarios, views, screen.width));
		if (open.length === 0 || Date.now() > giveUpAtMs) return views;
		await sleep(POLL_MS, undefined, { signal });
	}
}
