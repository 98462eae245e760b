import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { createTokenAuthenticator } from "../../../src/http/access/token-authenticator.ts";
import {
	createToken,
	parseTokenRecords,
} from "../../../src/http/access/token-record.ts";
import { silentLog } from "../../support/stores.ts";
import { tokensFile } from "./credentials.ts";

const ana = { name: "ana", role: "operator", expires_at: null } as const;
const line = (record: object) => `${JSON.stringify(record)}\n`;

test("createToken: a record does not show its token, and no two are alike", () => {
	const { token, record } = createToken(ana);
	assert.match(token, /^orc_[\w-]{43}$/);
	assert.ok(!JSON.stringify(record).includes(token.slice(4)));
	assert.deepEqual({ ...record, sha256: "" }, { ...ana, sha256: "" });
	assert.notEqual(createToken(ana).token, token);
});

test("tokens: the file's changes are followed; one that cannot be read changes nothing", async (t) => {
	const first = createToken(ana);
	const second = createToken({ ...ana, name: "bea" });
	const file = tokensFile(t, `\ufeff${line(first.record)}`);
	let nowMs = 0;
	const errors: object[] = [];
	const log = {
		...silentLog,
		error: (fields: object) => void errors.push(fields),
	};
	const authenticate = await createTokenAuthenticator(file, log, () => nowMs);
	const knows = async ({ token }: { token: string }) => {
		nowMs += 10_000;
		return (await authenticate(token)).kind === "known";
	};
	assert.ok(await knows(first));
	assert.ok(!(await knows(second)));

	writeFileSync(file, line(second.record));
	assert.ok(!(await knows(first)), "taken out");
	assert.ok(await knows(second));

	writeFileSync(file, "not a record\n");
	assert.ok(await knows(second));
	rmSync(file);
	assert.ok(await knows(second));
	assert.ok(errors.length >= 2);
});

test("tokens: one expires while the service runs", async (t) => {
	const made = createToken({ ...ana, expires_at: "2030-01-01T00:00:00Z" });
	const file = tokensFile(t, line(made.record));
	let nowMs = Date.parse("2029-12-31T23:59:59Z");
	const authenticate = await createTokenAuthenticator(
		file,
		silentLog,
		() => nowMs,
	);
	assert.equal((await authenticate(made.token)).kind, "known");
	nowMs = Date.parse("2030-01-01T00:00:00Z");
	const late = await authenticate(made.token);
	assert.equal(late.kind === "refused" && late.reason, "expired");
});

test("parseTokenRecords: every bad line is named, and never shown", () => {
	const { record, token } = createToken(ana);
	const bad = [
		token,
		line({ ...record, role: "root" }),
		line({ ...record, sha256: "00" }),
		line({ ...record, expires_at: "tomorrow" }),
		line({ ...record, expires_at: "2030-02-31T00:00:00Z" }),
		line({ ...record, extra: 1 }),
	];
	const text = [line(record), ...bad].map((one) => one.trim()).join("\n");
	assert.throws(
		() => parseTokenRecords(text, "/tokens"),
		(error: Error) => {
			assert.match(
				error.message,
				/^\/tokens is not .* line 2, line 3, line 4, line 5, line 6, line 7 /,
			);
			assert.ok(!error.message.includes(token));
			return true;
		},
	);
});

test("tokens: a file that is not there keeps the service from starting", async () => {
	await assert.rejects(
		createTokenAuthenticator("/nowhere/tokens", silentLog),
		/the file of tokens \/nowhere\/tokens cannot be read/,
	);
});
