import AjvCompiler, { type BuildCompilerFromPool } from "@fastify/ajv-compiler";

/**
 * Tells all problems at once and mends none in silence. Text that stands for a number or a truth is
 * taken in paths, queries and headers, which have nothing else; a body must have the types it says.
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
