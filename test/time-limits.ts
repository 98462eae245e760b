const MINUTE_MS = 60_000;

/** A check of operations that builds something: an image, a program in Go. */
export function isSlow(file: string): boolean {
	return file.endsWith(".slow.ops.ts");
}

/** Longest time one test of the file may take, in ms. */
export function testTimeoutMs(file: string): number {
	if (isSlow(file)) return 45 * MINUTE_MS;
	// A release has many steps; a check of models installs Python's packages first.
	const isLong = file.endsWith(".release.ts") || file.endsWith(".ml.ts");
	return (isLong ? 10 : 2) * MINUTE_MS;
}

/** Longer than any test of the file may take, in ms: what is silent for so long has something open that nobody closes. */
export function silenceTimeoutMs(file: string): number {
	return testTimeoutMs(file) + MINUTE_MS / 2;
}
