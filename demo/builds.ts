import type { SourceEdit } from "./copy-build.ts";

/** What a new build has in it. Smoke plans never meet a bug: those that they find are out before any traffic. */
export type BuildKind = "healthy" | "throws" | "hangs" | "fails-one-in-four";

const PLAN = "workflows/orchestrate-plan.ts";
const BEGIN = "	const flusher = createDocumentFlusher(run);\n";
const isSmoke = 'input.decision.plan_id.startsWith("smoke-")';

export const buildKinds: Record<
	BuildKind,
	{ title: string; edits: readonly SourceEdit[] }
> = {
	healthy: { title: "works as the one before", edits: [] },
	throws: {
		title: "throws an exception in workflow code",
		edits: [
			{
				file: PLAN,
				find: BEGIN,
				put: `${BEGIN}	if (!${isSmoke}) throw new TypeError("a bug of this build");\n`,
			},
		],
	},
	hangs: {
		title: "takes a plan and never goes on with it",
		edits: [
			{
				file: PLAN,
				find: BEGIN,
				put: `${BEGIN}	if (!${isSmoke}) await condition(() => false);\n`,
			},
		],
	},
	"fails-one-in-four": {
		title: "breaks the tickets of one plan in four",
		edits: [
			{
				file: "src/domain/wire-ticket.ts",
				find: "		parameters: spec.parameters,\n",
				// Of 16 hexadecimal digits, 4.
				put: `		parameters: { ...spec.parameters, ...(!identity.plan_id.startsWith("smoke-") && identity.plan_id.charCodeAt(identity.plan_id.length - 1) % 4 === 0 && { simulate: "fail" }) },\n`,
			},
		],
	},
};
