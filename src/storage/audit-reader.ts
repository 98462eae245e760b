import type { Filter } from "mongodb";
import type {
	AuthorizationQuery,
	EndedPlanFigures,
	StoredAudits,
} from "../plans/workflow-ports.ts";
import { fromBson } from "./bson-values.ts";
import type { IndexKey } from "./plan-list-query.ts";
import { lookup, PLANS } from "./plan-queries.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

/** Authorization decisions of policies; whoever asks the policies writes them. */
const AUTHORIZATIONS = "authorization_audit";

const AUTHORIZATION_FIELDS = [
	"user_id",
	"tenant_id",
	"decision",
	"policy_path",
] as const satisfies readonly (keyof AuthorizationQuery)[];

/** One index for each filter field and one without, newest first; the other fields are in the index too. */
export const authorizationIndexes: readonly IndexKey[] = [
	undefined,
	...AUTHORIZATION_FIELDS,
].map((lead) => {
	const key: IndexKey = lead === undefined ? {} : { [lead]: 1 };
	key.timestamp = -1;
	for (const field of AUTHORIZATION_FIELDS) key[field] ??= 1;
	return key;
});

/** Reads of the audit, each one round trip by one declared index. */
export function createAuditReader(mongo: Mongo): StoredAudits {
	return {
		async listAuthorizations({ limit, skip, ...query }) {
			const match = { $match: authorizationFilter(query) };
			const [page] = await mongo.run(
				{ collection: AUTHORIZATIONS, name: "list" },
				async (target) =>
					await target
						.aggregate<AuthorizationPage>([
							match,
							// The count comes from the index; only the page's documents are read.
							{ $group: { _id: null, total: { $sum: 1 } } },
							lookup(AUTHORIZATIONS, "results", [
								match,
								{ $sort: { timestamp: -1 } },
								{ $skip: skip },
								{ $limit: limit },
								{ $project: { _id: 0 } },
							]),
						])
						.toArray(),
			);
			return {
				total: page?.total ?? 0,
				results: (page?.results ?? []).map(
					(one) => fromBson(one) as typeof one,
				),
			};
		},

		async listEndedPlans(sinceMs, limit) {
			const ended = await mongo.run(
				{ collection: PLANS, name: "list_ended" },
				async (target) =>
					await target
						.find(
							{ kind: "plan", finished_at: { $gte: sinceMs } },
							{
								// The index contains all these fields: no document is read.
								projection: {
									_id: 0,
									status: 1,
									created_at: 1,
									finished_at: 1,
								},
								sort: { finished_at: -1 },
								limit,
							},
						)
						.toArray(),
			);
			return ended as unknown as EndedPlanFigures[];
		},
	};
}

interface AuthorizationPage {
	total: number;
	results: Record<string, unknown>[];
}

function authorizationFilter({
	start_time,
	end_time,
	...values
}: Omit<AuthorizationQuery, "limit" | "skip">): Filter<StoredDocument> {
	return {
		...values,
		timestamp: {
			// Every time in these documents is text.
			$gte: start_time ?? "",
			...(end_time !== undefined && { $lte: end_time }),
		},
	};
}
