import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import type { Fault, Scene } from "../fault.ts";

const OUTAGE_MS = 60_000;
const ASK_INTERVAL_MS = 1_000;
/** Each answer may take the service's own time-out for it. */
const ANSWER_TIMEOUT_MS = 10_000;

/** What no list of budgets is; the second is what the earlier client took for one, and found fine. */
const garbage: readonly ((response: ServerResponse) => void)[] = [
	(response) => response.end("<html>all is well</html>"),
	(response) => response.end('{"error_budget_remaining":1,"status":"HEALTHY"}'),
	(response) =>
		response.end('{"budgets":[{"slo_id":"s","error_budget_remaining":9000}]}'),
	(response) => {
		response.statusCode = 500;
		response.end();
	},
	(response) => response.destroy(),
	(response) => void response.write("{"),
];
const good =
	'{"budgets":[{"slo_id":"s","error_budget_remaining":15,"status":"HEALTHY"}],"total":1}';

/** The SLA management system answers garbage: plans do not notice, and no budget is said to be known. */
export const slaApiGarbage: Fault = {
	number: 16,
	name: "sla-api-garbage",
	title: "SLA management system answers garbage for 60 s",
	terms: { repeats: false, reexecution: false },
	flowMs: 25_000,
	shortFlowMs: 10_000,
	shortSeconds: 60,
	outageMs: OUTAGE_MS,
	async inject(scene) {
		let isWell = false;
		let asked = 0;
		const server = createServer((_request, response) => {
			const answer = garbage[asked % garbage.length];
			asked += 1;
			if (isWell) response.end(good);
			else answer?.(response);
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		try {
			await restartWith(scene, {
				SLA_MANAGEMENT_HOST: "127.0.0.1",
				SLA_MANAGEMENT_PORT: String(port),
				SLA_MANAGEMENT_TIMEOUT_SECONDS: "1",
				SLA_MANAGEMENT_CACHE_TTL_SECONDS: "1",
			});
			const over = new AbortController();
			const asking = seeUnknown(scene, over.signal);
			await scene.outage(OUTAGE_MS);
			over.abort();
			await asking;
			if (asked === 0)
				scene.world.troubles.push("the SLA management system was never asked");
			isWell = true;
			await eventually(async () => (await readBudgets(scene)).known);
			await restartWith(scene, {});
		} finally {
			server.closeAllConnections();
			server.close();
		}
	},
};

async function restartWith(
	{ world: { processes } }: Scene,
	env: Record<string, string>,
): Promise<void> {
	processes.moreEnv = env;
	// The other worker goes on, by its own results.
	const [worker] = processes.workers;
	for (const process of [worker, processes.api]) {
		await process?.stop();
		if (process !== undefined) await processes.start(process);
	}
}

async function seeUnknown(scene: Scene, over: AbortSignal): Promise<void> {
	while (!over.aborted) {
		const { known, budgets } = await readBudgets(scene);
		if (known || budgets.length > 0)
			scene.world.troubles.push(
				`garbage is taken for budgets: ${JSON.stringify(budgets)}`,
			);
		await sleep(ASK_INTERVAL_MS);
	}
}

interface Budgets {
	known: boolean;
	budgets: object[];
}

async function readBudgets({ world }: Scene): Promise<Budgets> {
	const answer = await fetch(`${world.apiUrl}/api/v1/sla/budgets`, {
		signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
	});
	return (await answer.json()) as Budgets;
}
