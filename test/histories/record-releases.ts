/**
 * Records the histories of two releases for the replay test: `npm run stack` gives the addresses, then
 * `node test/histories/record-releases.ts 14`. As with `record.ts`, one that is there is never recorded again.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { StepInput } from "../../src/domain/rollout/spec.ts";
import { eventually } from "../support/eventually.ts";
import { openRolloutWorld } from "../support/rollout-world.ts";

const by = { actor: "ada", reason: "recorded" };
const ramp = (weight: number): StepInput => ({
	...{ ramp: weight, soak: "5s", minSample: 20 },
});
const steps: StepInput[] = [
	...[{ smoke: {} }, ramp(25), { approve: {} }, ramp(50), { promote: {} }],
	{ verify: { holdback: 25, for: "4s" } },
];
type World = Awaited<ReturnType<typeof openRolloutWorld>>;

const scenarios: Record<string, (world: World) => Promise<unknown>> = {
	/** With a pause, a weight by hand, an approval, and a hold-back. */
	async "release-promoted"({ client, deployment, store }) {
		const isSeen = (what: string) => async () => {
			const { phase, pauseReason } =
				(await store.read(deployment))?.state ?? {};
			return phase === what || pauseReason === what;
		};
		await eventually(isSeen("Progressing"));
		await client.command(deployment, { ...by, verb: "pause" });
		await client.command(deployment, { ...by, verb: "setWeight", weight: 30 });
		await client.command(deployment, { ...by, verb: "resume" });
		await eventually(isSeen("ApprovalNeeded"), 60_000);
		await client.command(deployment, { ...by, verb: "approve" });
	},
	async "release-rolled-back"({ traffic }) {
		traffic.failing.candidate = 0.5;
	},
};

const root = path.resolve(import.meta.dirname, "../..");
const [issue = ""] = process.argv.slice(2);
if (!/^\d+$/.test(issue)) throw new Error("name the issue");
const folder = path.join(import.meta.dirname, issue);
mkdirSync(folder, { recursive: true });
for (const [name, play] of Object.entries(scenarios)) {
	const file = path.join(folder, `${name}.json`);
	if (existsSync(file)) continue;
	const endings: (() => unknown)[] = [];
	const world = await openRolloutWorld({
		after: (end) => void endings.push(end as () => unknown),
	});
	const { deployment, client, handle } = world;
	const target = { buildId: "b2" };
	await client.start({ deployment, target, steps, margin: 0.2 }, by);
	await play(world);
	await handle.result();
	const history = historyToJSON(await handle.fetchHistory());
	writeFileSync(file, `${history.replaceAll(`${root}/`, "")}\n`);
	console.log(`recorded ${name}`);
	for (const end of endings) await end();
}
