import type { Command } from "commander";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { readCount } from "../../cli/read-options.ts";
import { renderRollout } from "../../cli/render/rollout.ts";
import {
	renderRecommendation,
	renderRollouts,
	renderWhyRollout,
} from "../../cli/render/rollout-answers.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import type { RampUp } from "../../domain/rollout/recommend.ts";
import type { RolloutEvent } from "../../domain/rollout/state.ts";
import type { RolloutView } from "../../domain/rollout/view.ts";
import { addFollow, rolloutPath } from "./follow.ts";
import { addPanic } from "./panic.ts";
import { addStart } from "./start.ts";

const DEPLOYMENT = "<deployment>";

/** `rollout …`: releases of builds. */
export function addRollout(program: Command, run: Run): void {
	const rollout = program
		.command("rollout")
		.description("release a build, watch it, promote it, undo it");
	addStart(rollout, run);
	addFollow(rollout, run);
	addReads(rollout, run);
	for (const one of commands) addCommand(rollout, run, one);
	addPanic(rollout, run);
}

function addReads(rollout: Command, run: Run): void {
	addExamples(
		rollout
			.command("list")
			.description("releases, newest first")
			.option("--deployment <name>", "of this deployment only")
			.option("--limit <count>", "how many", readCount, 20),
		{ "rollout list": "what was released, and how it ended" },
	).action(
		run<{ deployment?: string; limit: number }>(
			async ({ api }, { deployment, limit }) => {
				const query = new URLSearchParams({ limit: String(limit) });
				if (deployment !== undefined) query.set("deployment", deployment);
				return answer(
					await api.get<{ rollouts: RolloutView[] }>(
						`/api/v1/rollouts?${query}`,
					),
					renderRollouts,
				);
			},
		),
	);
	addExamples(
		rollout
			.command("why")
			.description("what holds a release, and what may be done")
			.argument(DEPLOYMENT),
		{ "rollout why orchestrator": "the verdict, and the last events" },
	).action(
		run(async ({ api }, _options, [name = ""]) => {
			const view = await api.get<RolloutView>(rolloutPath(name));
			const { events } = await api.get<{ events: RolloutEvent[] }>(
				rolloutPath(view.rolloutId, "/events"),
			);
			return answer({ view, events }, renderWhyRollout);
		}),
	);
	addExamples(
		rollout
			.command("recommend")
			.description("the next weight, and how long it takes to know")
			.argument(DEPLOYMENT),
		{ "rollout recommend orchestrator": "by its traffic so far" },
	).action(
		run(async ({ api }, _options, [name = ""]) =>
			answer(
				await api.get<RampUp>(rolloutPath(name, "/recommendation")),
				renderRecommendation,
			),
		),
	);
}

interface Steering {
	name: string;
	does: string;
	/** An argument or an option, beside the deployment. */
	extend?(command: Command): Command;
	/** What is asked. */
	body(options: { full?: boolean; to?: string }, given: string): object;
	example: string;
}

const commands: Steering[] = [
	{
		...{ name: "promote", does: "go on to the next step, whatever was seen" },
		extend: (command) =>
			command
				.option("--full", "all steps that are left")
				.option("--skip-step", "this step only (default)"),
		body: ({ full }) => ({
			verb: "promote",
			how: full === true ? "full" : "skipStep",
		}),
		example: 'rollout promote orchestrator --reason "looks well"',
	},
	...(["pause", "resume", "abort", "retry", "approve"] as const).map(
		(verb): Steering => ({
			name: verb,
			does: {
				pause: "stay where it is; rules go on rolling back",
				resume: "go on, or take the routing back",
				abort: "undo it",
				retry: "release the same build again, after it was undone",
				approve: "go on after a step that waits for a person",
			}[verb],
			body: () => ({ verb }),
			example: `rollout ${verb} orchestrator --reason "as agreed"`,
		}),
	),
	{
		...{ name: "undo", does: "release the build that was current before" },
		extend: (command) => command.option("--to <build>", "release this one"),
		body: ({ to }) => ({ verb: "undo", ...(to !== undefined && { to }) }),
		example: 'rollout undo orchestrator --reason "customers complain"',
	},
	{
		...{
			name: "set-weight",
			does: "another share of new plans, for this step",
		},
		extend: (command) => command.argument("<percent>"),
		body: (_options, percent) => ({
			verb: "setWeight",
			weight: Number(percent),
		}),
		example: 'rollout set-weight orchestrator 10 --reason "more plans"',
	},
];

function addCommand(
	rollout: Command,
	run: Run,
	{ name, does, extend = (command) => command, body, example }: Steering,
): void {
	const command = extend(
		rollout.command(name).description(does).argument(DEPLOYMENT),
	);
	addExamples(addCommandOptions(command), { [example]: does }).action(
		run<CommandOptions & { full?: boolean; to?: string }>(
			async ({ api }, options, [deployment = "", given = ""]) => {
				const { headers, body: by } = describeCommand(options);
				const view = await api.get<RolloutView>(rolloutPath(deployment));
				const path = rolloutPath(view.rolloutId, "/commands");
				const isOfStep = name === "promote" || name === "approve";
				const step = isOfStep ? { step: view.step.number } : {};
				const asked = { ...body(options, given), ...step, ...by };
				return answer(
					await api.post<RolloutView>(path, asked, { headers }),
					renderRollout,
				);
			},
		),
	);
}
