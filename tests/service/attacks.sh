#!/usr/bin/env bash
# Every attack of the suite over HTTP, against a service with one worker: tests/service/attacks.sh .venv/bin
set -euo pipefail
bin=$1 log=$(mktemp)
"$bin/lbt-sandbox" grade-server --engine process --workers 1 --port 18097 --no-log --drain-delay 0 2>"$log" &
trap 'kill %1; rm -f "$log"' EXIT
until grep -q Grading "$log"; do sleep 0.2; done
"$bin/lbt-sandbox" attack --server http://127.0.0.1:18097 "${@:2}"
