#!/usr/bin/env bash
# The tables of docs/results/real-models.md: GSM8K's first 100 test problems, 8 rationales, exams of 2 similar training
# problems sat once, by a pretrained model that is its own student.
#
#   runs/real_table.sh MODEL [OUT] [LIMIT]       # a name on the hub, or a folder; GSM8K=FOLDER names the data
#
# Hours on a CPU. It goes on where it was stopped: replies that are in Inspect's cache are not made again. LIMIT may be a
# part, such as 51-100; parts in one OUT are one table.
set -euo pipefail
cd "$(dirname "$0")/.."
model=$1 out=${2:-logs/real-table} limit=${3:-100}
export PATH="$PWD/.venv/bin:$PATH" INSPECT_CACHE_DIR=${INSPECT_CACHE_DIR:-$out/cache}
sampling='{temperature: 0.7, max_tokens: 400}'
inspect eval lbt_tasks/gsm8k ${GSM8K:+-T data_dir="$GSM8K"} --limit "$limit" --seed 0 --model "hf-batch/$model" \
    --model-role "student=hf-batch/$model" -T prompt=boxed_brief -T rationales=8 -T items=2 -T repetitions=1 \
    -T budget=full -T also_examine=likelihood -T label_controls=true -T "teacher_config=$sampling" -T "student_config=$sampling" \
    --log-dir "$out" --display plain --max-samples 16
lbt report --pool "$out"
lbt report --pool --selectors "$out"
lbt replay "$out" --budget full --budget lossless --rule maj --rule max --rule sum --rule avg
lbt replay "$out" --budget full --rule maj --rule max --rule sum --items 1
python -m benchmarks.exam_signal "$out" --by steps
