#!/usr/bin/env bash
# Every selector on the classroom's rationales, at equal cost; ten minutes on a core and a half. See docs/results/selectors.md.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 INSPECT_CACHE_DIR=logs/selectors/cache
rm -rf logs/selectors
for seed in "${@:-0}"; do
    inspect eval lbt_tasks/classroom -T budget=full -T rationales=10 -T also_examine=likelihood -T confidence=true \
        -T seed="$seed" --display plain --max-samples 16 --log-dir "logs/selectors/$seed"
done
rm -rf "$INSPECT_CACHE_DIR"
for seed in "${@:-0}"; do
    lbt report --selectors "logs/selectors/$seed"
done
