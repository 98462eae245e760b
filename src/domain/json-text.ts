import { EXACT_KEY, isJsonNumber } from "./exact-number.ts";

/** An exact number as `JSON.stringify` writes it. Inside a string its quotes would be escaped, so it is found nowhere else. */
const taggedNumber = new RegExp(
	`\\{\\s*"${EXACT_KEY}":\\s*"([-+.\\deE]+)"\\s*\\}`,
	"g",
);

/** `JSON.stringify`, and every exact number with the digits it was written with. */
export function toJson(value: unknown, indent?: number): string {
	return withNumbers(JSON.stringify(value, null, indent));
}

function withNumbers(text: string): string {
	// Nothing is there to be written for undefined.
	if (!text?.includes(EXACT_KEY)) return text;
	return text.replace(taggedNumber, (tagged, number: string) =>
		isJsonNumber(number) ? number : tagged,
	);
}
