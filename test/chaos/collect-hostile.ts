import { readFileSync } from "node:fs";
import path from "node:path";
import type { HostileRecord } from "../hostile/attacker.ts";
import { type HostileBook, type Place, placeName } from "./evidence.ts";
import type { World } from "./world.ts";

interface Letter extends Place {
	source: Place | null;
}

interface CountingPlan {
	stray_results: { source: Place | null }[];
	source: Place | null;
	[count: `results_${string}`]: number;
}

/** Where the records lie, and where they say that they come from. */
export function findPlaces(records: readonly HostileRecord[]): Set<string> {
	return new Set(
		records.flatMap((one) => [one, one.alias ?? one].map(placeName)),
	);
}

/** What became of everything that was written to do harm. */
export async function collectHostile(
	{ store, logDirectory, processes }: World,
	startedAtMs: number,
): Promise<Omit<HostileBook, "records" | "places">> {
	const read = async <T>(
		name: string,
		fields: readonly string[],
		filter = {},
	) =>
		(await store
			.collection(name)
			.find(filter, {
				projection: Object.fromEntries(fields.map((field) => [field, 1])),
			})
			.toArray()) as unknown as T[];
	const since = (field: string) => ({ [field]: { $gte: startedAtMs } });
	type Sourced = { source: Place | null };
	const [letters, decisions, answers, attempts] = await Promise.all([
		read<Letter>(
			"dead_letters",
			["topic", "partition", "offset", "source"],
			since("dead_at"),
		),
		read<Sourced>("decisions", ["source"], since("recorded_at")),
		read<Sourced>("approval_answers", ["source"], since("recorded_at")),
		read<{ result_source: Place | null }>("ticket_attempts", ["result_source"]),
	]);
	const plans = (await store
		.collection("workflows")
		.find(since("created_at"))
		.toArray()) as unknown as CountingPlan[];
	const strays = plans.flatMap(({ stray_results }) => stray_results);
	const traces = [
		...letters.flatMap(({ source, ...place }) => [place, source]),
		...[...decisions, ...answers, ...plans, ...strays].map(
			({ source }) => source,
		),
	];
	const named = new Set(
		traces.flatMap((place) => (place === null ? [] : placeName(place))),
	);
	const believed = new Set(
		attempts.flatMap(({ result_source }) =>
			result_source === null ? [] : placeName(result_source),
		),
	);
	for (const place of readLoggedEnds(logDirectory)) named.add(place);
	return {
		traces: named,
		believed,
		counted:
			plans.reduce((sum, plan) => sum + countStrays(plan), 0) +
			(await countDuplicates(processes.intakeUrl)),
	};
}

/** How many results had no effect on the plan, beside those that it names. */
function countStrays(plan: CountingPlan): number {
	const counts = Object.entries(plan).filter(
		([name, value]) => name.startsWith("results_") && typeof value === "number",
	);
	const all = counts.reduce((sum, [, value]) => sum + (value as number), 0);
	return all - plan.stray_results.length;
}

/** Results of plans that had ended and knew them: nothing else tells of them. */
async function countDuplicates(intakeUrl: string): Promise<number> {
	const metrics = await (await fetch(`${intakeUrl}/metrics`)).text();
	const counter =
		/^orchestrator_duplicates_detected_total\{component="result_consumer"\} (\d+)/m;
	return Number(counter.exec(metrics)?.[1] ?? 0);
}

/**
 * What leaves no document of its own is said in the log: a decision or an answer that had come before, an
 * answer that was taken, and a decision whose document a later one of the same id has replaced.
 */
function readLoggedEnds(logDirectory: string): string[] {
	return readFileSync(path.join(logDirectory, "intake.log"), "utf8")
		.split("\n")
		.flatMap((line) => {
			if (!/"kind":"(started|recorded|duplicate|taken)"/.test(line)) return [];
			const { source } = JSON.parse(line) as { source?: Place };
			return source === undefined ? [] : placeName(source);
		});
}
