#!/usr/bin/env bash
# Student preferences alone (ARTE) beside the pairs of runs/m2.sh: the best and the worst text of a problem by exam scores,
# whatever is right. Four minutes a seed on two cores, after runs/m2.sh with the same seeds.
#
#   runs/m2.sh 0 && runs/arte.sh 0
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1
seeds=("$@")
[[ ${#seeds[@]} -gt 0 ]] || seeds=(0)
results=()
for seed in "${seeds[@]}"; do
    out=logs/m2/$seed
    results+=(--results "$out/arte.json")
    [[ -f $out/arte.json ]] && continue
    lbt export-preferences "$out/logs" --out "$out/arte.jsonl" --weight 0 --choose best_vs_worst --seed "$seed" --stats
    lbt train-dpo --config dpo_classroom --seed "$seed" --pairs "$out/arte.jsonl" --output_dir "$out/arte"
    lbt evaluate-teachers original=classroom/teacher lbt="$out/lbt" arte="$out/arte" --types lucky --problems 120 \
        --seed "$seed" --out "$out/arte.json"
done
lbt evaluate-teachers --against lbt "${results[@]}"
