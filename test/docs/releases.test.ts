import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
	DURATION_ALPHA,
	LEAST_CLES,
	LEAST_MEDIAN_RATIO,
} from "../../src/domain/rollout/durations.ts";
import { evidenceLimits } from "../../src/domain/rollout/evidence.ts";
import * as judge from "../../src/domain/rollout/judge.ts";
import { UNREADABLE_LOOKS } from "../../src/domain/rollout/judgement.ts";
import {
	LEAST_MARGIN,
	LEAST_SAMPLE,
} from "../../src/domain/rollout/promotion.ts";
import { commandLinesIn, faultsOf } from "../helm/command-lines.ts";
import { openHttp } from "../support/http.ts";

const text = readFileSync(
	path.join(import.meta.dirname, "..", "..", "docs", "releases.md"),
	"utf8",
);

test("docs/releases.md: its rules are those of the judge, in the order in which they are tried", () => {
	const shown = [...text.matchAll(/^\| `(R\d|SRM|PASS)` \|/gm)].map(
		([, rule]) => rule,
	);
	assert.deepEqual(shown, judge.precedence);
});

test("docs/releases.md: its limits are those of the code", () => {
	const shown = [...text.matchAll(/^\| `([a-z.]+)` \| ([\d.]+) \|/gm)].map(
		([, name = "", value]) => [name, Number(value)],
	);
	assert.deepEqual(Object.fromEntries(shown), {
		"evidence.failed": evidenceLimits.failed,
		"evidence.late": evidenceLimits.late,
		"evidence.broken": evidenceLimits.broken,
		"broken.plans": judge.BROKEN_PLANS,
		"broken.chance": judge.BROKEN_CHANCE,
		"pollers.ms": judge.NO_POLLERS_MS,
		"pollers.fine.ms": judge.FINE_POLLERS_MS,
		"backlog.ms": judge.BACKLOG_MS,
		"backlog.fine.ms": judge.FINE_BACKLOG_MS,
		"freeze.evidence": judge.FREEZE_EVIDENCE,
		"freeze.share": judge.FREEZE_SHARE,
		"unreadable.looks": UNREADABLE_LOOKS,
		"split.p": judge.SPLIT_P_VALUE,
		"split.between.p": judge.SPLIT_P_VALUE_BETWEEN,
		"durations.alpha": DURATION_ALPHA,
		"durations.cles": LEAST_CLES,
		"durations.ratio": LEAST_MEDIAN_RATIO,
		"harm.last": judge.LAST_HARM_LIMIT,
		"harm.earlier": judge.HARM_LIMIT,
		"harm.margin": LEAST_MARGIN,
		"harm.sample": LEAST_SAMPLE,
	});
});

test("docs/releases.md: every command it names is one that the command line takes, every address one that is served", async (t) => {
	const lines = commandLinesIn(text).filter((line) => !line.includes("..."));
	assert.ok(lines.length > 10);
	// A sentence names a command without all that it needs.
	const isUnknown = (fault: string) => !/ needs | by itself$/.test(fault);
	assert.deepEqual(
		lines.flatMap((line) => faultsOf(line).filter(isUnknown)),
		[],
	);
	const { app } = await openHttp(t);
	const served = app.listedRoutes.map(
		({ method, url }) => `${method} ${url.replace(/:\w+/g, "{}")}`,
	);
	const [now = "", before = ""] = text.split("## Names of earlier systems");
	// The names of before stand in the first column.
	const today = now + before.replaceAll(/^\|[^|]*\|/gm, "");
	const named = [...today.matchAll(/`(GET|POST|PUT) (\/[^`?]+)[^`]*`/g)].map(
		([, method, url = ""]) => `${method} ${url.replace(/\{\w+\}/g, "{}")}`,
	);
	assert.ok(named.length > 10);
	assert.deepEqual(
		named.filter((one) => !served.includes(one)),
		[],
	);
});
