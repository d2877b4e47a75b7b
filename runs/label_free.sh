#!/usr/bin/env bash
# Exams with gold answers and without, on the same rationales of the classroom; ten minutes. See docs/exams.md.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 INSPECT_CACHE_DIR=logs/label-free/cache
rm -rf logs/label-free
for exam in variants label_free; do
    inspect eval lbt_tasks/classroom -T exam=$exam -T rationales=10 --display plain --max-samples 16 --log-dir logs/label-free
done
rm -rf "$INSPECT_CACHE_DIR"
lbt report logs/label-free
