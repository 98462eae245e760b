import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { attemptId } from "../../src/domain/ticket-ids.ts";
import { runReplays } from "../../src/temporal/replay-history.ts";

/** A history as an earlier build recorded it. */
function read(name: string): string {
	const file = new URL(`../histories/${name}.json`, import.meta.url);
	return readFileSync(file, "utf8");
}

interface Payload {
	/** Absent: `undefined`. */
	data?: string;
}

/** The history as an earlier build would have recorded it for other input: every payload's text is changed. */
function withPayloads(
	recorded: string,
	change: (text: string) => string,
): unknown {
	return JSON.parse(recorded, (key, value: unknown) => {
		if (key !== "payloads") return value;
		return (value as Payload[]).map((payload) => {
			if (payload.data === undefined) return payload;
			const text = Buffer.from(payload.data, "base64").toString();
			const data = Buffer.from(change(text)).toString("base64");
			return { ...payload, data };
		});
	});
}

async function problemOf(history: unknown): Promise<unknown> {
	const results = await runReplays([{ workflowId: "orch-recorded", history }]);
	for await (const { error } of results) return error;
	return "nothing was replayed";
}

test("former rules: a run of an earlier build goes on with a task id of dots and a day that is none", async () => {
	const recorded = read("v2-success");
	let planId = "";
	withPayloads(recorded, (text) => {
		planId ||= /"plan_id":"([^"]+)"/.exec(text)?.[1] ?? "";
		return text;
	});
	const idOf = (taskId: string) =>
		attemptId({
			...{ planId, taskId, generation: 1, attempt: 1 },
			compensation: false,
		});
	const history = withPayloads(recorded, (text) =>
		text
			.replaceAll('"c"', '".."')
			.replaceAll(idOf("c"), idOf(".."))
			.replaceAll('"risk_score"', '"valid_until":"2126-02-31","risk_score"'),
	);
	assert.equal(await problemOf(history), undefined);
});

test("former rules: a ticket's id in capitals had no effect in runs of an earlier build", async () => {
	let count = 0;
	const history = withPayloads(read("v2-retry-compensation"), (text) => {
		if (!/^\[\{.*"status":"FAILED"/.test(text)) return text;
		count += 1;
		const results = JSON.parse(text) as { ticket_id: string }[];
		const completed = results.map((result) => ({
			...result,
			ticket_id: result.ticket_id.toUpperCase(),
			status: "COMPLETED",
		}));
		return JSON.stringify([...completed, ...results]);
	});
	assert.ok(count > 0, "there are signals with failures");
	assert.equal(await problemOf(history), undefined);
});

test("former rules: a run of an earlier build goes on with a task id that has characters nobody sees", async () => {
	for (const name of ["v2-success", "9/v2-success"]) {
		const recorded = read(name);
		let planId = "";
		withPayloads(recorded, (text) => {
			planId ||= /"plan_id":"([^"]+)"/.exec(text)?.[1] ?? "";
			return text;
		});
		const idOf = (taskId: string) =>
			attemptId({
				...{ planId, taskId, generation: 1, attempt: 1 },
				compensation: false,
			});
		let count = 0;
		const history = withPayloads(recorded, (text) => {
			if (text.includes('"c"')) count += 1;
			return text
				.replaceAll('"c"', '"c\u200b"')
				.replaceAll(idOf("c"), idOf("c\u200b"));
		});
		assert.ok(count > 0, name);
		assert.equal(await problemOf(history), undefined, name);
	}
});
