/** A `.cpuprofile` of V8, as far as we read it; times in microseconds. */
export interface CpuProfile {
	nodes: {
		id: number;
		callFrame: { functionName: string; url: string; lineNumber: number };
		children?: number[];
	}[];
	startTime: number;
	samples: number[];
	timeDeltas: number[];
}

export interface ThreadCost {
	/** Time the thread was not idle, ms. */
	busyMs: number;
	/** Shares of it in percent, by package or folder, the costliest first. */
	byPackage: Record<string, number>;
	byFunction: Record<string, number>;
	/** Own time and that of everything called, of functions of ours and of libraries' entries. */
	inclusive: Record<string, number>;
}

const MOST = 15;

/** Where one thread's time went between two moments. */
export function costliest(
	profile: CpuProfile,
	{ fromUs, toUs }: { fromUs: number; toUs: number },
): ThreadCost {
	const ownUs = ownTimes(profile, fromUs, toUs);
	const byPackage = new Map<string, number>();
	const byFunction = new Map<string, number>();
	const inclusive = new Map<string, number>();
	const parents = parentsOf(profile);
	const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
	let busyUs = 0;
	for (const [id, us] of ownUs) {
		const frame = nodes.get(id)?.callFrame;
		if (frame === undefined || frame.functionName === "(idle)") continue;
		busyUs += us;
		add(byPackage, packageOf(frame), us);
		add(byFunction, nameOf(frame), us);
		const seen = new Set<string>();
		for (
			let at: number | undefined = id;
			at !== undefined;
			at = parents.get(at)
		) {
			const above = nodes.get(at)?.callFrame;
			if (above === undefined) break;
			seen.add(nameOf(above));
		}
		for (const name of seen) add(inclusive, name, us);
	}
	return {
		busyMs: busyUs / 1_000,
		byPackage: shares(byPackage, busyUs),
		byFunction: shares(byFunction, busyUs),
		inclusive: shares(inclusive, busyUs, 3 * MOST),
	};
}

function ownTimes(profile: CpuProfile, fromUs: number, toUs: number) {
	const ownUs = new Map<number, number>();
	let atUs = profile.startTime;
	for (const [index, id] of profile.samples.entries()) {
		const us = profile.timeDeltas[index] ?? 0;
		atUs += us;
		if (atUs >= fromUs && atUs <= toUs)
			ownUs.set(id, (ownUs.get(id) ?? 0) + us);
	}
	return ownUs;
}

function parentsOf({ nodes }: CpuProfile): Map<number, number> {
	return new Map(
		nodes.flatMap(({ id, children = [] }) =>
			children.map((child) => [child, id] as const),
		),
	);
}

type Frame = CpuProfile["nodes"][number]["callFrame"];

function packageOf({ url, functionName }: Frame): string {
	if (url === "") return functionName || "(native)";
	const inPackages = url.split("node_modules/").at(-1) ?? url;
	if (inPackages !== url) {
		const [scope = "", name = ""] = inPackages.split("/");
		return scope.startsWith("@") ? `${scope}/${name}` : scope;
	}
	if (url.startsWith("node:")) return url;
	const ours = url.match(/\/((?:src|workflows|activities|schemas)\/[^/]+)/);
	return ours?.[1] ?? url.split("/").at(-1) ?? url;
}

function nameOf(frame: Frame): string {
	const { functionName, lineNumber, url } = frame;
	const file = url.split("/").slice(-2).join("/");
	return `${functionName || "(anonymous)"} ${file}${url === "" ? "" : `:${lineNumber + 1}`}`;
}

function add(sums: Map<string, number>, name: string, us: number): void {
	sums.set(name, (sums.get(name) ?? 0) + us);
}

function shares(sums: Map<string, number>, allUs: number, most = MOST) {
	const sorted = [...sums].toSorted(([, a], [, b]) => b - a).slice(0, most);
	return Object.fromEntries(
		sorted.map(([name, us]) => [name, Number(((100 * us) / allUs).toFixed(1))]),
	);
}
