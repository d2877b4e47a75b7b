#!/usr/bin/env bash
# Builds the service's image, runs two replicas behind a balancer, and kills one under load.
set -euo pipefail
export PORT=${PORT:-18096} COMPOSE_PROJECT_NAME=lbt-grader-check
trap 'docker compose -f sandbox/deploy/compose.yaml down --timeout 5 --volumes >/dev/null 2>&1' EXIT
docker compose -f sandbox/deploy/compose.yaml up --build --detach --quiet-pull >/dev/null
"${1:-python3}" tests/service_image/through_balancer.py "http://127.0.0.1:$PORT" "${2:-600}"
