import type { Command } from "commander";
import { addExamples } from "./examples.ts";
import { type CheckLine, renderCheck, renderVerdict } from "./render/doctor.ts";
import { printable } from "./render/text.ts";
import { type Run, writeJson, writeLines } from "./run-command.ts";

/** `doctor`: every dependency and setting, seen from this machine. */
export function addDoctor(program: Command, run: Run): void {
	const doctor = program
		.command("doctor")
		.description("check every server and setting, and say what to do");
	addExamples(doctor, {
		doctor: "exit 1 if something does not work",
		"doctor --json | jq -r '.checks[] | select(.status != \"ok\") | .remedy'":
			"what to do, one a line",
	}).action(
		run(async ({ io, isJson, frame, progress }) => {
			const { diagnoseHere } = await import("./local/doctor.ts");
			progress.say("looking at every server");
			const checks: CheckLine[] = [];
			for await (const check of diagnoseHere(io)) {
				checks.push(check);
				progress.clear();
				if (!isJson)
					writeLines(io.stdout, renderCheck(printable(check), frame()));
			}
			progress.stop();
			const isWell = checks.every(({ status }) => status !== "failed");
			if (isJson) writeJson(io, { ok: isWell, checks });
			else writeLines(io.stdout, ["", renderVerdict(checks, frame())]);
			return isWell ? "ok" : "failed";
		}),
	);
}
