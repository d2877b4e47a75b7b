#!/usr/bin/env bash
# The tables of docs/results/real-models.md: a pretrained model teaches GSM8K's first 100 test problems with 8 rationales;
# exams are 2 similar training problems sat once, by the model itself or by other students.
#
#   runs/real_table.sh MODEL [OUT] [LIMIT] [-T NAME=VALUE ...]   # a name on the hub, or a folder; GSM8K=FOLDER names the data
#   STUDENT=NAME,NAME EXAMS= runs/real_table.sh MODEL            # other students; without the controls and likelihood exams
#   TASK=math MATH=FOLDER EXAMS= runs/real_table.sh MODEL logs/math 30 -T rationales=4   # exams of a problem's own variants
#
# Hours on a CPU. It goes on where it was stopped: replies that are in Inspect's cache are not made again. LIMIT may be a
# part, such as 51-100; parts in one OUT are one table.
set -euo pipefail
cd "$(dirname "$0")/.."
model=$1 out=${2:-logs/real-table} limit=${3:-100} task=${TASK:-gsm8k}
shift $(($# < 3 ? $# : 3))
data=${GSM8K:-}
[[ $task == math ]] && data=${MATH:-}
export PATH="$PWD/.venv/bin:$PATH" INSPECT_CACHE_DIR=${INSPECT_CACHE_DIR:-$out/cache}
students=hf-batch/${STUDENT:-$model}
sampling='{temperature: 0.7, max_tokens: 400}'
read -ra exams <<<"${EXAMS--T also_examine=likelihood -T label_controls=true}"
inspect eval "lbt_tasks/$task" ${data:+-T data_dir="$data"} --limit "$limit" --seed 0 --model "hf-batch/$model" \
    --model-role "student=${students//,/,hf-batch\/}" -T prompt=boxed_brief -T rationales=8 -T items=2 -T repetitions=1 \
    -T budget=full "${exams[@]}" -T "teacher_config=$sampling" -T "student_config=$sampling" "$@" \
    --log-dir "$out" --display plain --max-samples "${MAX_SAMPLES:-16}"
lbt report --pool "$out"
lbt report --pool --selectors "$out"
lbt replay "$out" --budget full --budget lossless --rule maj --rule max --rule sum --rule avg
lbt replay "$out" --budget full --rule maj --rule max --rule sum --items 1
by=(--by steps)
[[ $task == math ]] && by=(--by level)
python -m benchmarks.exam_signal "$out" "${by[@]}"
