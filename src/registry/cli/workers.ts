import { type Command, Option } from "commander";
import { taskTypes } from "../../../schemas/execution-ticket.ts";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { readCount, readDuration } from "../../cli/read-options.ts";
import {
	type Held,
	renderHeld,
	renderPauses,
	renderWorker,
	renderWorkers,
	type WorkerPage,
	type WorkerView,
} from "../../cli/render/workers.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import { agentStatuses } from "../../domain/registry/agent.ts";

interface ListOptions {
	status?: string;
	capability?: string;
	limit: number;
	cursor?: string;
}

interface ResumeOptions extends CommandOptions {
	over: number;
}

const DEFAULT_RESUME_MS = 300_000;

/** `workers …` and `task-types …`: who executes tickets, and who is held back. */
export function addWorkers(program: Command, run: Run): void {
	const workers = program
		.command("workers")
		.description("worker agents: who there is, what they do");
	addList(workers, run);
	addGet(workers, run);
	addPauses(workers, run);
	const worker = {
		...{ name: "worker", argument: "<worker-id>", path: "workers" },
		pausing: "choose the worker for nothing more until it resumes",
		example: "workers pause worker-agents-1",
	};
	addPause(workers, run, worker);
	addResume(workers, run, worker);
	const types = program
		.command("task-types")
		.description(`hold back a kind of work: ${taskTypes.join(", ")}`);
	const type = {
		...{ name: "kind", argument: "<task-type>", path: "task-types" },
		pausing:
			"hold tickets of the kind back until it resumes, of plans under V2",
		example: "task-types pause DEPLOY",
	};
	addPause(types, run, type);
	addResume(types, run, type);
}

function addList(workers: Command, run: Run): void {
	const list = workers
		.command("list")
		.description("worker agents by id")
		.addOption(
			new Option("--status <status>", "only workers of this status").choices([
				...agentStatuses,
				"PAUSED",
			]),
		)
		.option("--capability <word>", "only workers that can do this")
		.option("--limit <count>", "workers a page", readCount, 50)
		.option("--cursor <cursor>", "where the page before ended");
	addExamples(list, {
		"workers list --capability terraform": "who could do it",
	}).action(
		run<ListOptions>(async ({ api }, options) => {
			const { status, capability, limit, cursor } = options;
			const query = { status, capability, limit, cursor };
			const page = await api.get<WorkerPage>("/api/v1/workers", query);
			return answer(page, renderWorkers);
		}),
	);
}

function addGet(workers: Command, run: Run): void {
	const get = workers
		.command("get")
		.description("one worker: load, telemetry, what it works on")
		.argument("<worker-id>");
	addExamples(get, {
		"workers get worker-agents-1": "how it fares, and which tickets it has",
	}).action(
		run(async ({ api }, _options, [id = ""]) =>
			answer(await api.get<WorkerView>(pathOf("workers", id)), renderWorker),
		),
	);
}

function addPauses(workers: Command, run: Run): void {
	const pauses = workers
		.command("pauses")
		.description("workers and task types that are held back");
	addExamples(pauses, {
		"workers pauses": "what, since when, by whom and why",
	}).action(
		run(async ({ api }) =>
			answer(await api.get<{ pauses: Held[] }>("/api/v1/pauses"), renderPauses),
		),
	);
}

interface Subject {
	name: string;
	argument: string;
	path: string;
	/** What pausing one of them does. */
	pausing: string;
	/** A pause of one of them. */
	example: string;
}

function addPause(parent: Command, run: Run, subject: Subject): void {
	const pause = parent
		.command("pause")
		.description(subject.pausing)
		.argument(subject.argument);
	addExamples(addCommandOptions(pause), {
		[`${subject.example} --reason "its disk is full"`]:
			"what is under way goes on",
	}).action(
		run<CommandOptions>(async ({ api }, options, [id = ""]) => {
			const { headers, body } = describeCommand(options);
			const path = pathOf(subject.path, id, "/pause");
			return answer(await api.post<Held>(path, body, { headers }), renderHeld);
		}),
	);
}

function addResume(parent: Command, run: Run, subject: Subject): void {
	const resume = parent
		.command("resume")
		.description(`let the ${subject.name} get work again, little by little`)
		.argument(subject.argument)
		.addOption(
			new Option("--over <duration>", "time until it gets all of its work")
				.argParser(readDuration)
				.default(DEFAULT_RESUME_MS, "5m"),
		);
	const example = subject.example.replace("pause", "resume");
	addExamples(addCommandOptions(resume), {
		[`${example} --reason mended --over 10m`]:
			"a tenth at once, all of it after ten minutes",
	}).action(
		run<ResumeOptions>(async ({ api }, options, [id = ""]) => {
			const { headers, body } = describeCommand(options);
			const over_seconds = Math.ceil(options.over / 1_000);
			const path = pathOf(subject.path, id, "/resume");
			const asked = { ...body, over_seconds };
			return answer(await api.post<Held>(path, asked, { headers }), renderHeld);
		}),
	);
}

function pathOf(kind: string, id: string, rest = ""): string {
	return `/api/v1/${kind}/${encodeURIComponent(id)}${rest}`;
}
