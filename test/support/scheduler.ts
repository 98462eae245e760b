import assert from "node:assert/strict";
import type { AllocationRequest } from "../../activities/allocate-resources.ts";
import type { AllocationMetadata } from "../../src/domain/documents.ts";
import { isAllocated } from "../../src/domain/scheduling/allocation.ts";
import type { WorkerDirectory } from "../../src/plans/worker-directory.ts";
import type { Predictor } from "../../src/prediction/ports.ts";
import {
	createAllocator,
	type SchedulerSettings,
} from "../../src/scheduling/allocator.ts";
import type { Explanations } from "../../src/scheduling/explanations.ts";
import { createLocalPlaces } from "../../src/scheduling/local-places.ts";
import type { PlaceStore } from "../../src/scheduling/places.ts";
import { createReservations } from "../../src/scheduling/reservations.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { configured } from "./configured.ts";
import { silentLog } from "./stores.ts";

export interface SchedulerParts {
	settings?: Partial<SchedulerSettings>;
	shared?: PlaceStore;
	explanations?: Explanations;
	predictor?: Predictor;
}

/** The scheduler with default settings over these workers; places are kept in memory unless a test gives others. */
export function schedulerOver(
	directory: WorkerDirectory,
	{
		settings = {},
		shared = createLocalPlaces({ maxLapseMs: Infinity }),
		explanations = { keep: () => {} },
		predictor,
	}: SchedulerParts = {},
) {
	const metrics = createMetrics();
	const reservations = createReservations({
		shared,
		local: createLocalPlaces(),
		metrics,
		log: silentLog,
	});
	const allocator = createAllocator({
		directory,
		reservations,
		explanations,
		metrics,
		predictor,
		settings: { ...configured({}).scheduler, ...settings },
	});
	return {
		allocator,
		/** Of tickets none of which waits. */
		async allocate(request: AllocationRequest): Promise<AllocationMetadata[]> {
			const answers = await allocator.allocate(request);
			assert.ok(answers.every(isAllocated));
			return answers;
		},
		reservations,
		metrics,
	};
}
