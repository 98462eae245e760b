import { fitModel } from "../src/domain/prediction/fit.ts";
import type { FinishedTicket } from "../src/domain/prediction/prediction.ts";
import { createSample } from "../src/domain/prediction/sample-tickets.ts";
import { makeHistory } from "../test/support/ticket-history.ts";

/** A process of its own: trains on a stream of so many tickets, and says what it needed, as JSON. */
const total = Number(process.argv[2]);
const CHUNK = 10_000;

const sample = createSample<FinishedTicket>();
for (let seed = 1; sample.seen < total; seed++)
	for (const ticket of makeHistory({ tickets: CHUNK, seed }))
		sample.add(ticket);
const before = process.cpuUsage();
const model = fitModel(sample.items(), { name: "bench" });
const { user, system } = process.cpuUsage(before);
console.log(
	JSON.stringify({
		seen: sample.seen,
		trained: model?.trained.tickets,
		cpuSeconds: (user + system) / 1e6,
		mostMb: process.resourceUsage().maxRSS / 1_024,
		modelKb: JSON.stringify(model).length / 1_024,
	}),
);
