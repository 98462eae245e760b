import path from "node:path";
import { parseArgs } from "node:util";
import { Lifecycle } from "../src/lifecycle.ts";
import { type DemoResult, runDemo } from "./run-demo.ts";
import { createScreen } from "./screen.ts";
import {
	planFacts,
	renderAlerts,
	renderChoice,
	renderFaults,
	renderPlans,
	renderPointers,
	renderProblems,
	serverFacts,
} from "./summary.ts";
import { renderDuration } from "./table.ts";

const INTERRUPTED = 130;
const usage = `npm run demo [-- options]
  --keep             leave everything running until Ctrl-C
  --json             print the facts as JSON on the last line
  --directory DIR    for the servers' data and all logs (.stack/demo)`;

/** Of the servers' data and all logs. */
const usualDirectory = path.join(import.meta.dirname, "..", ".stack", "demo");

const flags = readFlags();
const screen = createScreen(process.stdout);
const lifecycle = new Lifecycle();
const asked = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
	process.on(signal, () => asked.abort());
}

process.exitCode = await run();
// Whatever a library still holds open must not keep a finished demo alive.
process.exit();

function readFlags() {
	try {
		const { values } = parseArgs({
			options: {
				keep: { type: "boolean", default: false },
				json: { type: "boolean", default: false },
				directory: { type: "string", default: usualDirectory },
				help: { type: "boolean", default: false },
			},
		});
		if (!values.help) return values;
		console.log(usage);
		process.exit(0);
	} catch (error) {
		console.error(`${(error as Error).message}\n\n${usage}`);
		process.exit(2);
	}
}

async function run(): Promise<number> {
	const startedAtMs = Date.now();
	try {
		const { signal } = asked;
		const { directory } = flags;
		const result = await runDemo({ screen, lifecycle, directory, signal });
		show(result, Date.now() - startedAtMs);
		if (flags.keep) await keepRunning(result);
		await stopAll();
		if (flags.json && !flags.keep) say(result);
		return result.ok ? 0 : 1;
	} catch (error) {
		screen.keep();
		await stopAll();
		if (asked.signal.aborted) {
			screen.say("interrupted; everything is stopped");
			return INTERRUPTED;
		}
		screen.say("", ...describe(error));
		return 1;
	}
}

/** The message and what caused it, one a line; the same is said once. */
function describe(error: unknown): string[] {
	return [...new Set(listMessages(error))];
}

function listMessages(error: unknown): string[] {
	if (!(error instanceof Error)) return [String(error)];
	const causes = error instanceof AggregateError ? error.errors : [error.cause];
	const reasons = causes.filter((cause) => cause !== undefined);
	return [error.message, ...reasons.flatMap(listMessages)];
}

function show(result: DemoResult, tookMs: number): void {
	const { facts, scenarios, views, addresses, ok } = result;
	const { width } = screen;
	const succeeded = facts.find(({ status }) => status === "PARTIAL");
	screen.say(
		"",
		...renderPlans(facts, width),
		"",
		...renderProblems(scenarios, views, width),
		"",
		...renderChoice(result.choice, width),
		...renderAlerts(result.evidence, width),
		"",
		...renderFaults(facts, width),
		`${ok ? "every plan ended as expected" : "NOT every plan ended as expected"}, after ${renderDuration(tookMs)} in all`,
		"",
		...renderPointers(addresses, succeeded, flags.keep),
	);
}

function say({ ok, facts, servers }: DemoResult): void {
	const plans = facts.map(planFacts);
	console.log(JSON.stringify({ ok, plans, servers: servers.map(serverFacts) }));
}

async function keepRunning(result: DemoResult): Promise<void> {
	screen.say("", "running; Ctrl-C stops it");
	if (flags.json) say(result);
	const { promise, resolve } = Promise.withResolvers<void>();
	// A pending promise alone would not keep the process alive.
	const alive = setInterval(() => {}, 60_000);
	asked.signal.addEventListener("abort", () => resolve(), { once: true });
	if (!asked.signal.aborted) await promise;
	clearInterval(alive);
}

async function stopAll(): Promise<void> {
	await lifecycle.stop();
}
