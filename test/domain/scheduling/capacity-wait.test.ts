import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type CapacityWait,
	describeWait,
	unfitOf,
} from "../../../src/domain/scheduling/capacity-wait.ts";

const wait = (changes: Partial<CapacityWait>): CapacityWait => ({
	...{ reason: "nobody", capabilities: ["terraform"], able: 0, full: 0 },
	...changes,
});

const texts: [CapacityWait, string][] = [
	[
		wait({ reason: "full", able: 3, full: 3 }),
		"a free place with a worker with terraform: 3 fit, 3 of them are full",
	],
	[
		wait({ unfit: unfitOf({ capability: 7 }) }),
		"a worker with terraform: nobody has that",
	],
	[
		wait({ unfit: unfitOf({ capability: 7, status: 2, namespace: 1 }) }),
		"a worker with terraform: 3 have that, and none may take the ticket: 1 of another namespace, 2 not well",
	],
	[
		wait({ reason: "paused", unfit: unfitOf({ paused: 2, status: 1 }) }),
		"a resume of a worker with terraform: 3 have that, and none may take the ticket: 1 not well, 2 held back",
	],
	[
		wait({ reason: "paused" }),
		"a resume: a worker with terraform, or the ticket's task type, is held back",
	],
	[wait({}), "a worker with terraform: nobody who is well fits"],
];

for (const [one, text] of texts)
	test(`describeWait: ${text}`, () => assert.equal(describeWait(one), text));
