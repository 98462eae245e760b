/** The options of a program's arguments; undefined when they are wrong: then it was said, and the exit code is 2. */
export function readCommandLine<T>(
	read: (argv: readonly string[]) => T,
	usage: string,
): T | undefined {
	try {
		return read(process.argv.slice(2));
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : error}\n`);
		console.error(usage);
		process.exitCode = 2;
		return undefined;
	}
}
