import assert from "node:assert/strict";
import { test } from "node:test";
import type {
	DeadLetter,
	DeadLetterBytes,
} from "../../src/domain/dead-letter.ts";
import { letterWithBytes, storeOf } from "../support/dead-letters.ts";
import { openHttp } from "../support/http.ts";

const who = { actor: "ada", reason: "mended" };
const path = "/api/v1/dead-letters";

test("GET /dead-letters/:id: hides sensitive parameters, and a re-drive refuses what was hidden", async (t) => {
	const tasks = [{ parameters: { db_password: "hidden", url: "seen" } }];
	const decision = { cognitive_plan: JSON.stringify({ tasks }) };
	const letters: Record<string, DeadLetter & DeadLetterBytes> = {
		a: letterWithBytes({ original: Buffer.from(JSON.stringify(decision)) }),
		b: letterWithBytes({ original: Buffer.from('{"db_password":"hidden",') }),
	};
	const { app } = await openHttp(t, {
		deadLetters: { stored: storeOf(letters) },
	});
	for (const id of ["a", "b"]) {
		const { body } = await app.inject(`${path}/${id}`);
		assert.doesNotMatch(body, /hidden/);
		assert.equal(JSON.parse(body).redacted, true);
		assert.equal(JSON.parse(body).original_base64, null);
	}
	const { decoded } = (await app.inject(`${path}/a`)).json();
	assert.match(decoded.cognitive_plan, /seen/);
	const answer = await app.inject({
		method: "POST",
		url: `${path}/a/redrive`,
		payload: {
			...who,
			body: { tasks: [{ parameters: { db_password: "***" } }] },
		},
	});
	assert.equal(answer.statusCode, 422);
	assert.match(
		answer.body,
		/body\.tasks\[0\]\.parameters\.db_password is \*\*\*/,
	);
});
