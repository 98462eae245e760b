import type { FastifySchema, RouteOptions } from "fastify";
import { problemResponses } from "../problems.ts";
import {
	type OperationExamples,
	operationExamples,
	parameterExamples,
	problemExamples,
} from "./examples.ts";
import { markNames } from "./name-schemas.ts";

interface ObjectSchema {
	properties?: Record<string, object>;
	required?: string[];
}
type Schemas = Record<string, { description?: string }>;

const PROBLEM_TEXTS: Record<string, string> = {
	"4xx": "The request is refused",
	"5xx": "The service failed, or something it needs is away",
};

/** A route's schema for the document: with its role, its examples and its possible problems. */
export function describeRoute(
	schema: FastifySchema,
	{ config }: Pick<RouteOptions, "config">,
): FastifySchema {
	const { role = "releaser", orRole } = config ?? {};
	const examples = operationExamples[schema.operationId ?? ""] ?? {};
	const description = [schema.description, describeRoles(role, orRole)];
	return markNames({
		...schema,
		description: description.filter(Boolean).join("\n\n"),
		security: role === "public" ? [] : [{ bearer: [] }],
		"x-required-role": role,
		...(orRole !== undefined && { "x-or-role": orRole }),
		...(schema.params !== undefined && {
			params: withParameterExamples(schema.params as ObjectSchema),
		}),
		...(schema.querystring !== undefined && {
			querystring: withoutFilledIn(schema.querystring as ObjectSchema),
		}),
		...(schema.body !== undefined && {
			body: withExample(
				withoutFilledIn(schema.body as ObjectSchema),
				examples.body,
			),
		}),
		response: describeResponses(schema, examples),
	}) as FastifySchema;
}

function describeRoles(role: string, orRole: string | undefined): string {
	if (role === "public") return "Open to everybody.";
	const other = orRole === undefined ? "" : ` or \`${orRole}\``;
	return `Needs the role \`${role}\`${other}.`;
}

/** Every operation may also answer with problems, whether its route declares them or not. */
function describeResponses(
	{ response, summary }: FastifySchema,
	{ answer }: OperationExamples,
): Schemas {
	const own = { ...problemResponses, ...(response as object) } as Schemas;
	const described = Object.entries(own).map(([status, schema]) => {
		const text = PROBLEM_TEXTS[status] ?? schema.description ?? summary;
		const isAnswer = status.startsWith("2");
		const example = isAnswer ? answer : problemExamples[status];
		return [
			status,
			{ ...withExample(schema, example), "x-response-description": text },
		];
	});
	return Object.fromEntries(described);
}

function withParameterExamples(params: ObjectSchema): ObjectSchema {
	const properties = Object.entries(params.properties ?? {}).map(
		([name, one]) => [name, withExample(one, parameterExamples[name])],
	);
	return { ...params, properties: Object.fromEntries(properties) };
}

/** A field with a default is filled in before the validation: clients need not send it. */
function withoutFilledIn(schema: ObjectSchema): ObjectSchema {
	const { properties = {}, required } = schema;
	if (required === undefined) return schema;
	const needed = required.filter(
		(name) => !("default" in (properties[name] ?? {})),
	);
	return { ...schema, required: needed };
}

function withExample<T extends object>(schema: T, example: unknown): T {
	return example === undefined ? schema : { ...schema, examples: [example] };
}
