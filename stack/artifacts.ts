import artifactsJson from "./artifacts.json" with { type: "json" };

/** A wheel on PyPI, with the hash of each platform's file. */
export interface WheelArtifact {
	name: string;
	version: string;
	megabytes: number;
	sha256: readonly string[];
}

/** Jars from Maven; `coordinates` name the roots, Maven resolves and checks the rest. */
export interface JarsArtifact {
	name: string;
	version: string;
	megabytes: number;
	coordinates: readonly string[];
}

/**
 * Everything the stack downloads, pinned. In JSON because `bootstrap.mjs` reads it too, before this
 * repository's Node and its type stripping are there.
 */
export const artifacts: {
	temporal: WheelArtifact;
	redis: WheelArtifact;
	kafka: JarsArtifact;
	mongodb: JarsArtifact;
} = artifactsJson;
