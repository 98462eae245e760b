/** One command of the tour and what the README says it prints. */
export interface TourStep {
	command: string;
	output: string;
}

const bounds = /<!-- tour:begin -->\n([\s\S]*?)<!-- tour:end -->/;
const block = /```console\n([\s\S]*?)```/g;

/** The commands of the README's tour, in order. */
export function readTour(readme: string): TourStep[] {
	const [, tour = ""] = bounds.exec(readme) ?? [];
	return [...tour.matchAll(block)].flatMap(([, text = ""]) => {
		const [, ...steps] = `\n${text}`.split(/\n\$ /);
		return steps.map((step) => {
			const [command = "", ...output] = step.trimEnd().split("\n");
			return { command, output: output.join("\n").trim() };
		});
	});
}

/** The README with other outputs, in the order of its commands. */
export function writeTour(readme: string, outputs: readonly string[]): string {
	let at = 0;
	return readme.replace(bounds, (tour) =>
		tour.replace(block, (_, text: string) => {
			const commands = text.split("\n").filter((line) => line.startsWith("$ "));
			const steps = commands.map((line) => `${line}\n${outputs[at++] ?? ""}`);
			return `\`\`\`console\n${steps.join("\n\n").trimEnd()}\n\`\`\``;
		}),
	);
}

/** What stays the same from run to run: without ids, times and the widths that come of them. */
export function withoutChance(text: string): string {
	return text
		.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>")
		.replace(/\b[0-9a-f]{64}\b/g, "<hash>")
		.replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "<time>")
		.replace(/\d+ [mhd] \d\d [smh]|\d+(\.\d+)? m?s\b/g, "<duration>")
		.replace(/agent-[\w-]+/g, "<agent>")
		.replace(/ +/g, " ")
		.trim();
}
