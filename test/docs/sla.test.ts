import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import Type from "typebox";
import { notificationEvents } from "../../schemas/plan-notification.ts";
import { alertTypes } from "../../schemas/sla-alert.ts";
import type { SlaViolation } from "../../schemas/sla-violation.ts";
import { notificationBackoffMs } from "../../src/domain/notification.ts";
import {
	BUDGET_DAYS,
	budgetStatus,
	burnAlerts,
	burnLevel,
	MIN_BAD_PLANS,
} from "../../src/domain/sla/error-budget.ts";
import { slaCheckpointNames } from "../../src/domain/sla/sla-terms.ts";
import type { RiskReason } from "../../src/domain/sla/watch-plan.ts";
import { settingFacts } from "../../src/settings/describe-setting.ts";
import { slaSettings } from "../../src/settings/sla.ts";
import { TURN_MS } from "../../src/sla/watch.ts";

const text = readFileSync(
	path.join(import.meta.dirname, "..", "..", "docs", "sla.md"),
	"utf8",
);

test("docs/sla.md: its table has every setting with the default that the code has", () => {
	const shown = [...text.matchAll(/^\| `([A-Z_]+)` \| (\S+) \|/gm)].map(
		([, name, value]) => [name, value],
	);
	const settings = settingFacts(Type.Object(slaSettings));
	assert.deepEqual(
		shown,
		settings.map(({ name, facts: { default: value } }) => [
			name,
			value === undefined ? "-" : `\`${String(value)}\``,
		]),
	);
});

test("docs/sla.md: the statuses and levels of its table are those that the code gives", () => {
	const rows = [
		...text.matchAll(
			/^\| (?:above (\d+) %|else) \| `(\w+)` \| (?:from ([\d.]+)|else) \| `(\w+)` \|/gm,
		),
	];
	assert.equal(rows.length, 4);
	for (const [, above = "-1", status, from = "0", level] of rows) {
		assert.equal(budgetStatus(Number(above) + 0.01), status);
		assert.equal(burnLevel(Number(from)), level);
	}
	const [, ...lower] = rows;
	for (const [at, [, , status, , level]] of lower.entries()) {
		assert.equal(budgetStatus(Number(rows[at]?.[1])), status);
		assert.equal(burnLevel(Number(rows[at]?.[3]) - 0.01), level);
	}
});

test("docs/sla.md: the pairs of windows that burn are those of the code", () => {
	const said =
		/5 minutes and 1 hour at ([\d.]+), or 30 minutes and 6 hours at ([\d.]+), with at least three\s+bad plans/.exec(
			text,
		);
	assert.deepEqual(
		burnAlerts.map(({ shortHours, longHours, rate }) => [
			Math.round(shortHours * 60),
			longHours,
			rate,
		]),
		[
			[5, 1, Number(said?.[1])],
			[30, 6, Number(said?.[2])],
		],
	);
	assert.equal(MIN_BAD_PLANS, 3);
});

test("docs/sla.md: every alert, notification and checkpoint is named, and no other checkpoint", () => {
	const names = [...alertTypes, ...notificationEvents, ...slaCheckpointNames];
	for (const name of names) assert.match(text, new RegExp(`\`${name}\``));
	const named = [...text.matchAll(/\bpost_ticket_\w+/g)].map(([name]) => name);
	assert.deepEqual([...new Set(named)], [...slaCheckpointNames]);
	const backoffs = [1, 2, 100].map(notificationBackoffMs);
	assert.deepEqual(backoffs, [20_000, 40_000, 3_600_000]);
	assert.match(text, /20 s, 40 s and so on up to an hour/);
});

test("docs/sla.md: every kind of violation, and why an alert was raised, is in its tables; its times are those of the code", () => {
	const kinds: Record<SlaViolation["violation_type"], true> = {
		...{ DEADLINE_EXCEEDED: true, TIMEOUT: true },
	};
	for (const kind of Object.keys(kinds))
		assert.match(text, new RegExp(`^\\| \`${kind}\` \\|`, "m"));
	const reasons: Record<RiskReason, true> = {
		...{ forecast: true, consumed: true, passed: true },
	};
	for (const reason of Object.keys(reasons))
		assert.match(text, new RegExp(`\`${reason}\``));
	assert.equal(TURN_MS, 10_000);
	assert.match(text, /each ten seconds it takes the plans that are due/);
	assert.equal(BUDGET_DAYS, 30);
	assert.match(text, /of our own results over 30 days/);
	assert.match(text, /`SLA_VIOLATION`, CRITICAL/);
});
