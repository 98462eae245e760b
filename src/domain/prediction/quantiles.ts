/** The value below which the share `at` lies, between neighbours; NaN of nothing. Does not sort in place. */
export function quantile(values: ArrayLike<number>, at: number): number {
	return values.length === 0
		? Number.NaN
		: selectQuantile(Float64Array.from(values), at);
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

/** The same without sorting all of it (Hoare's selection); reorders the values. NaN must not be among them. */
export function selectQuantile(values: Float64Array, at: number): number {
	const place = (values.length - 1) * at;
	const low = Math.floor(place);
	const below = select(values, low);
	if (place === low) return below;
	let above = Number.POSITIVE_INFINITY;
	for (let next = low + 1; next < values.length; next++)
		above = Math.min(above, values[next] as number);
	return below + (above - below) * (place - low);
}

/** Afterwards nothing before the place is greater, and nothing behind it less. */
function select(values: Float64Array, place: number): number {
	let from = 0;
	let to = values.length - 1;
	while (from < to) {
		const pivot = values[(from + to) >> 1] as number;
		let left = from;
		let right = to;
		while (left <= right) {
			while ((values[left] as number) < pivot) left++;
			while ((values[right] as number) > pivot) right--;
			if (left > right) break;
			const swapped = values[left] as number;
			values[left++] = values[right] as number;
			values[right--] = swapped;
		}
		if (place <= right) to = right;
		else if (place >= left) from = left;
		else break;
	}
	return values[place] as number;
}

/** Short in JSON, and far below what a prediction shows. */
export function round6(value: number): number {
	return Number(value.toFixed(6));
}
