/** `npm run policy`: checks and tests the policies, and builds `src/policy/policy.wasm` from them. */
import { fetchOpa } from "./fetch-opa.ts";
import { buildWasm, regoFolder, writeArtifact } from "./policy-artifact.ts";
import { runTool } from "./run-tool.ts";

const opa = await fetchOpa();
await runTool(opa, ["fmt", "--fail", "--list", regoFolder]);
await runTool(opa, ["check", "--strict", regoFolder]);
await runTool(opa, ["test", "--coverage", "--threshold", "100", regoFolder]);
writeArtifact(await buildWasm(opa));
console.log("src/policy/policy.wasm is built; commit it with its sources");
