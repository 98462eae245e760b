import { Argument, type Command } from "commander";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { readMoment } from "../../cli/read-options.ts";
import {
	renderBulk,
	renderBulkPreview,
	renderStop,
	renderStops,
} from "../../cli/render/stops.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import type { BulkCancel, Stop } from "../../domain/stop-order.ts";

interface BulkOptions extends CommandOptions {
	status?: string;
	domain?: string;
	tenant?: string;
	riskBand?: string;
	before?: number;
	compensate?: boolean;
	dryRun?: boolean;
	show?: string;
}

/** `stop …`: the stop button. */
export function addStop(program: Command, run: Run): void {
	const stop = program
		.command("stop")
		.description("stop intake, or all plans of a domain or a tenant");
	addExamples(stop.command("list").description("what is stopped, and why"), {
		"stop list": "whether anything is held",
	}).action(
		run(async ({ api }) =>
			answer(await api.get<{ stops: Stop[] }>("/api/v1/stops"), renderStops),
		),
	);
	const press = stop
		.command("press")
		.description("intake takes no decision, or plans publish nothing more")
		.addArgument(
			new Argument("<scope>").choices(["intake", "domain", "tenant"]),
		)
		.argument("[value]", "the domain or the tenant");
	addExamples(addCommandOptions(press), {
		'stop press intake --reason "change freeze"': "no plan begins",
		'stop press domain INFRASTRUCTURE --reason "wrong credentials"':
			"pause all its plans, and those that come",
	}).action(
		run<CommandOptions>(async ({ api }, options, [scope, value]) => {
			const { headers, body } = describeCommand(options);
			const asked = { scope, ...(value !== undefined && { value }), ...body };
			const more = { headers };
			const pressed = await api.post<Stop>("/api/v1/stops", asked, more);
			return answer(pressed, renderStop);
		}),
	);
	const release = stop
		.command("release")
		.description("let go on what a stop holds")
		.argument("<stop-id>");
	addExamples(addCommandOptions(release), {
		'stop release 0f8e6f4e-3b1c-4f5e-9a7d-2f6f1f4f8f11 --reason "all clear"':
			"`stop list` shows the id",
	}).action(
		run<CommandOptions>(async ({ api }, options, [id = ""]) => {
			const { headers, body } = describeCommand(options);
			const path = `/api/v1/stops/${encodeURIComponent(id)}/release`;
			return answer(await api.post<Stop>(path, body, { headers }), renderStop);
		}),
	);
}

/** `cancel-plans`: cancels many plans at once. */
export function addCancelPlans(program: Command, run: Run): void {
	const cancel = program
		.command("cancel-plans")
		.description("cancel every open plan that the options mean")
		.option("--status <status>", "in this status")
		.option("--domain <domain>", "of this domain")
		.option("--tenant <tenant>", "of this tenant")
		.option("--risk-band <band>", "of this risk band")
		.option(
			"--before <time>",
			"that came before: 2026-11-21T10:00:00Z, or how long ago, 2h",
			readMoment,
		)
		.option("--compensate", "undo what was done")
		.option("--dry-run", "show which plans it would be, and leave them");
	addExamples(addCommandOptions(cancel), {
		'cancel-plans --domain INFRASTRUCTURE --dry-run --reason "?"':
			"which plans it would be",
		'cancel-plans --tenant acme --before 2h --reason "left us"':
			"end them, those that come later not",
	}).action(
		run<BulkOptions>(async ({ api }, options) => {
			const { headers, body } = describeCommand(options);
			const { status, domain, tenant, riskBand, before } = options;
			const filter = {
				...(status !== undefined && { status }),
				...(domain !== undefined && { domain }),
				...(tenant !== undefined && { tenant }),
				...(riskBand !== undefined && { risk_band: riskBand }),
				...(before !== undefined && { created_before: before }),
			};
			if (options.dryRun === true)
				return answer(
					await api.post<{ count: number; plan_ids: string[] }>(
						"/api/v1/bulk-cancels/preview",
						{ filter },
					),
					renderBulkPreview,
				);
			const compensate = options.compensate === true;
			const asked = { filter, compensate, ...body };
			const path = "/api/v1/bulk-cancels";
			const bulk = await api.post<BulkCancel>(path, asked, { headers });
			return answer(bulk, renderBulk);
		}),
	);
}
