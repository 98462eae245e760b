import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RolloutState } from "../src/domain/rollout/state.ts";
import { isOver } from "../src/domain/rollout/state.ts";
import { Lifecycle } from "../src/lifecycle.ts";
import { startStack } from "../stack/stack.ts";
import { type BuildKind, buildKinds } from "./builds.ts";
import {
	BASE_BUILD,
	openReleaseWorld,
	type ReleaseWorld,
} from "./release-world.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `npm run demo:release`: a good and a bad release of the service, end to end. Exits with 0 if each ended as it should. */
const directory = path.join(import.meta.dirname, "..", ".stack", "release");
const PLANS_PER_SECOND = 4;
const LOOK_MS = 500;
/** After this long a release is given up. */
const RELEASE_LIMIT_MS = 150_000;
const BAR_WIDTH = 20;

const screen = createScreen(process.stdout);
const lifecycle = new Lifecycle();
const asked = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
	process.on(signal, () => asked.abort());

process.exitCode = await run();
process.exit();

async function run(): Promise<number> {
	const startedAtMs = performance.now();
	try {
		const isWell = await tell();
		const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
		screen.say(
			"",
			isWell
				? `both releases ended as they should, after ${seconds} s in all`
				: "NOT both releases ended as they should",
		);
		return isWell ? 0 : 1;
	} catch (error) {
		screen.keep();
		const { cause } = error as { cause?: unknown };
		const why = cause === undefined ? "" : `: ${cause}`;
		screen.say("", asked.signal.aborted ? "interrupted" : `${error}${why}`);
		return asked.signal.aborted ? 130 : 1;
	} finally {
		await lifecycle.stop().catch((error) => screen.say(String(error)));
	}
}

async function tell(): Promise<boolean> {
	const { signal } = asked;
	const report = (line: string) => screen.say(`  ${line}`);
	screen.say(
		"Two releases of a service in operation.",
		`Its build ${BASE_BUILD} (the base) works on plans all the time. A new build (the candidate) first gets plans that nobody`,
		"waits for, then a small share of the real ones, then a larger one. Every plan's end is compared with those of the base;",
		"the verdict decides whether the share grows, or whether it falls to nothing.",
		"",
		"starting the servers, the service and its traffic",
	);
	const stack = await lifecycle.start(
		"the stack",
		() => startStack({ directory, fresh: true, report, signal }),
		(one) => one.stop(),
	);
	const world = await openReleaseWorld({
		...{ lifecycle, directory, servers: stack.env, report, signal },
	});
	world.traffic(PLANS_PER_SECOND);

	const good = await release(world, screen, "1.1.0", "healthy");
	const bad = await release(world, screen, "1.2.0", "fails-one-in-four");
	world.traffic(0);
	const isJudged = bad.verdict?.action === "rollback";
	return good.phase === "Healthy" && bad.phase === "Degraded" && isJudged;
}

async function release(
	world: ReleaseWorld,
	{ say }: Screen,
	build: string,
	kind: BuildKind,
): Promise<RolloutState> {
	const { title } = buildKinds[kind];
	say("", `release of ${build}, which ${title}`, "  its workers start");
	await world.startBuild(build, kind);
	await world.api.start(build, {
		margin: 0.1,
		matureAfter: "20s",
		steps: [
			{ smoke: { plans: ["linear", "diamond"], timeout: "60s" } },
			{ ramp: 20, soak: "5s", minSample: 15 },
			{ ramp: 50, soak: "5s", minSample: 40 },
			{ promote: {} },
			{ verify: { holdback: 10, for: "5s" } },
		],
	});
	const state = await follow(world);
	const { verdict, message, phase } = state;
	say(
		"",
		phase === "Healthy"
			? `  ${build} has all plans now. ${message}`
			: `  ${build} has no plans any more: ${verdict?.sentence ?? message}`,
	);
	return state;
}

/** Says what changes until the release is over. */
async function follow({ api }: ReleaseWorld): Promise<RolloutState> {
	const untilMs = performance.now() + RELEASE_LIMIT_MS;
	let said = "";
	while (performance.now() < untilMs) {
		asked.signal.throwIfAborted();
		const state = await api.get();
		if (state !== undefined) {
			const now = `${state.phase} ${state.weight} ${state.verdict?.action}`;
			if (now !== said) screen.say(...describe(state));
			else screen.draw(describe(state));
			said = now;
			if (isOver(state.phase)) return state;
		}
		await sleep(LOOK_MS);
	}
	throw new Error(`the release was not over within ${RELEASE_LIMIT_MS} ms`);
}

function describe({ phase, weight, verdict, message }: RolloutState): string[] {
	const full = Math.round((weight / 100) * BAR_WIDTH);
	const bar = "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
	const sentence = weight > 0 && verdict ? verdict.sentence : message;
	return [
		`  ${bar} ${String(weight).padStart(3)} %  ${phase.padEnd(11)} ${sentence}`,
	];
}
