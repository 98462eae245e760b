import { openTrialGate } from "../src/policy/judge-dry-run.ts";
import { findOpa } from "../stack/fetch-opa.ts";
import { wireTicketOf } from "../test/support/allocations.ts";
import { policySettingsOf } from "../test/support/gates.ts";
import { startOpa } from "../test/support/opa.ts";
import { quantiles, round } from "./statistics.ts";

const BATCH = 200;
const WARM_UP = 30;
const QUESTIONS = 200;

/** Time a ticket takes to be judged, by both engines, alone and in batches. */
export async function measurePolicy(say: (line: string) => void) {
	say("policy: embedded, then an OPA server");
	const embedded = await measureEngine({});
	const server = findOpa() === undefined ? undefined : await measureServer();
	if (server === undefined) say("opa is not at hand: the server is left out");
	return {
		embedded,
		...(server && { server }),
		ratios: {},
		figures: {
			policy_embedded_p95_ms: embedded.batch.p95,
			...(server && { policy_server_p95_ms: server.batch.p95 }),
		},
	};
}

async function measureServer() {
	const ends: (() => unknown)[] = [];
	const after = (end: unknown) => void ends.push(end as () => unknown);
	const { port } = await startOpa({ after });
	try {
		return await measureEngine({
			OPA_HOST: "127.0.0.1",
			OPA_PORT: String(port),
			OPA_CACHE_TTL_SECONDS: "0",
		});
	} finally {
		for (const end of ends) await end();
	}
}

async function measureEngine(env: Record<string, string>) {
	const gate = await openTrialGate(policySettingsOf(env));
	if (gate === undefined) throw new Error("policies are off");
	const ask = async (size: number) => {
		const tickets = Array.from({ length: size }, (_, index) =>
			wireTicketOf({
				ticket_id: `t-${index}`,
				required_capabilities: ["python", "compute"],
				parameters: { simulate_duration_ms: "150" },
			}),
		);
		const startedAtMs = performance.now();
		const { outcome } = await gate.decide({
			point: "before-allocation",
			plan_id: "p-1",
			risk_band: "critical",
			task_count: size,
			tickets,
			untilMs: Date.now() + 60_000,
		});
		if (outcome !== "allowed") throw new Error(`policies said ${outcome}`);
		return (performance.now() - startedAtMs) / size;
	};
	return { single: await times(ask, 1), batch: await times(ask, BATCH) };
}

/** Of a ticket, ms. */
async function times(ask: (size: number) => Promise<number>, size: number) {
	for (let count = 0; count < WARM_UP; count += 1) await ask(size);
	const samples: number[] = [];
	for (let count = 0; count < QUESTIONS; count += 1)
		samples.push(await ask(size));
	const { p50, p95 } = quantiles(samples);
	return { p50: round(p50), p95: round(p95) };
}
