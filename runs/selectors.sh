#!/usr/bin/env bash
# Every selector on the classroom's rationales, at equal cost; ten minutes a seed on a core and a half. Goes on where it
# was stopped.
#
#   runs/selectors.sh            # one seed
#   runs/selectors.sh 0 1 2 3 4  # the table of five, docs/results/selectors.md
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 INSPECT_CACHE_DIR=logs/selectors/cache
folders=()
for seed in "${@:-0}"; do
    folders+=("logs/selectors/$seed")
    inspect eval-set lbt_tasks/classroom -T budget=full -T rationales=10 -T also_examine=likelihood -T confidence=true \
        -T seed="$seed" --display plain --max-samples 16 --log-dir "logs/selectors/$seed"
done
rm -rf "$INSPECT_CACHE_DIR"
lbt report --selectors "${folders[@]}"  # problems are the unit: each counts with its mean over the seeds
