import type { TicketSummary } from "../src/domain/ended-plan-result.ts";
import type {
	EndedRun,
	LastWords,
	StoredPlan,
} from "../src/domain/ended-run.ts";
import type {
	OrphanFindings,
	OrphanReport,
	QuietPlan,
	QuietPlansQuery,
} from "../src/domain/orphan-watch.ts";
import type { StartedPlan } from "../src/domain/rollout/plan-outcome.ts";
import { hasCode } from "../src/errors.ts";
import { whileHeartbeating } from "./heartbeat.ts";

/** Plans' runs, as Temporal knows them. Every call throws TEMPORAL_UNAVAILABLE when it cannot be made. */
export interface PlanRuns {
	examine(
		planId: string,
	): Promise<
		| { kind: "ended"; run: EndedRun }
		| { kind: "stuck"; attempt: number; sinceMs: number }
		| undefined
	>;
	/** Closes the plan; false when its closing had begun before. */
	close(run: EndedRun): Promise<boolean>;
	/** undefined: the run is not the plan's newest. */
	readLastWords(run: EndedRun): Promise<LastWords | undefined>;
	/** undefined: Temporal has the run no more. */
	readStart(run: EndedRun): Promise<StartedPlan | undefined>;
}

/** The stored state of such plans. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface OrphanStore {
	/** Open plans without progress, those that are quiet longest first. */
	findQuiet(query: QuietPlansQuery): Promise<QuietPlan[]>;
	readPlan(planId: string): Promise<StoredPlan>;
	/** Tickets and attempts of the plan that are open, or carry this revision. */
	findOpen(planId: string, revision: string): AsyncIterable<OpenDocument[]>;
	summarize(planId: string): Promise<TicketSummary>;
	keepReport(report: OrphanReport): Promise<void>;
}

export interface OpenDocument {
	collection: "execution_tickets" | "ticket_attempts";
	_id: string;
	/** The ticket was published. */
	published: boolean;
}

export interface OrphanDeps {
	runs: PlanRuns;
	orphans: OrphanStore;
}

/** Plans asked about at the same time. */
const CONCURRENCY = 8;

export function createFindQuietPlans({ orphans }: OrphanDeps) {
	/** Safe to retry: reads only. */
	return async function findQuietPlans(
		query: QuietPlansQuery,
	): Promise<QuietPlan[]> {
		return await whileHeartbeating(() => orphans.findQuiet(query));
	};
}

export function createExaminePlans({ runs }: OrphanDeps) {
	/** Safe to retry: a plan is closed once, however often that is asked for. */
	return async function examinePlans(
		planIds: string[],
	): Promise<OrphanFindings> {
		const found: OrphanFindings = {
			looked_at: 0,
			closed: 0,
			unknown: 0,
			stuck: [],
		};
		await whileHeartbeating(async ({ signal }) => {
			for (let at = 0; at < planIds.length; at += CONCURRENCY) {
				signal.throwIfAborted();
				const some = planIds.slice(at, at + CONCURRENCY);
				await Promise.all(some.map((id) => examineOne(runs, id, found)));
			}
		});
		return found;
	};
}

async function examineOne(
	runs: PlanRuns,
	plan_id: string,
	found: OrphanFindings,
): Promise<void> {
	found.looked_at += 1;
	try {
		const fault = await runs.examine(plan_id);
		if (fault?.kind === "stuck") {
			const { attempt, sinceMs: since_ms } = fault;
			found.stuck.push({ plan_id, attempt, since_ms });
		}
		if (fault?.kind === "ended" && (await runs.close(fault.run)))
			found.closed += 1;
	} catch (error) {
		if (!hasCode(error, "TEMPORAL_UNAVAILABLE")) throw error;
		// One that cannot be asked about must not hide the others; the next look asks again.
		found.unknown += 1;
	}
}

export function createKeepOrphanReport({ orphans }: OrphanDeps) {
	/** Safe to retry: replaces the report before. */
	return async function keepOrphanReport(report: OrphanReport): Promise<void> {
		await whileHeartbeating(() => orphans.keepReport(report));
	};
}
