import Type from "typebox";

export const atMs = Type.Integer({ description: "Unix epoch, ms" });

export const nullable = <T extends Type.TSchema>(type: T) =>
	Type.Union([type, Type.Null()]);
export const nullableText = nullable(Type.String());

/** One of these words. */
export const oneOf = <T extends string>(
	values: readonly T[],
	description?: string,
) =>
	Type.Unsafe<T>(
		Type.Enum([...values], description === undefined ? {} : { description }),
	);

/** What a person writes about a command. */
export const personText = (description: string) =>
	Type.String({ minLength: 1, maxLength: 1_000, description });

/** Who asks, and why, in the body of a command. */
export const authorFields = (reason: string) => ({
	actor: Type.Optional(
		personText(
			"Who asks; needed when nobody is authenticated, else not heeded",
		),
	),
	reason: personText(reason),
});
