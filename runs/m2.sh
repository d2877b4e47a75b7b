#!/usr/bin/env bash
# Learning from scores (M2) in the classroom: teach and examine, make pairs of both kinds, train with each, compare on
# problems with other numbers and other types. Ten minutes a seed on two cores; goes on where it was stopped.
#
#   runs/m2.sh            # one seed
#   runs/m2.sh 0 1 2 3 4  # the table of five, docs/learning-from-scores.md
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1
world=(-T budget=full -T split=train -T types=lucky -T luck=0.5 -T problems=100 -T rationales=12 -T greedy=false
    -T control=false)
seeds=("$@")
[[ ${#seeds[@]} -gt 0 ]] || seeds=(0)
results=()
for seed in "${seeds[@]}"; do
    out=logs/m2/$seed
    results+=(--results "$out/results.json")
    [[ -f $out/results.json ]] && continue
    inspect eval-set lbt_tasks/classroom "${world[@]}" -T world_seed="$seed" -T seed="$seed" --log-dir "$out/logs" \
        --display plain --max-samples 16 --no-log-realtime
    lbt export-preferences "$out/logs" --out "$out/correctness.jsonl" --weight 1 --seed "$seed" --stats
    lbt export-preferences "$out/logs" --out "$out/lbt.jsonl" --seed "$seed" --stats
    for pairs in correctness lbt; do
        lbt train-dpo --config dpo_classroom --seed "$seed" --pairs "$out/$pairs.jsonl" --output_dir "$out/$pairs"
    done
    lbt evaluate-teachers original=classroom/teacher correctness="$out/correctness" lbt="$out/lbt" --types lucky \
        --problems 120 --seed "$seed" --out "$out/results.json"
done
lbt evaluate-teachers --against correctness "${results[@]}"
