import {
	ApplicationFailure,
	type Client,
	WorkflowNotFoundError,
	WorkflowUpdateFailedError,
} from "@temporalio/client";
import type { RolloutStore } from "../../activities/steer-rollout.ts";
import type { Author } from "../domain/author.ts";
import {
	allowedVerbs,
	type RolloutCommand,
} from "../domain/rollout/commands.ts";
import {
	ROLLOUT_COMMAND_UPDATE,
	ROLLOUT_QUEUE,
	ROLLOUT_WORKFLOW_TYPE,
} from "../domain/rollout/names.ts";
import {
	completeSpec,
	type RolloutSpec,
	type RolloutSpecInput,
} from "../domain/rollout/spec.ts";
import { newRollout, type RolloutState } from "../domain/rollout/state.ts";
import { hasCode, OrchestratorError } from "../errors.ts";
import { createTemporalCalls, startOnce } from "../temporal/temporal-calls.ts";
import { rolloutWorkflowId } from "../temporal/workflow-ids.ts";
import type { Rollouts } from "./store.ts";

/** Releases, as people begin and steer them. */
export interface RolloutClient {
	/**
	 * Begins a release, in place of the one under way if there is one. Throws REQUEST_INVALID with every problem of
	 * the spec, COMMAND_REFUSED when the one under way cannot be replaced now.
	 */
	start(input: RolloutSpecInput, by: Author): Promise<RolloutState>;
	/**
	 * Throws ROLLOUT_NOT_FOUND, or COMMAND_REFUSED with the verbs that are allowed. The same key has effect once in a
	 * run of the controller.
	 */
	command(
		deployment: string,
		command: RolloutCommand,
		key?: string,
	): Promise<RolloutState>;
	/** The last release once more, if it was undone. */
	retry(deployment: string, by: Author): Promise<RolloutState>;
	/** A release of a build that was current before: the last one, or the named one. */
	undo(
		deployment: string,
		to: string | undefined,
		by: Author,
	): Promise<RolloutState>;
}

interface RolloutClientOptions {
	client: () => Client | Promise<Client>;
	store: Pick<Rollouts, "read" | "keepNew"> &
		Pick<RolloutStore, "findFormerBuilds">;
	taskQueue?: string;
	callTimeoutMs?: number;
	/** Refuses what is new; undoing a release, and every stop, goes on. */
	isEmergency?: boolean;
}

/** Longer than a change of the routing takes. */
const CALL_TIMEOUT_MS = 15_000;
const FORMER_BUILDS = 20;
/** Of a start, when the run before closes meanwhile. */
const MAX_ROUNDS = 3;

