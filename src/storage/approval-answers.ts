import type { Filter } from "mongodb";
import type { ApprovalAnswerDocument } from "../domain/approvals.ts";
import type { AnswerCursor, StoredAnswers } from "../plans/approval-ports.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

/** Persons' answers that no plan waited for. One round trip, by a declared index. */
export function createApprovalAnswers(mongo: Mongo): StoredAnswers {
	return {
		async listUnmatched({ after, limit }) {
			const answers = await mongo.run(
				{ collection: "approval_answers", name: "list" },
				async (target) =>
					await target
						.find(pageFrom(after), {
							projection: { _id: 0 },
							sort: { recorded_at: -1, _id: -1 },
							limit,
						})
						.toArray(),
			);
			return answers as unknown as ApprovalAnswerDocument[];
		},
	};
}

/** MongoDB can use an index for the first condition only. */
function pageFrom(after: AnswerCursor | undefined): Filter<StoredDocument> {
	if (after === undefined) return { recorded_at: { $gte: 0 } };
	const { recorded_at, answer_id } = after;
	return {
		recorded_at: { $lte: recorded_at },
		$or: [{ recorded_at: { $lt: recorded_at } }, { _id: { $lt: answer_id } }],
	};
}
