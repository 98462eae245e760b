import AjvCompiler, { type BuildCompilerFromPool } from "@fastify/ajv-compiler";

/**
 * Reports all problems at once and corrects none silently. Text is converted to numbers and booleans in
 * paths, queries and headers, which have only text; a body must have the right types.
 */
export const schemaController = {
	compilersFactory: { buildValidator: buildValidator() },
};

function buildValidator(): BuildCompilerFromPool {
	const build = AjvCompiler();
	return (externalSchemas, options) => {
		const compilerFor = (coerceTypes: false | "array") => {
			const rules = { allErrors: true, removeAdditional: false, coerceTypes };
			const customOptions = { ...options?.customOptions, ...rules };
			return build(externalSchemas, { customOptions } as typeof options);
		};
		const [strict, lenient] = [compilerFor(false), compilerFor("array")];
		return (route) =>
			isBody(route as { httpPart?: string }) ? strict(route) : lenient(route);
	};
}

function isBody({ httpPart }: { httpPart?: string }): boolean {
	return httpPart === "body";
}
