import type { FileOutcome, LiveOutcome } from "./run-file.ts";

/** Prints a line for a file, and its failures in full. */
export function printFile(outcome: FileOutcome): void {
	const { file, passedCount, failures, skips, output, durationMs } = outcome;
	const counts = [
		`${passedCount} passed`,
		...(failures.length > 0 ? [`${failures.length} failed`] : []),
		...(skips.length > 0 ? [`${skips.length} skipped`] : []),
	];
	const mark = failures.length > 0 ? "FAIL" : "ok  ";
	const seconds = (durationMs / 1000).toFixed(1);
	console.log(`${mark} ${file}: ${counts.join(", ")} (${seconds} s)`);
	for (const { title, detail } of failures) {
		console.log(`\n  ${title}\n${indent(detail)}\n`);
	}
	if (failures.length > 0 && output.trim() !== "") {
		console.log(`  printed by ${file}:\n${indent(output.trim())}\n`);
	}
}

/** Prints each test as it ends, and what it says meanwhile. */
export const printLive: LiveOutcome = {
	onReport(report) {
		if (report.kind === "passed")
			console.log(
				`ok   ${report.title} (${(report.durationMs / 1000).toFixed(1)} s)`,
			);
		if (report.kind === "failed") console.log(`FAIL ${report.title}`);
	},
	onOutput: (chunk) => void process.stdout.write(chunk),
};

/**
 * Prints what was skipped and why, once more what failed, for a reader who sees the end alone, then the
 * counts alone on the last line; answers whether all is well.
 */
export function printSummary(outcomes: readonly FileOutcome[]): boolean {
	const skips = outcomes.flatMap(({ file, skips }) =>
		skips.map(({ title, reason }) => `skipped: ${file}: ${title}: ${reason}`),
	);
	const failures = outcomes.flatMap(({ file, failures }) =>
		failures.map(({ title }) => `failed: ${file}: ${title}`),
	);
	const passedCount = sum(outcomes.map((outcome) => outcome.passedCount));
	for (const skip of skips) console.log(skip);
	if (skips.length > 0) console.log(`${skips.length} skipped`);
	for (const failure of failures) console.log(failure);
	console.log(`${passedCount} passed, ${failures.length} failed`);
	return failures.length === 0 && passedCount > 0;
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}

function indent(text: string): string {
	return text.replaceAll(/^/gm, "    ");
}
