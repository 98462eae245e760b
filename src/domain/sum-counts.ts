type Counts = Readonly<Record<string, number | undefined>>;

/** Both together, key by key. */
export function sumCounts<Own extends Counts>(a: Own, b: Own): Own {
	const sum: Record<string, number | undefined> = { ...a };
	for (const [key, count = 0] of Object.entries(b))
		sum[key] = (sum[key] ?? 0) + count;
	return sum as Own;
}
