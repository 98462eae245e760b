import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type {
	RoutingDocument,
	VersionSplit,
} from "../domain/rollout/routing.ts";
import { commandAuthor } from "../http/caller-facts.ts";
import {
	atMs,
	authorFields,
	nullable,
	nullableText,
	oneOf,
} from "../http/field-schemas.ts";
import { problemResponses } from "../http/problems.ts";
import type { RoutingStore } from "./routing-store.ts";
import type { RoutingView } from "./routing-view.ts";

/** The ports of the routes of the split. */
export interface SplitSources {
	store: Pick<RoutingStore, "readAll" | "change" | "readFormer">;
	view: Pick<RoutingView, "peek" | "refresh">;
	/** The settings, which stand until a person sets the split. */
	start: VersionSplit;
}

const keys = (description: string) =>
	Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
		maxItems: 200,
		uniqueItems: true,
		description,
	});
const splitFields = {
	enabled: Type.Boolean({
		description: "Whether V2 gets plans that name no version",
	}),
	percentage: Type.Number({
		minimum: 0,
		maximum: 100,
		description: "V2's share, 0 to 100: 0 is none, 100 is all",
	}),
	sticky_by: oneOf(
		["plan", "tenant", "domain"],
		"Whose bucket decides: everything of the key goes the same way",
	),
	salt: Type.String({
		minLength: 1,
		maxLength: 100,
		description: "Another salt draws another cohort",
	}),
	allow: keys("Keys of `sticky_by` that always run under V2"),
	deny: keys("Keys that never do, even if they are allowed"),
};
const changeFields = {
	revision: Type.Integer({ description: "0: the settings stand" }),
	changed_at: nullable(atMs),
	actor: nullableText,
	reason: nullableText,
	split: Type.Object(splitFields),
};
const splitSchema = Type.Object({
	...changeFields,
	in_force: Type.Object(
		{
			revision: Type.Integer(),
			age_ms: nullable(
				Type.Integer({ description: "Since it was read; null: never" }),
			),
		},
		{ description: "What this process decides by: it reads each second" },
	),
	former: Type.Array(Type.Object(changeFields), {
		description: "What was before, newest first",
	}),
});

/** The split of plans between V1 and V2. */
export const splitRoutes: FastifyPluginAsyncTypebox<SplitSources> = async (
	app,
	{ store, view, start },
) => {
	async function show() {
		const [{ split }, former] = await Promise.all([
			store.readAll(),
			store.readFormer("split"),
		]);
		const { documents, readAtMs } = view.peek();
		return {
			...shown(split, start),
			in_force: {
				revision: documents.split?.revision ?? 0,
				age_ms: readAtMs === null ? null : Date.now() - readAtMs,
			},
			former: former.map((one) => shown(one, start)),
		};
	}

	app.get(
		"/routing/split",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getVersionSplit",
				tags: ["Deploy"],
				summary: "Which share of the plans runs under V2, and who said so",
				response: { 200: splitSchema, ...problemResponses },
			},
		},
		show,
	);

	app.put(
		"/routing/split",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "setVersionSplit",
				tags: ["Deploy"],
				summary: "Change that share at run time",
				description:
					"In force in every process within two seconds. Plans that run stay as they are. What is left out stays as it is. 409 when somebody else has changed it since `expected_revision`.",
				body: Type.Object(
					{
						expected_revision: Type.Integer({
							minimum: 0,
							description: "The revision that you have read",
						}),
						...Type.Partial(Type.Object(splitFields)).properties,
						...authorFields("Why"),
					},
					{ additionalProperties: false },
				),
				response: { 200: splitSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { expected_revision, actor, reason, ...asked } = request.body;
			const author = commandAuthor(request, {
				...(actor !== undefined && { actor }),
				reason,
			});
			const { split } = await store.readAll();
			await store.change({
				subject: "split",
				body: { ...(split?.body ?? start), ...asked },
				expected: expected_revision,
				...author,
				nowMs: Date.now(),
			});
			await view.refresh();
			return await show();
		},
	);
};

function shown(
	document: RoutingDocument<"split"> | undefined,
	start: VersionSplit,
) {
	if (document === undefined)
		return {
			...{ revision: 0, changed_at: null, actor: null, reason: null },
			split: start,
		};
	const { revision, changed_at, actor, reason, body } = document;
	return { revision, changed_at, actor, reason, split: body };
}
