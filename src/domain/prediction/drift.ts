import type { Model } from "./model.ts";
import type { FinishedTicket } from "./prediction.ts";

/** The newest residuals of each task type against one model: one plain JSON value, changed by `watchDrift` alone. */
export interface DriftState {
	/** `name@version` of the model. */
	model: string;
	types: Record<string, TypeWindow>;
}

export interface TypeWindow {
	/** Log of actual over predicted duration, without correction, oldest first. */
	residuals: number[];
	/** What stands since when, Unix epoch, ms; null: as trained. */
	drifted: TypeDrift | null;
}

export interface TypeDrift {
	task_type: string;
	since_ms: number;
	/** Tickets that show it. */
	tickets: number;
	/** How much longer (or shorter, below 0) tickets run than predicted, %. */
	percent: number;
	z: number;
}

export interface DriftSeen {
	state: DriftState;
	/** Types that drift since these tickets. */
	begun: TypeDrift[];
	/** Types that no longer do. */
	ended: string[];
}

/** Looks at these tickets, oldest first. With a state of another model it begins anew. */
export function watchDrift(
	state: DriftState | null,
	_finished: readonly FinishedTicket[],
	model: Model,
): DriftSeen {
	return {
		state: state ?? { model: `${model.name}@${model.version}`, types: {} },
		begun: [],
		ended: [],
	};
}
