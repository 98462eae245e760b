import { isFinal, type PlanView } from "./judge.ts";
import type { Scenario } from "./scenarios.ts";
import { fit } from "./table.ts";

const NAME_WIDTH = 12;
const STATUS_WIDTH = 17;
const COUNT_WIDTH = 9;
const BAR_WIDTH = 20;
/** Narrower terminals go without the description: half a sentence tells nobody anything. */
const FULL_WIDTH = 112;

/** One line a plan: mark, name, bar, tickets done, status, and what it is about if there is room. */
export function renderProgress(
	scenarios: readonly Scenario[],
	views: ReadonlyMap<string, PlanView>,
	width: number,
): string[] {
	return scenarios.map((scenario) => {
		const view = views.get(scenario.planId);
		const line = [
			renderMark(scenario, view),
			scenario.name.padEnd(NAME_WIDTH),
			renderBar(view),
			renderCount(view).padStart(COUNT_WIDTH),
			` ${(view?.status ?? "published").toLowerCase().replace("_", " ")}`.padEnd(
				STATUS_WIDTH,
			),
			width < FULL_WIDTH ? "" : scenario.about,
		].join(" ");
		return fit(line, width).trimEnd();
	});
}

/** A line for output that is no terminal: said once per change of status. */
export function renderChange(scenario: Scenario, view: PlanView): string {
	const count = renderCount(view);
	const tickets = count === "" ? "" : `, tickets ${count}`;
	return `${renderMark(scenario, view)} ${scenario.name}: ${view.status}${tickets}`;
}

function renderMark(
	{ expected }: Scenario,
	view: PlanView | undefined,
): string {
	if (!isFinal(view)) return "·";
	return view?.status === expected.status ? "✔" : "✘";
}

function renderCount(view: PlanView | undefined): string {
	if (view === undefined || view.tickets_generated === 0) return "";
	return `${view.tickets_completed + view.tickets_failed}/${view.tickets_generated}`;
}

/** Completed solid, failed crossed, the rest dotted; blank while there are no tickets. */
function renderBar(view: PlanView | undefined): string {
	const total = view?.tickets_generated ?? 0;
	if (view === undefined || total === 0) return " ".repeat(BAR_WIDTH);
	const share = (count: number) =>
		Math.min(BAR_WIDTH, Math.floor((count / total) * BAR_WIDTH));
	const done = share(view.tickets_completed);
	const ended = share(view.tickets_completed + view.tickets_failed);
	return (
		"█".repeat(done) +
		"×".repeat(Math.max(0, ended - done)) +
		"·".repeat(Math.max(0, BAR_WIDTH - ended))
	);
}
