/**
 * P(Z > z) of the standard normal distribution, to seven digits (Numerical Recipes, "erfcc": a Chebyshev fit).
 */
export function normalTail(z: number): number {
	const x = Math.abs(z) / Math.SQRT2;
	const t = 1 / (1 + x / 2);
	let sum = 0;
	for (const factor of fit) sum = sum * t + factor;
	const tail = (t * Math.exp(-x * x + sum)) / 2;
	return z >= 0 ? tail : 1 - tail;
}

/** Highest power first. */
const fit = [
	0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806,
	0.09678418, 0.37409196, 1.00002368, -1.26551223,
] as const;
