#!/usr/bin/env bash
# Builds the service's image, runs two replicas behind a balancer, each on a core, and kills one under load.
set -euo pipefail
export PORT=${PORT:-18096} COMPOSE_PROJECT_NAME=lbt-grader-check
export COMPOSE_FILE=sandbox/deploy/compose.yaml:tests/service_image/a_core_each.yaml
trap 'docker compose down --timeout 5 --volumes >/dev/null 2>&1' EXIT
docker compose up --build --detach --quiet-pull >/dev/null
"${1:-python3}" tests/service_image/through_balancer.py "http://127.0.0.1:$PORT" "${2:-600}"
