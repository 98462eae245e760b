import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..", "..");

export interface ImportEdge {
	specifier: string;
	/** Path from the root when it is one of our files, else undefined. */
	target: string | undefined;
	/** Leaves no edge at run time. */
	isType: boolean;
}

export interface SourceFile {
	/** Path from the root, with slashes. */
	name: string;
	text: string;
	imports: ImportEdge[];
}

const statement =
	/^(?:import|export)\s+(type\s+)?(?:[\w*{][^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const dynamicImport = /\bimport\("([^"]+)"\)/g;

/** Every file of ours in these folders, or files of these names, with what it imports. */
export function readSources(...places: string[]): SourceFile[] {
	return places
		.flatMap((place) =>
			place.endsWith(".ts")
				? [place]
				: globSync("**/*.ts", { cwd: path.join(root, place) }).map((name) =>
						path.posix.join(place, name.replaceAll("\\", "/")),
					),
		)
		.filter((name) => existsSync(path.join(root, name)))
		.map(readSource);
}

function readSource(name: string): SourceFile {
	const text = readFileSync(path.join(root, name), "utf8");
	const edge = (specifier: string, isType: boolean): ImportEdge => ({
		specifier,
		target: specifier.startsWith(".")
			? path.posix.join(path.posix.dirname(name), specifier)
			: undefined,
		isType,
	});
	return {
		name,
		text,
		imports: [
			...[...text.matchAll(statement)].map(([, type, specifier = ""]) =>
				edge(specifier, type !== undefined),
			),
			...[...text.matchAll(dynamicImport)].map(([, specifier = ""]) =>
				edge(specifier, false),
			),
		],
	};
}

/** The text without comments, near enough for a search. */
export function codeOf({ text }: SourceFile): string {
	return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
