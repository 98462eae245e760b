import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgress } from "../../src/cli/progress.ts";
import { eventually } from "../support/eventually.ts";

test("startProgress: what it waits for cannot move the cursor or add a line", async (t) => {
	let written = "";
	const err = {
		write: (text: string) => {
			written += text;
		},
	};
	const progress = startProgress(err, "waiting");
	t.after(() => progress.stop());
	progress.say("plan \x1b[2J\n✔ plan p approved");
	await eventually(() => written !== "");
	assert.match(written, /^… plan \ufffd\[2J↵✔ plan p approved, \d+ s\n$/);
});
