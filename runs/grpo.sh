#!/usr/bin/env bash
# GRPO of the classroom's teacher with exams as its only reward: the generative exam beside the likelihood exam, then a
# teacher that sees the solution (RLT). Rewards over steps, what a step takes, and what the teachers can do on held-out
# problems. Goes on where it was stopped.
#
#   runs/grpo.sh         # 30 steps, seed 0
#   runs/grpo.sh 40 1
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1
steps=${1:-30} seed=${2:-0}
out=logs/grpo/$steps-$seed
python -m tools.classroom.problem_files --out "$out/world" --problems 100 --types lucky --luck 0.5 --seed "$seed"
train() {  # NAME, then options of the training
    local name=$1
    shift
    INSPECT_CACHE_DIR=$out/cache/$name python -m lbt_tasks.training.grpo --config grpo_classroom --seed "$seed" \
        --max_steps "$steps" --data "$out/world/problems.jsonl" --bank "$out/world/bank.jsonl" \
        --output_dir "$out/$name" "$@"
}
train generative --exam_weight 1
train likelihood --exam_weight 1 --exam_kind likelihood
train rlt --reward rlt --students hf-batch/classroom/student_a
python -m lbt_tasks.training.steps "$out/generative" "$out/likelihood" "$out/rlt"
[[ -f $out/teachers.json ]] || lbt evaluate-teachers original=classroom/teacher generative="$out/generative" \
    likelihood="$out/likelihood" --types lucky --problems 60 --seed "$seed" --out "$out/teachers.json"
lbt evaluate-teachers --results "$out/teachers.json" --against generative
