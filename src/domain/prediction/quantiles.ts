/** The value below which the share `at` lies, between neighbours; NaN of nothing. Does not sort in place. */
export function quantile(values: ArrayLike<number>, at: number): number {
	return quantileOfSorted(Float64Array.from(values).sort(), at);
}

export function quantileOfSorted(
	sorted: ArrayLike<number>,
	at: number,
): number {
	const place = (sorted.length - 1) * at;
	const low = Math.floor(place);
	const below = sorted[low] ?? Number.NaN;
	const above = sorted[low + 1];
	return above === undefined ? below : below + (above - below) * (place - low);
}

export function median(values: ArrayLike<number>): number {
	return quantile(values, 0.5);
}

/** 1.4826 times the median distance from the median: the standard deviation of normal values, deaf to outliers. */
export function robustSpread(values: ArrayLike<number>): number {
	const centre = median(values);
	return (
		1.4826 *
		median(Float64Array.from(values, (value) => Math.abs(value - centre)))
	);
}
