import { OrchestratorError } from "../../src/errors.ts";
import type { MlSources } from "../../src/prediction/ml-ports.ts";
import type { LearningReport } from "../../src/prediction/ports.ts";

const noModel = async (): Promise<never> => {
	throw new OrchestratorError("MODEL_NOT_FOUND", "model nowhere not found");
};

export const emptyReport: LearningReport = {
	model: null,
	watermark_ms: null,
	updated_at: null,
	learned: 0,
	skipped: {},
	types: [],
	shadow: null,
};

/** No model, nothing learned, nothing trained. */
export const emptyMl: MlSources = {
	predictor: undefined,
	view: () => ({ model: null, readAtMs: null, unreadable: null }),
	registry: {
		list: async () => [],
		read: async () => undefined,
		promote: noModel,
		rollback: noModel,
	},
	training: {
		start: async () => ({ job_id: "ml-train-1", isNew: true }),
		readJob: async () => undefined,
		listJobs: async () => [],
	},
	learning: { read: async () => emptyReport },
	auditLog: {
		list: async () => [],
		read: async () => undefined,
		count: async () => ({}),
	},
	readTicket: async () => undefined,
	proposeTimeout: () => null,
	proposeWeights: async () => ({
		...{ current: 0.6, tickets: 0, plans: 0, options: [], proposed: null },
		reason: "the data cannot tell",
	}),
	replayDecisions: async () => undefined,
};
