import type { Frame } from "./paint.ts";
import { type Column, renderFields, renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";
import { renderDuration, renderTime } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

interface Pause {
	since_ms: number;
	actor: string;
	reason: string;
	share: number;
}

/** A worker as the API lists it. */
export interface WorkerRow {
	agent_id: string;
	status: string;
	capabilities: string[];
	namespace: string;
	security_level: string;
	slots: number;
	active_tasks: number | null;
	telemetry: {
		success_rate: number;
		avg_duration_ms: number;
		total_executions: number;
	} | null;
	score: number;
	/** null: they are off, or nobody knows them now. */
	traces:
		| { kind: string; score: number; pace?: number | null; at_ms: number }[]
		| null;
	kafka_client_id: string | null;
	registered_at: number;
	last_seen: number;
	paused: Pause | null;
}

interface Provenance {
	source: string;
	age_ms: number;
}

export interface WorkerPage extends Provenance {
	workers: WorkerRow[];
	next_cursor: string | null;
}

/** A worker as the API shows it alone. */
export interface WorkerView extends WorkerRow, Provenance {
	executing: { ticket_id: string; since_ms: number }[] | null;
	version: string | null;
	cluster: string | null;
}

/** What is held back, as the API answers it. */
export interface Held extends Pause {
	kind: string;
	name: string;
	/** What it holds back, and what it does not. */
	effect: string;
	resumed: { at_ms: number; over_ms: number } | null;
}

/** A table of workers, and how to get the next page. */
export function renderWorkers(page: WorkerPage, frame: Frame): string[] {
	const { workers, next_cursor } = page;
	const note = renderProvenance(page, frame);
	if (workers.length === 0) return ["no worker matches", ...note];
	const lines = renderTable(columns(frame.nowMs), workers, frame);
	if (next_cursor !== null) {
		const dim = (text: string) => frame.paint("dim", text);
		lines.push(dim(`${count(workers.length, "worker")} shown; the next ones:`));
		lines.push(dim(`  --cursor ${next_cursor}`));
	}
	return [...lines, ...note];
}

/** One worker: how it fares, what it works on, what it can. */
export function renderWorker(worker: WorkerView, frame: Frame): string[] {
	const { paint, nowMs, width } = frame;
	const { telemetry, paused, executing, cluster, version } = worker;
	const word = wordOf(worker);
	const fields: [string, string][] = [
		["load", `${loadOf(worker)} places`],
		["score", worker.score.toFixed(2)],
		["done", doneOf(telemetry)],
		["registered", renderTime(worker.registered_at)],
		["last seen", `${renderDuration(nowMs - worker.last_seen)} ago`],
		["namespace", `${worker.namespace}, ${worker.security_level}`],
		["kafka client", worker.kafka_client_id ?? "-"],
	];
	if (cluster || version)
		fields.push(["runs", [cluster, version].filter(Boolean).join(", ")]);
	if (paused !== null) fields.push(["held back", pauseText(paused)]);
	return [
		`${paint("strong", worker.agent_id)}  ${paint(signOf(word).tone, withSymbol(word))}`,
		...renderFields(fields, frame),
		...(paused === null ? [] : wrap(`why: ${paused.reason}`, width, "  ")),
		...wrap(`can: ${worker.capabilities.join(", ") || "nothing"}`, width, "  "),
		...renderTraces(worker, frame),
		...renderExecuting(executing, frame),
		...renderProvenance(worker, frame),
	];
}

/** What outcomes left on it, by kind of ticket. */
function renderTraces(
	{ traces }: WorkerRow,
	{ paint, nowMs }: Frame,
): string[] {
	if (traces === null || traces.length === 0) return [];
	return [
		"",
		paint("strong", "traces of its tickets, 0 to 1, 0.5 for nothing known"),
		...traces.map(
			({ kind, score, pace, at_ms }) =>
				`  ${score.toFixed(2)}  ${kind}  ${renderDuration(nowMs - at_ms)} ago${
					pace == null ? "" : `, takes ${pace.toFixed(2)} times its predictions`
				}`,
		),
	];
}

/** The worst kind says whether it begins to fail. */
function worstTrace({ traces }: WorkerRow): string {
	if (traces === null) return "?";
	if (traces.length === 0) return "-";
	return Math.min(...traces.map(({ score }) => score)).toFixed(2);
}

/** What was just held back or resumed. */
export function renderHeld(held: Held, { paint, width }: Frame): string[] {
	const what = `${held.kind.replace("_", " ")} ${held.name}`;
	const { resumed } = held;
	const now =
		resumed === null
			? "is held back"
			: `gets ${percent(held.share)} of its work again, all of it after ${renderDuration(resumed.over_ms)}`;
	return [
		`${paint("good", "✔")} ${what} ${now}`,
		...(resumed === null ? wrap(held.effect, width, "  ") : []),
	];
}

/** Everything that is held back. */
export function renderPauses(
	{ pauses }: { pauses: Held[] },
	frame: Frame,
): string[] {
	if (pauses.length === 0) return ["nothing is held back"];
	return renderTable(
		[
			{
				title: "WHAT",
				text: ({ kind, name }: Held) => `${kind.replace("_", " ")} ${name}`,
			},
			{ title: "SHARE", align: "right", text: ({ share }) => percent(share) },
			{
				title: "SINCE",
				align: "right",
				text: ({ since_ms }) => renderDuration(frame.nowMs - since_ms),
			},
			{ title: "WHO", text: ({ actor }) => actor },
			{ title: "WHY", flexible: true, text: ({ reason }) => reason },
		],
		pauses,
		frame,
	);
}

function columns(nowMs: number): Column<WorkerRow>[] {
	return [
		{
			title: "STATUS",
			text: (worker) => withSymbol(wordOf(worker)),
			tone: (worker) => signOf(wordOf(worker)).tone,
		},
		{ title: "WORKER", text: ({ agent_id }) => agent_id },
		{ title: "LOAD", align: "right", text: loadOf },
		{ title: "SCORE", align: "right", text: ({ score }) => score.toFixed(2) },
		{
			title: "DONE",
			align: "right",
			spare: 1,
			text: ({ telemetry }) => String(telemetry?.total_executions ?? "-"),
		},
		{
			title: "OK",
			align: "right",
			spare: 2,
			text: ({ telemetry }) =>
				telemetry === null ? "-" : percent(telemetry.success_rate),
		},
		{ title: "TRACE", align: "right", spare: 5, text: worstTrace },
		{
			title: "MEAN",
			align: "right",
			spare: 3,
			text: ({ telemetry }) =>
				telemetry === null ? "-" : renderDuration(telemetry.avg_duration_ms),
		},
		{
			title: "SEEN",
			align: "right",
			spare: 4,
			text: ({ last_seen }) => renderDuration(nowMs - last_seen),
		},
	];
}

function renderExecuting(
	executing: WorkerView["executing"],
	{ paint, nowMs }: Frame,
): string[] {
	if (executing === null) return ["", "it does not say what it works on"];
	if (executing.length === 0) return ["", "it works on nothing"];
	return [
		"",
		paint("strong", `works on ${count(executing.length, "ticket")}`),
		...executing.map(
			({ ticket_id, since_ms }) =>
				`  ${ticket_id}  ${renderDuration(nowMs - since_ms)}`,
		),
	];
}

function renderProvenance(
	{ source, age_ms }: Provenance,
	{ paint }: Frame,
): string[] {
	if (source === "registry") return [];
	const text =
		source === "none"
			? "! the registry does not answer, and nothing is known of the workers"
			: `! the registry does not answer: this is as it was ${renderDuration(age_ms)} ago`;
	return [paint("waiting", text)];
}

function wordOf({ status, paused }: WorkerRow): string {
	return paused === null ? status : "PAUSED";
}

function loadOf({ active_tasks, slots }: WorkerRow): string {
	return `${active_tasks ?? "?"}/${slots}`;
}

function doneOf(telemetry: WorkerRow["telemetry"]): string {
	if (telemetry === null) return "it does not say";
	const { total_executions, success_rate, avg_duration_ms } = telemetry;
	return `${count(total_executions, "ticket")}, lately ${percent(success_rate)} with success, ${renderDuration(avg_duration_ms)} each`;
}

function pauseText({ actor, since_ms, share }: Pause): string {
	const now = share > 0 ? `${percent(share)} of its work again` : "no work";
	return `${now}; by ${actor} since ${renderTime(since_ms)}`;
}

function percent(share: number): string {
	return `${Math.floor(share * 100)} %`;
}
