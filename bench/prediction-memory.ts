import { once } from "node:events";
import {
	isMainThread,
	parentPort,
	Worker,
	workerData,
} from "node:worker_threads";
import { fitModel } from "../src/domain/prediction/fit.ts";
import type { FinishedTicket } from "../src/domain/prediction/prediction.ts";
import { createSample } from "../src/domain/prediction/sample-tickets.ts";
import { modelBytes } from "../src/prediction/load-model.ts";
import { DURATION_MODEL, type ModelVersion } from "../src/prediction/ports.ts";
import { type TrainDeps, train } from "../src/prediction/train.ts";
import { configured } from "../test/support/configured.ts";
import { makeHistory } from "../test/support/ticket-history.ts";

/**
 * A process of its own: trains in a thread with the usual heap, as the service does, on a stream of so many tickets,
 * and says what it needed, as JSON. There is no MongoDB: tickets are made where they would be read.
 */
const CHUNK = 10_000;
const DAY_MS = 86_400_000;

if (isMainThread) {
	const { heapMb } = configured({}).prediction.training;
	const thread = new Worker(new URL(import.meta.url), {
		workerData: Number(process.argv[2]),
		resourceLimits: { maxOldGenerationSizeMb: heapMb },
	});
	const [told] = (await once(thread, "message")) as [object];
	const mostMb = process.resourceUsage().maxRSS / 1_024;
	console.log(JSON.stringify({ ...told, heapMb, mostMb }));
} else parentPort?.postMessage(await trainOn(workerData as number));

async function trainOn(total: number) {
	let modelKb = 0;
	let before = process.cpuUsage();
	let seen = 0;
	const registry: TrainDeps["registry"] = {
		readAliases: async () =>
			({ champions: [1], challenger: null, revision: 1 }) as never,
		readVersion: async (name, version) => ({ name, version }) as never,
		readArtifact: async () => championBytes(),
		async register({ bytes, ...given }) {
			modelKb = bytes.length / 1_024;
			return { ...given, version: 2, promotions: [] } as never as ModelVersion;
		},
		giveAlias: async () => undefined as never,
	};
	const result = await train(
		{
			registry,
			auditLog: { write: async () => undefined },
			attempts: {
				async sample() {
					const sample = sampleOf(total);
					seen = sample.found;
					before = process.cpuUsage();
					return sample;
				},
			},
		},
		{
			...{ jobId: "bench", trigger: "manual", by: "bench", windowDays: 540 },
			...{ minTickets: 100, maxErrors: {}, shadowFirst: false },
			timeoutMs: DAY_MS,
		},
	);
	const { user, system } = process.cpuUsage(before);
	const { outcome, tickets: trained } = result;
	return { seen, trained, outcome, cpuSeconds: (user + system) / 1e6, modelKb };
}

/** As it is read from MongoDB: which ones first, then those alone, with texts of their own. */
function sampleOf(total: number) {
	const chosen = createSample<string>();
	for (const { ticket_id } of stream(total)) chosen.add(ticket_id);
	const kept = new Set(chosen.items());
	const tickets: FinishedTicket[] = [];
	for (const ticket of stream(total))
		if (kept.has(ticket.ticket_id)) tickets.push(structuredClone(ticket));
	return { tickets, found: chosen.seen };
}

function* stream(total: number) {
	for (let seed = 1; (seed - 1) * CHUNK < total; seed++)
		for (const { oracle_ms, made, day, ...ticket } of makeHistory({
			...{ tickets: CHUNK, seed },
		}))
			yield { ...ticket, ticket_id: `${seed}-${ticket.ticket_id}` };
}

function championBytes(): Buffer {
	const model = fitModel(makeHistory(), { name: DURATION_MODEL, version: 1 });
	if (model === null) throw new Error("too few tickets for a model");
	return modelBytes(model);
}
