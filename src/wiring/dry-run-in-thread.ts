import { Worker } from "node:worker_threads";
import type { TicketFacts } from "../domain/prediction/prediction.ts";
import type { RoutingInForce } from "../domain/rollout/routing.ts";
import { OrchestratorError } from "../errors.ts";
import {
	createShares,
	type ShareLimits,
	type ShareRefusal,
} from "../http/shares.ts";
import type { Log } from "../log.ts";
import type { DryRunPredictions } from "../plans/dry-run-decision.ts";
import type { DecisionDryRuns } from "../plans/plan-ports.ts";
import type { Ledger } from "../storage/ledger.ts";
import type {
	DryRunAnswer,
	DryRunJob,
	DryRunMessage,
	ThreadSettings,
} from "./dry-run-thread.ts";
import { takeTurns } from "./take-turns.ts";

export interface DryRunDeps extends ThreadSettings {
	ledger: Ledger;
	/** The split in force; absent: the settings stand. */
	routing?: () => Pick<RoutingInForce, "split">;
	/** By the model of this process, at once. Absent: predictions are off. */
	predict?: ((facts: TicketFacts[]) => DryRunPredictions) | undefined;
	/** Whether there is a model now. */
	hasModel?: () => boolean;
	log: Pick<Log, "error">;
	/** Limits of dry runs, running and waiting: of all callers and of one. */
	limits?: ShareLimits;
	/** A thread that takes longer for one dry run is ended. */
	patienceMs?: number;
	/** The file that the thread runs. */
	file?: URL;
}

const LIMITS = { max: 40, maxPerCaller: 4 };
const PATIENCE_MS = 30_000;
const FILE = new URL("./dry-run-thread.ts", import.meta.url);
/** A plan that needs more memory ends the thread, and not the process. */
const HEAP_MB = 512;

/**
 * Runs dry runs in a separate thread, one at a time, callers in turn. The thread starts with the first dry
 * run; when the thread ends by itself, its dry run fails with REHEARSAL_LOST and the next one gets a new
 * thread.
 */
export function openDryRunThread({
	ledger,
	routing = () => ({}),
	predict,
	hasModel = () => predict !== undefined,
	log,
	limits = LIMITS,
	patienceMs = PATIENCE_MS,
	file = FILE,
	...settings
}: DryRunDeps): DecisionDryRuns & { close(): Promise<void> } {
	const shares = createShares(limits);
	const inTurn = takeTurns();
	let thread: Worker | undefined;
	let isClosed = false;

	function openThread(): Worker {
		const opened = new Worker(file, {
			workerData: settings,
			resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
		});
		opened.unref();
		opened.on("error", (error) =>
			log.error({ error }, "the thread of dry runs failed"),
		);
		opened.once("exit", (code) => {
			thread = undefined;
			const message = "the thread of dry runs ended: the next has a new one";
			if (!isClosed) log.error({ code }, message);
		});
		return opened;
	}

	async function run(job: DryRunJob): Promise<DryRunAnswer> {
		if (isClosed) throw stopping();
		thread ??= openThread();
		return await ask(thread, job, { patienceMs, predict }).catch(
			async (cause: Error) => {
				if (isClosed) throw stopping();
				await thread?.terminate();
				throw lost(cause);
			},
		);
	}

	return {
		async dryRun(body, caller) {
			const refusal = shares.take(caller);
			if (refusal !== undefined) throw tooMany(refusal, limits);
			const nowMs = Date.now();
			const job = {
				...{ body, nowMs, routing: routing(), hasModel: hasModel() },
			};
			const play = (stored?: { plan: unknown }) =>
				inTurn(caller, () => run({ ...job, ...(stored && { stored }) }));
			try {
				const first = await play();
				if (first.kind !== "needs_plan") return bytesOf(first);
				const plan = await ledger.readPlan(first.planId);
				return bytesOf(await play({ plan }));
			} finally {
				shares.release(caller);
			}
		},
		async close() {
			isClosed = true;
			await thread?.terminate();
		},
	};
}

/** The thread's answer. Rejects when the thread ends, or does not answer in time. */
async function ask(
	thread: Worker,
	job: DryRunJob,
	{ patienceMs, predict }: Pick<DryRunDeps, "predict"> & { patienceMs: number },
): Promise<DryRunAnswer> {
	const { promise, resolve, reject } = Promise.withResolvers<DryRunAnswer>();
	const onExit = (code: number) =>
		reject(new Error(`the thread ended with ${code}`));
	const timer = setTimeout(
		() => reject(new Error(`no answer within ${patienceMs} ms`)),
		patienceMs,
	);
	const onMessage = (answer: DryRunAnswer) => {
		if (answer.kind !== "predict") return resolve(answer);
		const none = { model: null, predictions: [], p99Ms: [] };
		const made = predict?.(answer.facts) ?? none;
		thread.postMessage({ kind: "predicted", ...made } satisfies DryRunMessage);
	};
	thread.on("message", onMessage).once("error", reject).once("exit", onExit);
	try {
		thread.postMessage({ kind: "job", ...job } satisfies DryRunMessage);
		return await promise;
	} finally {
		clearTimeout(timer);
		thread.off("message", onMessage).off("error", reject).off("exit", onExit);
	}
}

function bytesOf(answer: DryRunAnswer): Uint8Array {
	if (answer.kind === "done") return answer.json;
	if (answer.kind !== "failed")
		throw new Error(`the thread answered with ${answer.kind}`);
	const { code, message, details } = answer;
	throw new OrchestratorError(code, message, details);
}

function tooMany(
	refusal: ShareRefusal,
	{ max, maxPerCaller }: ShareLimits,
): OrchestratorError {
	const isOwn = refusal === "own";
	const message = isOwn
		? `${maxPerCaller} dry runs of yours are under way or wait, and no more may`
		: `${max} dry runs are under way or wait in this process, and no more may`;
	return new OrchestratorError("TOO_MANY_REHEARSALS", message, {
		...(isOwn && { status: 429 }),
		hint: "ask again when one has been answered",
	});
}

function lost(cause: Error): OrchestratorError {
	return new OrchestratorError(
		"REHEARSAL_LOST",
		`the dry run broke off (${cause.message}); nothing was started`,
		{
			cause,
			hint: "hand it in again; when it breaks off again, the plan is too much for a dry run: make it smaller",
		},
	);
}

function stopping(): OrchestratorError {
	return new OrchestratorError(
		"SERVICE_STOPPING",
		"the service is stopping and takes no new requests",
	);
}
