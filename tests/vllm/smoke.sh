#!/usr/bin/env bash
# Learning by Teaching against real vLLM on a CPU: two servers behind Inspect, the order benchmark, and lm-eval offline.
# Needs the environment .vllm (3.5 GB).   Run: make vllm-smoke
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
cd "$repository"
export PATH=$repository/.vllm/bin:$PATH HF_HUB_OFFLINE=1 INSPECT_DISPLAY=plain OMP_NUM_THREADS=1
work=$(mktemp -d)
servers=()
finish() { kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap finish EXIT

for name in teacher student; do
  lbt serve classroom $name >"$work/$name.log" 2>&1 &
  servers+=($!)
done
for port in 8101 8102; do
  until curl --silent --fail "http://localhost:$port/health"; do
    for server in "${servers[@]}"; do
      kill -0 "$server" || { tail -n 40 "$work"/*.log; exit 1; }
    done
    sleep 1
  done
done

echo "== Inspect, teacher and student on two servers"
INSPECT_CACHE_DIR=$work/cache inspect eval --run-config configs/vllm/classroom.yaml --limit 4 --timeout 300 --log-dir "$work/logs"
lbt report "$work/logs"

echo "== The order of exam requests"
python -m benchmarks.vllm_prefix --url http://localhost:8102 --model classroom/student_a

kill "${servers[@]}"
wait "${servers[@]}" || true
echo "== lm-eval, vllm.LLM in its process"
python tests/lm_eval_plugin/exam_files.py "$work"
cd "$work"
export VLLM_CPU_KVCACHE_SPACE=1 VLLM_CPU_OMP_THREADS_BIND=nobind
lm_eval run --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math --model vllm --apply_chat_template \
  --model_args "pretrained=$repository/lbt_tasks/classroom/models/student_a,dtype=float32,enforce_eager=True,max_model_len=1024" \
  --metadata lbt_problems=problems.jsonl lbt_bank=bank.jsonl lbt_exam=variants lbt_rationales=rationales.jsonl \
  --gen_kwargs max_gen_toks=96
echo "vllm-smoke: ok"
