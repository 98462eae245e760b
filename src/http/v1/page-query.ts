import { Type } from "typebox";

/** The fields of a query by which a list comes in pages. */
export const pageQuerySchema = {
	limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
	cursor: Type.Optional(
		Type.String({
			maxLength: 2_000,
			description: "`next_cursor` of the page before",
		}),
	),
};
