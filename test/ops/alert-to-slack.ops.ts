import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { haveTool } from "../../stack/ops-tools.ts";
import { openServiceWorld } from "../e2e/support/service-world.ts";
import { serverAddress } from "../support/server-address.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import {
	openWebhook,
	startAlertmanager,
	startPrometheus,
} from "./monitoring.ts";

const tool = await haveTool("prometheus");

test("alerts: Temporal goes away, Slack and PagerDuty are told what to do, and that it is over", {
	skip: tool.missing,
}, async (t) => {
	const folder = mkdtempSync(path.join(tmpdir(), "alerts-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const temporal = await openTcpProxy(t, serverAddress("TEMPORAL_HOST"));
	const hook = await openWebhook(t);
	const alertsTo = await startAlertmanager(t, tool, folder, hook.url);
	const world = await openServiceWorld(t, {
		env: { TEMPORAL_HOST: temporal.address },
	});
	const target = new URL(world.address()).host;
	const prometheus = await startPrometheus(t, tool, folder, {
		target,
		alertsTo,
	});
	await world.eventually(
		async () => (await prometheus.query("up == 1")).length > 0,
	);
	assert.deepEqual(hook.told("/slack"), []);

	const slackSays = (title: string) =>
		world.eventually(() =>
			hook
				.told("/slack")
				.flatMap(({ body }) => body.attachments as Attachment[])
				.find((one) => one.title === title),
		);
	await temporal.cut();
	const alarm = await slackSays("critical: TemporalUnreachable (orchestrator)");
	assert.equal(alarm.color, "danger");
	assert.match(
		alarm.text,
		/^Temporal does not answer\n\n\*Impact:\* No plan begins/,
	);
	assert.match(alarm.text, /\n1\. `orchestrator doctor` names the address/);
	assert.match(
		alarm.text,
		/\nRunbook: docs\/runbook\.md#temporalunreachable\n/,
	);
	const [page] = await world.eventually(
		() => hook.told("/pagerduty").length > 0 && hook.told("/pagerduty"),
	);
	const { payload } = page?.body ?? {};
	assert.equal((payload as { severity: string }).severity, "critical");

	await temporal.restore();
	const end = await slackSays("Over: TemporalUnreachable (orchestrator)");
	assert.equal(end.color, "good");
	assert.match(end.text, /^Over: Temporal does not answer/);
	// What follows from it was not said as well.
	const titles = hook
		.told("/slack")
		.flatMap(({ body }) => body.attachments as Attachment[])
		.map(({ title }) => title);
	assert.ok(
		!titles.some((title) => title.includes("IntakePaused")),
		titles.join(),
	);
});

interface Attachment {
	title: string;
	text: string;
	color: string;
}
