#!/usr/bin/env bash
# What each budget costs: records full exams of the classroom first (an hour), then replays them. See docs/budgets.md.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 INSPECT_CACHE_DIR=logs/budget/cache

# Three students: the two that are only that, and the teacher itself, as in the paper.
pupil='{max_tokens: 96, model: hf-batch/classroom'
students=(--model-role "student=[$pupil/student_a}, $pupil/student_b}, $pupil/teacher}]")

record() {  # NAME, then options of `inspect eval`: full exams, kept in a Parquet file
    local name=$1
    shift
    [[ -f logs/budget/$name.parquet ]] && return
    inspect eval lbt_tasks/classroom -T budget=full --display plain "$@" --log-dir "logs/budget/$name"
    lbt replay "logs/budget/$name" --budget full --save "logs/budget/$name.parquet"
}

record 32 "${students[@]}" -T problems=200 -T rationales=32 --max-samples 25
record 256 -T problems=12 -T rationales=256 -T world_seed=7 --max-samples 6
# Students at temperature 0 give equal rationales equal exams: one of them is asked for.
record greedy "${students[@]}" -T problems=200 -T rationales=32 -T 'student_config={temperature: 0}' \
    -T 'budget_options={examine_once: true}' --max-samples 25

of_32=logs/budget/32.parquet of_256=logs/budget/256.parquet greedy=logs/budget/greedy.parquet
lbt replay $of_32 --rule sum --rule max --seeds 10
for students in 1 2; do
    lbt replay $of_32 --budget lossless --budget thompson --student-count $students --seeds 10
done
lbt replay $of_256 --rule sum --rule max --seeds 10
lbt replay $of_32 --rule maj --rule sum --budget full --budget lossless --stop-sampling 0.95
lbt replay $of_32 --budget lossless --rule sum --rule max --rule avg --proves sum --proves max --proves avg --width 8
lbt replay $of_32 --budget full --budget lossless --examine-once
lbt replay $greedy --rule sum --rule max --budget full --budget lossless --examine-once
lbt replay $of_32 --budget lossless --width 16
lbt replay $of_32 --rule maj --rule sum --budget full --stop-sampling 1
lbt replay $of_32 --budget full --relative
lbt replay $of_32 --budget full --weighted --seeds 20
python -m benchmarks.certainty $of_32
python -m benchmarks.budget_bound $of_32 $of_256
