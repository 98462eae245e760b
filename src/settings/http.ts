import { Type } from "typebox";

/** The API. */
export const httpSettings = {
	HTTP_HOST: Type.String({
		default: "127.0.0.1",
		description:
			"Address the API listens on; reachable from outside only when set, in a container to 0.0.0.0",
		example: "0.0.0.0",
	}),
	HTTP_PORT: Type.Integer({
		minimum: 0,
		maximum: 65_535,
		default: 8080,
		description: "Port of the API; 0 takes a free one",
		example: "8080",
	}),
};
