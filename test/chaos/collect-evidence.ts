import { setTimeout as sleep } from "node:timers/promises";
import type {
	AttemptDocument,
	PlanDocument,
	TicketDocument,
} from "../../src/domain/documents.ts";
import type { HostileRecord } from "../hostile/attacker.ts";
import { collectHostile, findPlaces } from "./collect-hostile.ts";
import {
	type Evidence,
	type FaultTerms,
	type Place,
	type PlannedPlan,
	placeName,
	type RestBook,
	type StoreBook,
	type VitalsPair,
	type WorkflowRecord,
} from "./evidence.ts";
import { readRecords, valueTopics } from "./read-records.ts";
import {
	type Ends,
	findEnds,
	readTopics,
	type TopicRecord,
} from "./read-topics.ts";
import { bookTopics, topics, type World } from "./world.ts";

export interface CollectOptions {
	terms: FaultTerms;
	plans: readonly PlannedPlan[];
	hostile: readonly HostileRecord[];
	/** Where the topics ended when the fault began. */
	from: Ends;
	startedAtMs: number;
	struckAtMs: number;
}

const CONCURRENCY = 6;
/** A page of a plan at its limits is large, and each has to be answered within the API's 10 s. */
const REST_CONCURRENCY = 2;

/** Where all topics of the evidence end now. */
export function findBookEnds({ admin }: World): Promise<Ends> {
	return findEnds(
		admin,
		bookTopics.map((role) => topics[role].name),
	);
}

/** Reads everything that can be seen of a fault: topics from where it began, Temporal, MongoDB, REST, processes. */
export async function collectEvidence(
	world: World,
	{ terms, plans, hostile, from, startedAtMs, struckAtMs }: CollectOptions,
): Promise<Evidence> {
	const names = bookTopics.map((role) => topics[role].name);
	const to = await findBookEnds(world);
	const range = { topics: names, from, to, valuesOf: valueTopics };
	// One after the other: together they are more than this process reads in time.
	const records = await readTopics(world.kafka, range);
	const store = await readStore(world, startedAtMs);
	const worked = await readVitals(world);
	const workflows = await readWorkflows(world, plans, startedAtMs);
	const rest = await readRest(world, plans);
	const places = findPlaces(hostile);
	const isOurs = (record: TopicRecord) => !isHostile(record, places);
	return {
		terms,
		plans,
		...readRecords(records.filter(isOurs)),
		store,
		workflows,
		rest,
		vitals: withPeaksOf(worked, await readVitals(world)),
		...(hostile.length > 0 && {
			hostile: {
				records: hostile,
				places,
				...(await collectHostile(world, startedAtMs)),
			},
		}),
		struckAtMs,
		troubles: world.troubles.splice(0),
	};
}

/** What was written to do harm, and the letters about it, have a record of their own. */
function isHostile(
	{ headers, ...place }: TopicRecord,
	hostile: ReadonlySet<string>,
): boolean {
	const source = `${headers["dlq-source-topic"]}/${headers["dlq-source-partition"]}/${headers["dlq-source-offset"]}`;
	return hostile.has(placeName(place)) || hostile.has(source);
}

async function readStore(
	{ store }: World,
	startedAtMs: number,
): Promise<StoreBook> {
	const all = async <T>(name: string, filter = {}, projection = {}) =>
		(await store
			.collection(name)
			.find(filter, { projection })
			.toArray()) as unknown as T[];
	const since = { created_at: { $gte: startedAtMs } };
	const plans = await all<PlanDocument>("workflows", since);
	const ids = new Set(plans.map(({ plan_id }) => plan_id));
	const ofPlans = async <T extends { plan_id: string }>(
		name: string,
		projection = {},
	) =>
		(await all<T>(name, {}, projection)).filter(({ plan_id }) =>
			ids.has(plan_id),
		);
	type Keyed = {
		plan_id: string;
		decision_id: string;
		source: Place | null;
	};
	// A decision has its plan in it.
	const keys = { plan_id: 1, decision_id: 1, source: 1 };
	const decisions = await ofPlans<Keyed>("decisions", keys);
	const planIdsOf = async (name: string) =>
		(await ofPlans<Keyed>(name, keys)).map(({ plan_id }) => plan_id);
	return {
		plans,
		tickets: await ofPlans<TicketDocument>("execution_tickets"),
		attempts: await ofPlans<AttemptDocument>("ticket_attempts"),
		validations: await planIdsOf("validation_audit"),
		results: await planIdsOf("workflow_results"),
		decisions: decisions.map(({ decision_id }) => decision_id),
		taken: [...plans, ...decisions].flatMap(({ source }) => source ?? []),
		bufferedFrames: (
			await all<{ frame: { plan_id: string } }>("telemetry_buffer")
		).map(({ frame }) => frame.plan_id),
	};
}

