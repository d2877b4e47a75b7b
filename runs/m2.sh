#!/usr/bin/env bash
# Learning from scores (M2) in the classroom: teach and examine, make pairs of both kinds, train with each, compare on
# problems with other numbers and other types. Ten minutes a seed on two cores; goes on where it was stopped.
#
#   runs/m2.sh            # one seed
#   runs/m2.sh 0 1 2 3 4  # the table of five, docs/learning-from-scores.md
#   ARTE=1 runs/m2.sh 0   # also pairs of student preferences alone: best and worst text by exam scores
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1
world=(-T budget=full -T split=train -T types=lucky -T luck=0.5 -T problems=100 -T rationales=12 -T greedy=false
    -T control=false)
seeds=("$@")
[[ ${#seeds[@]} -gt 0 ]] || seeds=(0)
results=() arte=()
train() { # PAIRS, then how they are made
    lbt export-preferences "$out/logs" --out "$out/$1.jsonl" --seed "$seed" --stats "${@:2}"
    lbt train-dpo --config dpo_classroom --seed "$seed" --pairs "$out/$1.jsonl" --output_dir "$out/$1"
}
evaluate() { # RESULTS, then teachers
    lbt evaluate-teachers original=classroom/teacher "${@:2}" --types lucky --problems 120 --seed "$seed" --out "$1"
}
for seed in "${seeds[@]}"; do
    out=logs/m2/$seed
    results+=(--results "$out/results.json") arte+=(--results "$out/arte.json")
    if [[ ! -f $out/results.json ]]; then
        inspect eval-set lbt_tasks/classroom "${world[@]}" -T world_seed="$seed" -T seed="$seed" --log-dir "$out/logs" \
            --display plain --max-samples 16 --no-log-realtime
        train correctness --weight 1
        train lbt
        evaluate "$out/results.json" correctness="$out/correctness" lbt="$out/lbt"
    fi
    if [[ ${ARTE:-} && ! -f $out/arte.json ]]; then
        train arte --weight 0 --choose best_vs_worst
        evaluate "$out/arte.json" lbt="$out/lbt" arte="$out/arte"
    fi
done
lbt evaluate-teachers --against correctness "${results[@]}"
if [[ ${ARTE:-} ]]; then lbt evaluate-teachers --against lbt "${arte[@]}"; fi
