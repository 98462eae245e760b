/** Key of the object that stands for a number; no message from outside may use it. */
export const EXACT_KEY = "orchestrator:exact-number";

/**
 * A JSON number that JavaScript would change: its text, as it was written. Plain data, so that it goes
 * through Temporal and MongoDB unharmed; `toJson` writes it as the number it is.
 */
export interface ExactNumber {
	readonly [EXACT_KEY]: string;
}

/** A number's digits without zeros at either end, and where its point stands: 0.`digits` x 10^`point`. */
interface Decimal {
	isNegative: boolean;
	digits: string;
	point: number;
}

const numberPattern = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?)0*(\d*))?$/;
/** Larger exponents have no use for any reader. */
const MAX_EXPONENT_DIGITS = 9;

/**
 * The number of a JSON text: a JavaScript number if it prints the same value again, and an integer with the
 * same digits; otherwise an exact number that keeps the text. Throws when the exponent is too large.
 */
export function numberOf(text: string): number | ExactNumber {
	const number = Number(text);
	if (String(number) === text) return number;
	if (!isReadable(text))
		throw new Error(
			`the number ${shorten(text)} has an exponent of more than ${MAX_EXPONENT_DIGITS} digits`,
		);
	const decimal = decimalOf(text);
	const isInteger = /^-?\d+$/.test(text) && decimal.digits !== "";
	return !isInteger && layOut(decimal) === String(number)
		? number
		: { [EXACT_KEY]: text };
}

/** Whether a text is a number as JSON writes them. */
export function isJsonNumber(text: string): boolean {
	return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text);
}

/** Also whether we can read it. */
function isReadable(text: string): boolean {
	const digits = numberPattern.exec(text)?.[5] ?? "";
	return isJsonNumber(text) && digits.length <= MAX_EXPONENT_DIGITS;
}

export function isExactNumber(value: unknown): value is ExactNumber {
	if (typeof value !== "object" || value === null) return false;
	const text = (value as Partial<ExactNumber>)[EXACT_KEY];
	return (
		typeof text === "string" &&
		isReadable(text) &&
		Object.keys(value).length === 1
	);
}

/** As it was written. */
export function exactText(number: ExactNumber): string {
	return number[EXACT_KEY];
}

/** The nearest number that JavaScript has; infinite beyond the largest. */
export function roundExact(number: ExactNumber): number {
	return Number(number[EXACT_KEY]);
}

/** Equal for equal values, however they were written, and what JavaScript prints for one that it has. */
export function canonicalNumber(number: ExactNumber): string {
	return layOut(decimalOf(number[EXACT_KEY]));
}

function decimalOf(text: string): Decimal {
	const [, sign, whole = "", fraction = "", direction = "", power = "0"] =
		numberPattern.exec(text) ?? [];
	const exponent = Number(`${direction}${power || 0}`);
	const all = whole + fraction;
	let first = 0;
	while (all[first] === "0") first += 1;
	let end = all.length;
	while (end > first && all[end - 1] === "0") end -= 1;
	return {
		isNegative: sign === "-" && end > first,
		digits: all.slice(first, end),
		point: end > first ? whole.length - first + exponent : 0,
	};
}

/** As JavaScript prints numbers (ECMA-262, Number::toString), with as many digits as there are. */
function layOut({ isNegative, digits, point }: Decimal): string {
	if (digits === "") return "0";
	const sign = isNegative ? "-" : "";
	if (digits.length <= point && point <= 21)
		return sign + digits.padEnd(point, "0");
	if (0 < point && point <= 21)
		return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
	if (-6 < point && point <= 0)
		return `${sign}0.${"0".repeat(-point)}${digits}`;
	const exponent = point > 0 ? `+${point - 1}` : String(point - 1);
	const rest = digits.length === 1 ? "" : `.${digits.slice(1)}`;
	return `${sign}${digits[0]}${rest}e${exponent}`;
}

function shorten(text: string): string {
	return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