export function createRolloutClient({
	client,
	store,
	taskQueue = ROLLOUT_QUEUE,
	callTimeoutMs = CALL_TIMEOUT_MS,
	isEmergency = false,
}: RolloutClientOptions): RolloutClient {
	const calls = createTemporalCalls({ client, callTimeoutMs });

	async function begin(spec: RolloutSpec, by: Author): Promise<RolloutState> {
		const state = newRollout(spec, by, Date.now());
		const { deployment } = spec;
		for (let round = 1; ; round += 1) {
			const isNew = await startOnce(calls, ROLLOUT_WORKFLOW_TYPE, {
				workflowId: rolloutWorkflowId(deployment),
				...{ taskQueue, args: [{ state }] },
			});
			if (isNew) break;
			try {
				await update(deployment, { ...by, verb: "start", next: state });
				break;
			} catch (error) {
				if (round === MAX_ROUNDS || !hasJustEnded(error)) throw error;
			}
		}
		await store.keepNew(state).catch(whileAway);
		return state;
	}

	async function update(
		deployment: string,
		command: RolloutCommand,
		key?: string,
	): Promise<RolloutState> {
		try {
			return await calls(
				`${command.verb} of rollout of ${deployment}`,
				(temporal) =>
					temporal.workflow
						.getHandle(rolloutWorkflowId(deployment))
						.executeUpdate<RolloutState, [RolloutCommand]>(
							ROLLOUT_COMMAND_UPDATE,
							{
								args: [command],
								...(key !== undefined && { updateId: `key-${key}` }),
							},
						),
			);
		} catch (error) {
			throw await translate(deployment, command, error);
		}
	}

	async function translate(
		deployment: string,
		{ verb }: RolloutCommand,
		error: unknown,
	): Promise<unknown> {
		if (error instanceof WorkflowUpdateFailedError) return refusalIn(error);
		if (hasCode(error, "TEMPORAL_UNAVAILABLE"))
			return new OrchestratorError(error.code, error.message, {
				cause: error,
				hint: "the controller of releases (role rollout) does not answer: `rollout get` says since when; `rollout panic` works without it",
			});
		if (!(error instanceof WorkflowNotFoundError)) return error;
		const last = await store.read(deployment);
		if (last === undefined) return rolloutNotFound(deployment);
		const text = `no release of ${deployment} is under way: ${verb} cannot be asked of it`;
		const allowed = allowedVerbs(last.state);
		const isGone = true;
		return new OrchestratorError("COMMAND_REFUSED", text, { allowed, isGone });
	}

	return {
		async start(input, by) {
			if (isEmergency) throw inEmergency();
			const { spec, problems } = completeSpec(input);
			const [first] = problems;
			if (first === undefined) return await begin(spec, by);
			const coded = problems.map((one) => ({ ...one, code: "SPEC" }));
			const text = `${first.path} ${first.message}`;
			throw new OrchestratorError("REQUEST_INVALID", text, { problems: coded });
		},

		command: update,

		async retry(deployment, by) {
			const last = await store.read(deployment);
			if (last === undefined) throw rolloutNotFound(deployment);
			const { rolloutId, phase, spec } = last.state;
			const allowed = allowedVerbs(last.state);
			if (isEmergency) throw inEmergency();
			if (allowed.includes("retry")) return await begin(spec, by);
			const text = `rollout ${rolloutId} is ${phase}: only one that was undone is tried again`;
			throw new OrchestratorError("COMMAND_REFUSED", text, { allowed });
		},

		async undo(deployment, to, by) {
			const former = await store.findFormerBuilds(deployment, FORMER_BUILDS);
			const found = former.find(
				({ build }) => to === undefined || build === to,
			);
			if (found === undefined)
				throw new OrchestratorError(
					"ROLLOUT_NOT_FOUND",
					`no build ${to ?? ""} of ${deployment} was current before`.replace(
						"  ",
						" ",
					),
				);
			// As the last one was released: what was switched then is switched back.
			const last = await store.read(deployment);
			const { strategy = "canary", stickiness = {} } = last?.state.spec ?? {};
			const target = { buildId: found.build };
			const input = { deployment, target, strategy, stickiness };
			return await begin(completeSpec(input).spec, by);
		},
	};
}

function inEmergency(): OrchestratorError {
	return new OrchestratorError(
		"COMMAND_REFUSED",
		"EMERGENCY_MODE is on: nothing new is released; a rollback and every stop go on",
	);
}

export function rolloutNotFound(name: string): OrchestratorError {
	return new OrchestratorError(
		"ROLLOUT_NOT_FOUND",
		`rollout ${name} not found: neither a rollout nor a deployment with one has this name`,
	);
}

/** Whether the run closed while the command was on its way: then another one can be started. */
function hasJustEnded(error: unknown): boolean {
	if (hasCode(error, "COMMAND_REFUSED")) return error.details.isGone === true;
	const isUnavailable = hasCode(error, "TEMPORAL_UNAVAILABLE");
	return isUnavailable && /workflow task failure/i.test(error.message);
}

/** The controller makes it visible as soon as MongoDB is there. */
function whileAway(error: unknown): void {
	if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
}

function refusalIn(error: WorkflowUpdateFailedError): OrchestratorError {
	const { cause } = error;
	const details = cause instanceof ApplicationFailure ? cause.details?.[0] : {};
	const { allowed = [] } = (details ?? {}) as { allowed?: string[] };
	const text = cause?.message ?? error.message;
	return new OrchestratorError("COMMAND_REFUSED", text, {
		cause: error,
		allowed,
	});
}
