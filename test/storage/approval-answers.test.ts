import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerCursor } from "../../src/plans/approval-ports.ts";
import { createApprovalAnswers } from "../../src/storage/approval-answers.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { openMongo } from "../support/stores.ts";

test("unmatched answers: newest first, page by page without a gap", async (t) => {
	const { mongo } = await openMongo(t);
	const all = Array.from({ length: 10 }, (_, n) => ({
		answer_id: `a${n}`,
		// Three share each time.
		recorded_at: Math.floor(n / 3),
	}));
	await createDocumentStore(mongo).write(
		all.map((fields) => ({
			collection: "approval_answers" as const,
			_id: fields.answer_id,
			revision: "1",
			fields,
		})),
	);
	const answers = createApprovalAnswers(mongo);
	const seen: string[] = [];
	for (let after: AnswerCursor | undefined; ; ) {
		const page = await answers.listUnmatched({ after, limit: 4 });
		seen.push(...page.map(({ answer_id }) => answer_id));
		after = page.at(-1);
		if (after === undefined) break;
	}
	assert.deepEqual(seen, all.map(({ answer_id }) => answer_id).reverse());
});
