#!/usr/bin/env node
// The command line, from wherever it is called: the bootstrap finds the right Node and installs what is missing.
process.argv.splice(2, 0, "src/cli/main.ts");
await import("../bootstrap.mjs");
