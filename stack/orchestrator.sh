#!/bin/sh
# The command line, in the image.
exec node /app/src/cli/main.ts "$@"
