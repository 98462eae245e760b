import assert from "node:assert/strict";
import { test } from "node:test";
import { plainPaint } from "../../../src/cli/render/paint.ts";
import { renderRollout } from "../../../src/cli/render/rollout.ts";
import {
	renderRollouts,
	renderWhyRollout,
} from "../../../src/cli/render/rollout-answers.ts";
import type { Look } from "../../../src/domain/rollout/look.ts";
import {
	type StoredRollout,
	viewOf,
} from "../../../src/domain/rollout/view.ts";
import { rolloutOf, verdictOf } from "../../support/rollouts.ts";

const NOW = 1_000_000 + 720_000;
const frame = { width: 100, paint: plainPaint, nowMs: NOW };

function stored(): StoredRollout {
	const workers = { lastPollAgoMs: 0, backlog: 0, backlogAgeMs: 0 };
	const build = (name: string, status: "ramping" | "current") => ({
		...{ build: name, status, createdAtMs: NOW - 840_000, wasCurrent: true },
	});
	const look: Look = {
		...{ atMs: NOW - 1_000, counts: [], tally: null, cursorMs: 0 },
		...{ verdict: null, unreadable: null },
		routing: {
			...{ deployment: "orchestrator", currentBuild: "b1", rampingBuild: "b2" },
			...{ rampWeight: 5, token: "", manager: "us", lastModifiedBy: "us" },
			...{
				isSettled: true,
				builds: [build("b2", "ramping"), build("b1", "current")],
			},
		},
		workers: {
			base: { pollers: 2, ...workers },
			candidate: { pollers: 1, ...workers },
		},
		live: {
			starts: [{ weight: 5, base: 323, candidate: 18 }],
			...{
				overdue: [],
				broken: [],
				budgetBurnsFast: false,
				unreadableLooks: 0,
			},
			withoutPollersMs: { base: 0, candidate: 0 },
			backlogAgeMs: { base: 0, candidate: 0 },
		},
	};
	const state = {
		...rolloutOf(),
		...{ phase: "Paused" as const, pauseReason: "InsufficientData" as const },
		...{ weight: 5, stepIndex: 1, message: "18 of 30 plans of the candidate" },
		verdict: verdictOf("pause", "R7"),
	};
	return { state, look };
}

test("renderRollout: the picture of a release that waits", () => {
	assert.deepEqual(renderRollout(viewOf(stored(), NOW), frame), [
		"Name:           orchestrator  rollout orchestrator-lfls  by ana: a release",
		"Status:         ॥ Paused  InsufficientData",
		"                18 of 30 plans of the candidate",
		"Strategy:       canary   step 2/6 (ramp)",
		"  SetWeight:    5.00      ActualWeight: 5.3 (18/341)",
		"  Verdict:      ॥ R7: R7 says pause",
		"Budget:         does not burn fast",
		"",
		"NAME               KIND     STATUS     AGE        INFO",
		"⟳ orchestrator     Rollout  ॥ Paused   12 m 00 s",
		"├──# b2            Version  ramping    14 m 00 s  candidate, pollers 1, backlog 0",
		"│  ├──α smoke      Step     ✔ Done",
		"│  ├──α ramp 5 %   Step     ॥ Paused",
		"│  ├──α ramp 25 %  Step     · Pending",
		"│  ├──α ramp 50 %  Step     · Pending",
		"│  ├──α promote    Step     · Pending",
		"│  └──α verify     Step     · Pending",
		"└──# b1            Version  current    14 m 00 s  base, pollers 2, backlog 0",
	]);
});

test("renderRollout: says it when nobody looks", () => {
	const view = viewOf(stored(), NOW + 600_000);
	assert.match(
		renderRollout(view, frame).join("\n"),
		/! nobody has looked for 10 m 01 s: the controller/,
	);
});

test("renderRollouts, renderWhyRollout: how it stands, and what may be asked", () => {
	const view = viewOf(stored(), NOW);
	assert.match(
		renderRollouts({ rollouts: [view] }, frame).join("\n"),
		/॥ Paused\s+orchestrator-/,
	);
	assert.deepEqual(renderRollouts({ rollouts: [] }, frame), [
		"there is no release",
	]);
	const why = renderWhyRollout({ view, events: [] }, frame).join("\n");
	assert.match(
		why,
		/what may be asked: resume, promote, abort, setWeight, setPolicy, start/,
	);
});
