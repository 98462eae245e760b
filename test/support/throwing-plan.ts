/** Stands in for the plan workflow of a build with a bug in its first step: its workflow tasks fail for ever. */
export async function orchestratePlan(): Promise<void> {
	throw new TypeError("a bug of this build");
}
