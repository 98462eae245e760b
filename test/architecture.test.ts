// Long because every rule of the structure is found in one place.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createDag, findCycles } from "../src/domain/dag.ts";
import { errorCodes } from "../src/errors.ts";
import {
	codeOf,
	readSources,
	type SourceFile,
} from "./support/source-files.ts";

const root = path.join(import.meta.dirname, "..");
const ours = ["activities", "schemas", "src", "workflows"];
const everything = [...ours, "bench", "demo", "docs", "helm", "stack", "test"];
/**
 * Parts of `app.ts`, which wires: these may import whatever they wire. So may the commands of the command
 * line that work without the service (doctor, topics, replay); the others keep the rule of the adapters.
 */
const wiring = [
	...["src/app.ts", "src/wiring", "src/cli/local"],
	// The list of all commands.
	"src/cli/program.ts",
];
const inner = ["src/domain", "src/settings"];
/** Words for everybody, in single files. */
const ground = [
	"src/errors.ts",
	"src/log.ts",
	"src/deadline.ts",
	"src/gzip.ts",
	"src/limit-concurrency.ts",
	"src/read-answer.ts",
	"src/trace-span.ts",
];
/** All that belongs to one capability, whatever its kind: ports, store, client, routes, commands. */
const capabilities = [
	...["src/dead-letters", "src/deploy", "src/features"],
	...["src/policy", "src/registry"],
	...["src/notifications", "src/scheduling", "src/sla", "src/stops"],
	...["src/prediction", "src/rollout", "src/ticket-tokens"],
];
/** Where requests come in: above `src/plans`, which says what can be asked. */
const doors = ["src/http", "src/cli", "src/intake"];
const adapters = readdirSync(path.join(root, "src"), { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => `src/${name}`)
	.filter((folder) => ![...inner, ...wiring, ...capabilities].includes(folder));

/** What value imports of a place may reach of ours (architecture.md, "Layout"). Type imports are free. */
const reach: Record<string, string[]> = {
	schemas: ["schemas"],
	"src/domain": ["src/domain"],
	workflows: ["workflows", "src/domain"],
	activities: [
		...["activities", "schemas", "src/domain"],
		...["src/errors.ts", "src/deadline.ts"],
	],
	"src/main.ts": ["src/app.ts", "src/config.ts"],
	"src/config.ts": ["src/config-schema.ts", "src/settings", "src/errors.ts"],
	"src/config-schema.ts": ["src/settings"],
	"src/settings": ["src/settings"],
	"src/lifecycle.ts": ["src/errors.ts"],
	"src/errors.ts": [],
	"src/cli/render": ["src/cli/render", "src/domain"],
	...Object.fromEntries(
		adapters.map((folder) => [
			folder,
			[folder, "schemas", "src/domain", ...ground],
		]),
	),
	...Object.fromEntries(
		doors.map((folder) => [
			folder,
			[folder, "schemas", "src/plans", "src/domain", ...ground],
		]),
	),
	// Intake puts aside what it cannot handle.
	"src/intake": [
		...["src/intake", "schemas", "src/plans", "src/domain", ...ground],
		"src/dead-letters",
	],
	...Object.fromEntries(
		capabilities.map((folder) => [
			folder,
			[
				...[folder, "schemas", "src/plans", "src/domain", ...ground],
				...["src/http", "src/cli", "src/storage", "src/temporal"],
			],
		]),
	),
};

/** What imports of types may reach as well: arrows point from the adapters to who needs them. */
const typeReach: Record<string, string[]> = {
	"src/plans": ["src/plans", "schemas", "src/domain", ...ground],
	...Object.fromEntries(
		["src/storage", "src/temporal", "src/messaging", "src/telemetry"].map(
			(folder) => [
				folder,
				[
					folder,
					...["schemas", "workflows", "activities"],
					...["src/plans", "src/domain", "src/doctor", ...ground],
					"src/telemetry/metrics.ts",
					...(folder === "src/telemetry" ? ["src/messaging"] : []),
				],
			],
		),
	),
};

for (const [place, targets] of Object.entries(typeReach))
	test(`architecture: ${place} knows only ${targets.join(", ")}, types included`, () =>
		assertNone(
			readSources(place).flatMap(({ name, imports }) =>
				imports.flatMap(({ target, specifier }) =>
					target === undefined || isWithin(target, targets)
						? []
						: [`${name} must not know ${specifier}`],
				),
			),
		));

test("architecture: nothing but a door, a capability and the wiring imports a door", () =>
	assertNone(
		readSources(...ours).flatMap(({ name, imports }) =>
			isWithin(name, [...doors, ...wiring, ...capabilities, "src/main.ts"])
				? []
				: imports.flatMap(({ target, specifier }) =>
						target !== undefined && isWithin(target, doors)
							? [`${name} must not import ${specifier}`]
							: [],
					),
		),
	));

for (const [place, targets] of Object.entries(reach))
	test(`architecture: ${place} imports only ${targets.join(", ") || "nothing of ours"}`, () =>
		assertNone(
			valueImports(place).flatMap(({ file, target, specifier }) => {
				if (target === undefined || isWithin(target, targets)) return [];
				if (isWithin(file, wiring)) return [];
				return [`${file} must not import ${specifier}`];
			}),
		));

/** What value imports of a place may reach outside; absent: anything. */
const packages: Record<string, RegExp> = {
	schemas: /^typebox(\/|$)/,
	"src/domain": /^@noble\/hashes\//,
	workflows: /^@temporalio\/(workflow|common)$|^@noble\/hashes\//,
	activities: /^@temporalio\/activity$/,
	"src/errors.ts": /^$/,
};

for (const [place, allowed] of Object.entries(packages))
	test(`architecture: ${place} uses no package but ${allowed.source}`, () =>
		assertNone(
			valueImports(place).flatMap(({ file, target, specifier }) =>
				target !== undefined || allowed.test(specifier)
					? []
					: [`${file} must not import ${specifier}`],
			),
		));

/** Each of these is known in one place only, beside the wiring. */
const homes: [library: RegExp, folders: string[]][] = [
	[/^(kafkajs|snappyjs|lz4-napi)/, ["src/messaging"]],
	[/^avsc/, ["src/messaging"]],
	[/^mongodb/, ["src/storage", ...capabilities]],
	[/^ioredis/, ["src/storage"]],
	[/^(fastify|@fastify)/, ["src/http", ...capabilities]],
	[/^(pino|prom-client)/, ["src/telemetry"]],
	[/^@opentelemetry/, ["src/telemetry", "src/trace-span.ts"]],
	[/^@grpc/, ["src/registry"]],
	[/^protobufjs/, ["src/prediction"]],
	[/^(commander|@bomb)/, ["src/cli", ...capabilities]],
	[/^@temporalio\/(client|worker)/, ["src/temporal", ...capabilities]],
];

for (const [library, folders] of homes)
	test(`architecture: ${library.source} is used in ${folders.join(", ")} only`, () =>
		assertNone(
			valueImports(...ours).flatMap(({ file, specifier }) =>
				!library.test(specifier) || isWithin(file, [...folders, ...wiring])
					? []
					: [`${file} must not import ${specifier}`],
			),
		));

test("architecture: no cycles, type imports included", () => {
	const files = readSources(...everything);
	const place = new Map(files.map(({ name }, index) => [name, index]));
	const dag = createDag(
		files.map(({ imports }) =>
			imports.flatMap(({ target }) => place.get(target ?? "") ?? []),
		),
	);
	assertNone(
		findCycles(dag, 20).map((cycle) =>
			cycle.map((index) => files[index]?.name).join(" -> "),
		),
	);
});

test("architecture: imports of ours name a file, with its ending", () => {
	const names = new Set(readSources(...everything).map(({ name }) => name));
	assertNone(
		readSources(...everything).flatMap(({ name, imports }) =>
			imports.flatMap(({ target, specifier }) =>
				target === undefined ||
				names.has(target) ||
				/\.(json|mjs|avsc)$/.test(target)
					? []
					: [`${name} imports ${specifier}, which is no file`],
			),
		),
	);
});

test("architecture: names are domain words in kebab-case", () => {
	const forbidden =
		/(^|[/.-])(utils?|helpers?|common|misc|managers?|base|shared)([/.-]|$)/;
	assertNone(
		readSources(...everything).flatMap(({ name }) =>
			forbidden.test(name) || !/^([a-z0-9]+[-/.])*ts$/.test(name) ? [name] : [],
		),
	);
});

test("architecture: no barrels: index.ts stands where a framework wants one object", () =>
	assert.deepEqual(
		readSources(...everything)
			.map(({ name }) => name)
			.filter((name) => path.basename(name) === "index.ts")
			.sort(),
		["activities/index.ts", "workflows/index.ts"],
	));

test("architecture: a file of more than 300 lines begins by saying why it is one", () =>
	assertNone(
		readSources(...everything).flatMap(({ name, text }) => {
			const lines = text.trimEnd().split("\n").length;
			return lines > 300 && !/^\/(\/|\*\*) Long because /.test(text)
				? [`${name} has ${lines} lines`]
				: [];
		}),
	));

test("architecture: every error code is raised somewhere", () => {
	const code = readSources(...ours)
		.filter(({ name }) => name !== "src/errors.ts")
		.map(codeOf)
		.join("\n");
	assertNone(
		Object.keys(errorCodes).filter((name) => !code.includes(`"${name}"`)),
	);
});

interface Ban {
	what: string;
	where: string[];
	pattern: RegExp;
	except?: string[];
}

const bans: Ban[] = [
	{
		what: "clock, random or environment in a decision",
		where: ["src/domain", "src/cli/render"],
		pattern:
			/\bDate\.now\b|new Date\(\)|Math\.random|\bprocess\.|\bperformance\.|\bset(Timeout|Interval)\b|randomUUID/,
	},
	{
		what: "a reader of the environment but the configuration",
		where: ours,
		pattern: /\bprocess\.env\b/,
		except: ["src/main.ts", "src/config.ts", "src/cli/main.ts"],
	},
	{
		what: "an exit of the process outside main.ts",
		where: ours,
		pattern: /\bprocess\.exit/,
		except: ["src/main.ts", "src/cli/main.ts"],
	},
	{
		what: "a default export",
		where: everything,
		pattern: /^export default\b/m,
	},
	{
		what: "a re-export (barrel)",
		where: ours,
		pattern: /^export (type )?(\*|\{[^}]*\}) from/m,
		except: ["workflows/index.ts"],
	},
	{
		what: "inheritance but of Error",
		where: everything,
		pattern: /\bclass \w+ extends (?!Error\b)/,
		// The Avro library takes logical types as classes only.
		except: ["src/messaging/read-avro.ts"],
	},
	{
		what: "an enum or a namespace",
		where: everything,
		pattern: /^(export )?(const )?(enum|namespace) /m,
	},
	{
		what: "an error but ApplicationFailure thrown in a workflow",
		where: ["workflows"],
		pattern: /\bthrow new\b/,
	},
	{
		what: "a cast of what a run's phase must hold",
		where: ["workflows"],
		pattern: / as (Execution|PlanTerms|Plan|ConsolidatedResult)\b/,
	},
	{
		what: "a Temporal failure made in an activity",
		where: ["activities"],
		pattern: /ApplicationFailure/,
	},
	{
		what: "state of a module that all runs of a worker share",
		where: ["workflows", "src/domain"],
		pattern: /^(export )?(let|var) /m,
	},
	{
		what: "an exported regular expression with a flag g or y: workflows have it frozen, and its use throws",
		where: ["workflows", "src/domain"],
		pattern:
			/^export const [^;=]*=\s*(\/(?![/*]).*\/[a-z]*[gy][a-z]*;|new RegExp\([^;]*["'`][a-z]*[gy][a-z]*["'`],?\s*\);)/m,
	},
	{
		what: "an empty Map or Set of a module, which grows by all runs of a worker",
		where: ["workflows", "src/domain"],
		pattern: /^(export )?const [^;=]*=\s*new (Weak)?(Map|Set)(<[^;]*>)?\(\);/m,
		// Its keys are a run's own objects.
		except: ["src/domain/sla/forecast-miss.ts"],
	},
	{
		what: "a global made or changed: all runs of a worker share them",
		where: ["workflows", "src/domain"],
		pattern: /\bglobalThis\b/,
	},
	{ what: "a mock", where: ["test"], pattern: /\b[m]ock\.|[M]ockActivity/ },
];

for (const { what, where, pattern, except = [] } of bans)
	test(`architecture: nowhere ${what}`, () =>
		assertNone(
			readSources(...where).flatMap((file) =>
				pattern.test(codeOf(file)) && !isWithin(file.name, except)
					? [file.name]
					: [],
			),
		));

test("architecture: nothing is left to do without an issue's number", () =>
	assertNone(
		readSources(...everything).flatMap(({ name, text }) =>
			/\b(TO[D]O|FIX[M]E)\b(?!.*#\d)/.test(text) ? [name] : [],
		),
	));

test("architecture: topics have their names in one place", () => {
	const topic =
		/["'`](plans\.consensus|execution\.(tickets|results)|telemetry\.orchestration|orchestration\.incidents|sla\.(alerts|violations))(\.\w+)*["'`]/;
	// Some of them are settings, with the same names as default.
	const places = [
		"src/messaging/topics.ts",
		"src/settings/kafka.ts",
		"src/settings/sla.ts",
	];
	assertNone(
		readSources(...ours).flatMap((file) =>
			topic.test(codeOf(file)) && !places.includes(file.name)
				? [file.name]
				: [],
		),
	);
});

test("architecture: every activity says how it stands with retries", () =>
	assertNone(
		readSources("activities").flatMap(({ name, text }) =>
			/return async function/.test(text) &&
			!/Safe to retry|At-least-once/.test(text)
				? [name]
				: [],
		),
	));

test("architecture: the steps C1 to C6 are found by their names", () => {
	const [workflow] = readSources("workflows/orchestrate-plan.ts");
	const activities = readSources("activities")
		.map(({ text }) => text)
		.join();
	for (const step of ["C1", "C2", "C3", "C4", "C5", "C6"])
		assert.match(
			workflow?.text ?? "",
			new RegExp(`// .*${step}|${step} to`),
			step,
		);
	for (const step of ["C3", "C4", "C6"])
		assert.match(activities, new RegExp(`${step}[.,]`), step);
});

function valueImports(...places: string[]) {
	return readSources(...places).flatMap(({ name, imports }: SourceFile) =>
		imports
			.filter(({ isType }) => !isType)
			.map((edge) => ({ file: name, ...edge })),
	);
}

/** Whether a file is one of these places or in one of them. */
function isWithin(name: string, places: readonly string[]): boolean {
	return places.some((place) => name === place || name.startsWith(`${place}/`));
}

function assertNone(faults: readonly string[]): void {
	assert.deepEqual(faults, []);
}
