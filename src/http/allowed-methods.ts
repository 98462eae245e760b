import type { FastifyInstance, HTTPMethods } from "fastify";
import { sendProblem } from "./problems.ts";

const methods: HTTPMethods[] = [
	...(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const),
	...(["QUERY", "TRACE"] as const),
];

/**
 * Remembers every route from now on. The returned function makes other methods on these paths answer 405 with
 * the allowed ones, instead of 404.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
	const known = new Map<string, Set<string>>();
	app.addHook("onRoute", ({ url, method }) => {
		const own = known.get(url) ?? new Set();
		for (const one of [method].flat()) own.add(one);
		known.set(url, own);
	});
	return () => {
		for (const [url, own] of [...known]) {
			const allowed = [...own].sort().join(", ");
			const refused = methods.filter((one) => !own.has(one));
			app.route({
				method: own.has("HEAD") ? refused : [...refused, "HEAD"],
				url,
				config: { role: "public" },
				schema: { hide: true },
				// Before the body is read: the answer does not need it.
				onRequest: async (request, reply) => {
					reply.header("allow", allowed);
					return sendProblem(request, reply, {
						code: "REQUEST_INVALID",
						status: 405,
						detail: `${request.method} is not possible here; allowed: ${allowed}`,
					});
				},
				handler: async () => undefined,
			});
		}
	};
}
