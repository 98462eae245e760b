import { MongoClient } from "mongodb";
import type { PlanDocument, StepName } from "../src/domain/documents.ts";
import type { PlanRunInput } from "../src/domain/plan-run.ts";
import { compressionCodec } from "../src/temporal/payload-codec.ts";
import type { BenchWorld } from "./bench-world.ts";
import type { PlanTrack } from "./plan-traffic.ts";
import { percentile, round } from "./statistics.ts";

type Parts = Record<string, number>;

/** Medians of the parts: consumed, started, taken by the worker, C1 to C4, and what is left. */
export async function readLatencyParts(
	world: BenchWorld,
	tracks: readonly PlanTrack[],
): Promise<Parts> {
	const mongo = new MongoClient(world.stack.env.MONGODB_URI as string);
	try {
		const documents = mongo.db("bench").collection<PlanDocument>("workflows");
		const all: Parts[] = [];
		for (const track of tracks) {
			const workflow_id = `orch-${track.planId}`;
			const document = await documents.findOne({ _id: workflow_id as never });
			if (document !== null) all.push(await partsOf(world, track, document));
		}
		const names = Object.keys(all[0] ?? {});
		return Object.fromEntries(
			names.map((name) => [
				name,
				round(
					percentile(
						all.map((parts) => parts[name] ?? 0),
						0.5,
					),
				),
			]),
		);
	} finally {
		await mongo.close();
	}
}

async function partsOf(
	{ client }: BenchWorld,
	track: PlanTrack,
	document: PlanDocument,
): Promise<Parts> {
	const handle = client.workflow.getHandle(`orch-${track.planId}`);
	const events = (await handle.fetchHistory()).events ?? [];
	const started = events.find(
		(one) => one.workflowExecutionStartedEventAttributes,
	);
	const taken = events.find((one) => one.workflowTaskStartedEventAttributes);
	const payloads =
		started?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
	const [payload] = await compressionCodec.decode(payloads);
	const { received_at_ms }: PlanRunInput = JSON.parse(
		Buffer.from(payload?.data ?? []).toString(),
	);
	const startedAtMs = epochMs(started?.eventTime);
	const takenAtMs = epochMs(taken?.eventTime);
	const step = (name: StepName) =>
		document.steps.find((one) => one.name === name)?.duration_ms ?? 0;
	const steps = step("C1") + step("C2") + step("C3") + step("C4");
	return {
		consumed: received_at_ms - track.decidedAtMs,
		started: startedAtMs - received_at_ms,
		taken: takenAtMs - startedAtMs,
		C1: step("C1"),
		C2: step("C2"),
		C3: step("C3"),
		C4: step("C4"),
		// Activation of the workflow before C1 counts; the acknowledgement's way back is in C4, but not in the whole.
		rest: track.lastTicketAtMs - takenAtMs - steps,
		whole: track.lastTicketAtMs - track.decidedAtMs,
	};
}

function epochMs(
	time: { seconds?: unknown; nanos?: number | null } | null | undefined,
): number {
	return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}
