import { Argument, type Command } from "commander";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import {
	renderFeature,
	renderFeatureReport,
} from "../../cli/render/features.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import { featureNames } from "../../domain/features/feature-arm.ts";
import type {
	FeatureReport,
	ReportedFeature,
} from "../../domain/features/feature-report.ts";

/** `deploy canary …`: features that a share of the plans gets first. */
export function addFeatureCanary(deploy: Command, run: Run): void {
	const canary = deploy
		.command("canary")
		.description("features that a share of the plans gets first");
	addExamples(
		canary
			.command("report")
			.description("how plans with a feature fare, beside those without")
			.option("--hours <n>", "the hour under way and so many before it", "24"),
		{ "deploy canary report --hours 1": "the last two hours" },
	).action(
		run<{ hours: string }>(async ({ api }, { hours }) => {
			const path = `/deploy/canary/report?hours=${encodeURIComponent(hours)}`;
			return answer(await api.get<FeatureReport>(path), renderFeatureReport);
		}),
	);
	const verbs = {
		reset: "give a feature that is off to its share again, counted anew",
		disable: "switch a feature off for all, until a reset",
	};
	for (const [verb, what] of Object.entries(verbs)) {
		const command = canary
			.command(verb)
			.description(what)
			.addArgument(new Argument("<feature>").choices([...featureNames]));
		addExamples(addCommandOptions(command), {
			[`deploy canary ${verb} embedded_policy --reason "seen on the dashboard"`]:
				what,
		}).action(
			run<CommandOptions>(async ({ api }, options, [feature]) => {
				const { headers, body } = describeCommand(options);
				const asked = { feature, ...body };
				const path = `/deploy/canary/${verb}`;
				const now = await api.post<ReportedFeature>(path, asked, { headers });
				return answer(now, renderFeature);
			}),
		);
	}
}
