import assert from "node:assert/strict";
import { test } from "node:test";
import { startApp } from "../src/app.ts";
import { configured, fileWith } from "./support/configured.ts";
import { eventually } from "./support/eventually.ts";

test("startApp: what it had opened is closed when it cannot start", async (t) => {
	const config = configured({
		AUTH_MODE: "token",
		API_TOKENS_FILE: fileWith(t, "no record"),
		HTTP_PORT: "0",
		LOG_LEVEL: "silent",
	});
	const open = () =>
		process.getActiveResourcesInfo().filter((name) => name !== "Immediate");
	const before = open().length;
	await assert.rejects(startApp(config), { code: "SETTINGS_INVALID" });
	await eventually(() => open().length <= before, 30_000);
});