async function readWorkflows(
	world: World,
	plans: readonly PlannedPlan[],
	startedAtMs: number,
): Promise<WorkflowRecord[]> {
	const since = new Date(startedAtMs).toISOString();
	const query = `StartTime >= "${since}" AND WorkflowType IN ("orchestratePlan", "recordDecision")`;
	const chains = new Map<string, string[]>();
	for await (const run of world.temporal.workflow.list({ query })) {
		if (run.status.name === "CONTINUED_AS_NEW") continue;
		const own = chains.get(run.workflowId) ?? [];
		chains.set(run.workflowId, [...own, run.runId]);
	}
	const planned = new Set(
		plans.flatMap(({ planId, decisionId }) => [
			`orch-${planId}`,
			`decision-${decisionId}`,
		]),
	);
	return await inTurns(
		[...chains].filter(([workflowId]) => planned.has(workflowId)),
		([workflowId, runs]) => readWorkflow(world, workflowId, runs),
	);
}

async function readWorkflow(
	{ temporal }: World,
	workflowId: string,
	chains: string[],
): Promise<WorkflowRecord> {
	const handle = temporal.workflow.getHandle(workflowId);
	const { status, closeTime } = await handle.describe();
	const record: WorkflowRecord = {
		workflowId,
		chains,
		closedAs: status.name,
		closedAtMs: closeTime?.getTime() ?? null,
		plan: null,
		tickets: [],
		problem: null,
	};
	if (!workflowId.startsWith("orch-")) return record;
	try {
		// A closed run is replayed for its answer: that today's code takes its history is seen by the way.
		const plan = await handle.query<PlanDocument>("plan");
		const tickets: TicketDocument[] = [];
		for (;;) {
			const page = await handle.query<TicketDocument[], [object]>("tickets", {
				offset: tickets.length,
			});
			// A page may be shorter than others: only an empty one is the end.
			if (page.length === 0) return { ...record, plan, tickets };
			tickets.push(...page);
		}
	} catch (error) {
		return { ...record, problem: String(error) };
	}
}

async function readRest(
	{ apiUrl }: World,
	plans: readonly PlannedPlan[],
): Promise<Record<string, RestBook>> {
	const evidence = await inTurns(
		plans.filter(({ expected }) => expected !== "recorded"),
		async ({ planId }) => {
			const url = `${apiUrl}/api/v1/plans/${planId}`;
			const plan = await readJson<RestBook["plan"]>(url);
			const tickets: RestBook["tickets"][number][] = [];
			for (let more = plan !== null; more; ) {
				const page = await readJson<{
					tickets: RestBook["tickets"];
					has_more: boolean;
				}>(`${url}/tickets?offset=${tickets.length}&limit=1000`);
				tickets.push(...(page?.tickets ?? []));
				more = page?.has_more ?? false;
			}
			return [planId, { plan, tickets }] as const;
		},
		REST_CONCURRENCY,
	);
	return Object.fromEntries(evidence);
}

const MAX_TRIES = 20;
const TRY_PAUSE_MS = 1_000;

/** null when there is none; what a busy machine could not answer in time (503) is asked again. */
async function readJson<T>(url: string): Promise<T | null> {
	for (let tries = 1; ; tries += 1) {
		const answer = await fetch(url);
		if (answer.ok) return (await answer.json()) as T;
		if (answer.status !== 503 || tries === MAX_TRIES) return null;
		await sleep(TRY_PAUSE_MS);
	}
}

async function readVitals({
	processes,
	baseline,
}: World): Promise<VitalsPair[]> {
	return await Promise.all(
		processes.all.map(async (process) => {
			const after = await process.vitals();
			const before = baseline.get(process.name) ?? after;
			return { process: process.name, before, after };
		}),
	);
}

/** Closed runs are replayed for the evidence: what that takes at its most is not the fault's. */
function withPeaksOf(
	worked: readonly VitalsPair[],
	now: readonly VitalsPair[],
): VitalsPair[] {
	return now.map((pair, at) => {
		const { peakRssMb } = worked[at]?.after ?? pair.after;
		return { ...pair, after: { ...pair.after, peakRssMb } };
	});
}

/** A few at a time, in order. */
async function inTurns<T, R>(
	items: readonly T[],
	work: (item: T) => Promise<R>,
	concurrency = CONCURRENCY,
): Promise<R[]> {
	const answers: R[] = [];
	const waiting = items.entries();
	const workOff = async () => {
		for (const [index, item] of waiting) answers[index] = await work(item);
	};
	await Promise.all(Array.from({ length: concurrency }, workOff));
	return answers;
}
