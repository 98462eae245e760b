import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type ErrorCode,
	errorCodes,
	OrchestratorError,
} from "../../src/errors.ts";
import {
	createJudgeFailure,
	type Server,
} from "../../src/intake/judge-failure.ts";

const failure = (code: ErrorCode) => new OrchestratorError(code, "m");

function judgeWith(answering: boolean, maxTries = 3) {
	const asked: Server[] = [];
	const judge = createJudgeFailure({
		maxTries,
		async isAnswering(server) {
			asked.push(server);
			return answering;
		},
	});
	return { judge, asked };
}

test("judgeFailure: an outage is one of a closed list, and passes however often it was tried", async () => {
	const { judge } = judgeWith(false);
	const passing: string[] = [];
	for (const code of Object.keys(errorCodes) as ErrorCode[])
		if ((await judge(failure(code), 1_000)) === "again") passing.push(code);
	assert.deepEqual(passing.sort(), [
		"INTAKE_PAUSED",
		"PUBLISH_UNCONFIRMED",
		"REGISTRY_UNAVAILABLE",
		"STORE_UNAVAILABLE",
		"TEMPORAL_UNAVAILABLE",
	]);
	for (const bug of [new RangeError("too long"), new Error("m"), "text"])
		assert.equal(await judge(bug, 1), "never");
});

test("judgeFailure: what calls itself an outage while its server answers is tried so often", async () => {
	const { judge, asked } = judgeWith(true);
	const verdicts: string[] = [];
	for (const tries of [1, 2, 3])
		verdicts.push(await judge(failure("STORE_UNAVAILABLE"), tries));
	assert.deepEqual(verdicts, ["again", "again", "never"]);
	assert.deepEqual(asked, ["mongodb"], "and asked only then");
	assert.equal(await judge(failure("INTAKE_PAUSED"), 99), "again");
});
