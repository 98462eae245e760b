import { setTimeout as sleep } from "node:timers/promises";
import { commandPriorities } from "../../src/domain/plan-run.ts";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import { answerOf } from "../hostile/floods.ts";
import { eventually } from "../support/eventually.ts";
import type { Scene } from "./fault.ts";
import type { MixedPlan } from "./plan-mix.ts";
import { topics, type World } from "./world.ts";

const WAIT_TIMEOUT_MS = 60_000;
/** Commands under way at once. */
const CONCURRENCY = 8;
const MAX_TRIES = 5;

/** Resolves when the plan waits for a person. */
export async function untilWaiting(
	{ apiUrl }: World,
	planId: string,
): Promise<void> {
	await eventually(
		async () => (await readStatus(apiUrl, planId)) === "AWAITING_APPROVAL",
		WAIT_TIMEOUT_MS,
	);
}

/** Whether the plan has succeeded in time; if not, that is a trouble. */
export async function hasSucceeded(
	{ apiUrl, troubles }: World,
	planId: string,
	timeoutMs: number,
): Promise<boolean> {
	try {
		await eventually(
			async () => (await readStatus(apiUrl, planId)) === "SUCCESS",
			timeoutMs,
		);
		return true;
	} catch {
		troubles.push(`${planId} has not succeeded within ${timeoutMs} ms`);
		return false;
	}
}

/** Resolves when the API shows the plan. */
export async function untilKnown(
	{ apiUrl }: World,
	planId: string,
): Promise<void> {
	await eventually(
		async () => (await readStatus(apiUrl, planId)) !== undefined,
		WAIT_TIMEOUT_MS,
	);
}

async function readStatus(
	apiUrl: string,
	planId: string,
): Promise<string | undefined> {
	const answer = await fetch(`${apiUrl}/api/v1/plans/${planId}`);
	const { status } = (await answer.json()) as { status?: string };
	return answer.ok ? status : undefined;
}

/**
 * Approves on the topic; from then on the plan may be expected to end. Resolves when it waits no longer:
 * what waits when the fault is over is cancelled.
 */
export async function answerApproval(
	{ world, held }: Scene,
	{ planId }: MixedPlan,
): Promise<void> {
	held(planId, Date.now());
	await world.producer.send([
		fromText({
			topic: topics.approvalResponses.name,
			key: planId,
			value: Buffer.from(JSON.stringify(answerOf(planId, "chaos"))),
			headers: {},
		}),
	]);
	await eventually(
		async () =>
			(await readStatus(world.apiUrl, planId)) !== "AWAITING_APPROVAL",
		WAIT_TIMEOUT_MS,
	).catch(() =>
		world.troubles.push(
			`the approval of ${planId} was not heard in ${WAIT_TIMEOUT_MS} ms`,
		),
	);
}

/** Asks again under the same key what could not be answered in time; answers the last status. */
export async function askPatiently(
	plan: string,
	{ name, key, body }: { name: string; key: string; body: object },
): Promise<number> {
	for (let tries = 1; ; tries += 1) {
		const { status, headers } = await fetch(`${plan}/${name}`, {
			method: "POST",
			headers: { "content-type": "application/json", "idempotency-key": key },
			body: JSON.stringify(body),
		});
		if (status === 429) {
			// Asked too fast: that is no outage, and counts as no try.
			await sleep(Number(headers.get("retry-after")) * 1_000);
			tries -= 1;
		} else if (status !== 503 || tries === MAX_TRIES) return status;
	}
}

/** So many commands, each with an effect; every answer is one that the service stands by. */
export async function askPriorities(
	{ apiUrl, troubles }: World,
	planId: string,
	count: number,
): Promise<void> {
	const answers = new Map<number, number>();
	const turns = Array.from({ length: count }, (_, turn) => turn).values();
	const ask = async () => {
		for (const turn of turns) {
			const priority = commandPriorities[turn % commandPriorities.length];
			const status = await askPatiently(`${apiUrl}/api/v1/plans/${planId}`, {
				name: "priority",
				key: `${planId}-${turn}`,
				body: { actor: "chaos", reason: "again", priority },
			});
			answers.set(status, (answers.get(status) ?? 0) + 1);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, ask));
	// Done, or refused in its own words (409); an outage there was none.
	for (const [status, times] of answers)
		if (status !== 200 && status !== 409)
			troubles.push(`${times} of ${count} commands were answered ${status}`);
}
