import type { OrchestratorVersion } from "../src/domain/plan-run.ts";
import type { BenchWorld } from "./bench-world.ts";
import { until } from "./drive-plans.ts";
import { type HistoryCost, readHistoryCost } from "./history-cost.ts";
import { measureUsage, ownCpuMs, type Usage } from "./measure-usage.ts";
import { chainOf, fanOutOf, type PlanShape } from "./plan-shapes.ts";
import type { PlanTrack } from "./plan-traffic.ts";
import { roundTrips } from "./request-names.ts";
import { percentile, round, type Spread, spreadOf } from "./statistics.ts";

interface Cell {
	shape: PlanShape["name"];
	size: number;
	version: OrchestratorVersion;
}

/** One shape and size under one version; everything but the history is per ticket. */
export interface SizeRow extends Cell {
	plans: number;
	publishedMs: Spread;
	completedMs: Spread;
	workerCpuMs: Spread;
	intakeCpuMs: Spread;
	temporalCpuMs: Spread;
	ownCpuMs: Spread;
	roundTrips: Record<string, number>;
	requests: Record<string, number>;
	history: HistoryCost;
}

/** So many tickets are enough for a clock of 10 ms ticks. */
const ENOUGH_TICKETS = 500;
/** Hop by hop a repetition takes minutes, and its counts are the same each time. */
const ENOUGH_HOPS = 50;

/** Chains and fan-outs of every size under V1 and V2, one plan after the other. */
export async function measureSize(world: BenchWorld) {
	const rows: SizeRow[] = [];
	for (const cell of cellsOf(world)) {
		const row = await measureCell(world, cell);
		rows.push(row);
		world.say(
			`size: ${row.version} ${row.shape} of ${row.size}: tickets after ${round(row.publishedMs.median)} ms, ${round(row.ownCpuMs.median)} ms CPU a ticket, ${row.history.events} events`,
		);
	}
	return { rows, ...judged(rows) };
}

function cellsOf({ scale }: BenchWorld): Cell[] {
	const cells: Cell[] = [];
	for (const shape of ["fan-out", "chain"] as const)
		for (const version of ["V1", "V2"] as const)
			for (const size of scale.sizes)
				if (
					!isHopByHop({ shape, size, version }) ||
					size <= scale.longestChainV2
				)
					cells.push({ shape, size, version });
	return cells;
}

function isHopByHop({ shape, version }: Cell): boolean {
	return shape === "chain" && version === "V2";
}

async function measureCell(world: BenchWorld, cell: Cell): Promise<SizeRow> {
	const repetitions = isHopByHop(cell) ? 1 : world.scale.repetitions;
	const enough = isHopByHop(cell) ? ENOUGH_HOPS : ENOUGH_TICKETS;
	const plans = Math.max(1, Math.ceil(enough / cell.size));
	const turns: { usage: Usage; tracks: PlanTrack[] }[] = [];
	for (let turn = 0; turn < repetitions; turn++)
		turns.push(await runPlans(world, cell, plans));
	const tickets = plans * cell.size;
	const perTicket = (used: (usage: Usage) => number) =>
		spreadOf(turns.map(({ usage }) => used(usage) / tickets));
	const tracks = turns.flatMap((turn) => turn.tracks);
	const usage = turns.at(-1)?.usage as Usage;
	const shares = (counts: Record<string, number>) =>
		Object.fromEntries(
			Object.entries(counts).map(([name, count]) => [name, count / tickets]),
		);
	return {
		...cell,
		plans: tracks.length,
		publishedMs: spreadOf(
			tracks.map(
				({ lastTicketAtMs, decidedAtMs }) => lastTicketAtMs - decidedAtMs,
			),
		),
		completedMs: spreadOf(
			tracks.map(
				({ completedAtMs, decidedAtMs }) => completedAtMs - decidedAtMs,
			),
		),
		workerCpuMs: perTicket(({ cpuMs }) => cpuMs.worker),
		intakeCpuMs: perTicket(({ cpuMs }) => cpuMs.intake),
		temporalCpuMs: perTicket(({ cpuMs }) => cpuMs.temporal),
		ownCpuMs: perTicket(ownCpuMs),
		roundTrips: shares(roundTrips(usage.requests)),
		requests: shares(usage.requests),
		history: await typicalHistory(world, tracks),
	};
}

/** One after the other, each to the end of its run: its documents have landed. */
async function runPlans(world: BenchWorld, cell: Cell, plans: number) {
	const shape =
		cell.shape === "chain" ? chainOf(cell.size) : fanOutOf(cell.size);
	const tracks: PlanTrack[] = [];
	const usage = await measureUsage(world, async () => {
		for (let plan = 0; plan < plans; plan++) {
			const track = await world.traffic.submit(shape, cell.version);
			await until(track, "completed");
			await world.client.workflow.result(`orch-${track.planId}`);
			tracks.push(track);
		}
	});
	return { usage, tracks };
}

/** Of the plan with the median of events, among the first few. */
async function typicalHistory(
	{ client }: BenchWorld,
	tracks: readonly PlanTrack[],
): Promise<HistoryCost> {
	const costs: HistoryCost[] = [];
	for (const { planId } of tracks.slice(0, 5))
		costs.push(await readHistoryCost(client, `orch-${planId}`));
	const median = percentile(
		costs.map(({ events }) => events),
		0.5,
	);
	return costs.find(({ events }) => events === median) as HistoryCost;
}

/** The rows that issue 4 sets targets for; absent what was not measured. */
function judged(rows: readonly SizeRow[]) {
	const find = (
		shape: Cell["shape"],
		size: number,
		version: OrchestratorVersion,
	) =>
		rows.find(
			(row) =>
				row.shape === shape && row.size === size && row.version === version,
		);
	const ten = find("fan-out", 10, "V1");
	const hundred = find("fan-out", 100, "V1");
	const largest = find("fan-out", 5_000, "V1");
	const largestV2 = find("fan-out", 5_000, "V2");
	const hops = find("chain", 1_000, "V2");
	return {
		ratios: {
			...(hundred &&
				largest && {
					cpu_per_ticket_5000_to_100:
						largest.ownCpuMs.median / hundred.ownCpuMs.median,
				}),
		},
		figures: {
			...(ten && { workflow_tasks_fanout_10: ten.history.workflowTasks }),
			...(largest && {
				fanout_5000_published_ms: largest.publishedMs.median,
				history_events_5000: Math.max(
					largest.history.events,
					largestV2?.history.events ?? 0,
				),
				history_bytes_5000: Math.max(
					largest.history.bytes,
					largestV2?.history.bytes ?? 0,
				),
			}),
			...(hops && {
				events_per_hop_chain_1000: hops.history.events / hops.size,
			}),
		},
	};
}
