import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import type { Fault } from "../fault.ts";
import { askingAt, countVerdicts, openOpa } from "../opa-process.ts";

const OUTAGE_MS = 60_000;
/** Longer than a question may take. */
const SLOW_MS = 4_000;
const SEEN_TIMEOUT_MS = 30_000;

/** None of these is an allow. */
const garbage: readonly ((response: ServerResponse) => void)[] = [
	(response) => response.end("<html>allowed</html>"),
	(response) => response.end('{"result": true}'),
	(response) => response.end('{"result": [{"p0": {"0": {}}}]}'),
	(response) => response.end("{}"),
	(response) => response.writeHead(404).end("{}"),
	(response) => response.writeHead(500).end(),
	(response) => response.destroy(),
	(response) => void sleep(SLOW_MS).then(() => response.end("{}")),
];

/** What answers in OPA's place says nothing that is a decision: plans wait, and go on with the real one. */
export const opaGarbage: Fault = {
	number: 19,
	name: "opa-garbage",
	title: "OPA answers garbage, or slowly, for 60 s",
	terms: { repeats: false, reexecution: false },
	flowMs: 60_000,
	// Plans must still come when both workers have begun to ask.
	shortFlowMs: 45_000,
	shortSeconds: 80,
	outageMs: OUTAGE_MS,
	async inject(scene) {
		const { troubles } = scene.world;
		const opa = await openOpa(scene);
		if (opa === undefined) return;
		// Plans went on unchecked when another fault wanted it.
		const unchecked = await countVerdicts(scene, "unchecked");
		let asked = 0;
		const server = createServer((_request, response) => {
			const answer = garbage[asked % garbage.length];
			asked += 1;
			answer?.(response);
		});
		server.listen(opa.port, "127.0.0.1");
		await once(server, "listening");
		try {
			await opa.restartWorkers({
				...askingAt(opa.port),
				OPA_CIRCUIT_BREAKER_ENABLED: "false",
			});
			await scene.outage(OUTAGE_MS);
			if (asked === 0) troubles.push("OPA was never asked");
			if ((await countVerdicts(scene, "unchecked")) > unchecked)
				troubles.push("garbage was taken for a decision to go on");
		} finally {
			server.closeAllConnections();
			server.close();
		}
		const allowed = await countVerdicts(scene, "allowed");
		try {
			await opa.start();
			await eventually(
				async () => (await countVerdicts(scene, "allowed")) > allowed,
				SEEN_TIMEOUT_MS,
			);
			await opa.restartWorkers({});
		} finally {
			await opa.kill();
		}
	},
};
