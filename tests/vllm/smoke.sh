#!/usr/bin/env bash
# Learning by Teaching against real vLLM on a CPU: two servers behind Inspect and behind lbt scale, log-likelihoods beside
# other ways, the order benchmark, one server with a LoRA adapter, and lm-eval offline.
# Needs the environment .vllm (3.5 GB).   Run: make vllm-smoke
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
cd "$repository"
export PATH=$repository/.vllm/bin:$PATH HF_HUB_OFFLINE=1 INSPECT_DISPLAY=plain OMP_NUM_THREADS=1
work=$(mktemp -d)
servers=()
finish() { kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap finish EXIT

serve() { # FILE SERVER
  lbt serve "$1" "$2" >"$work/$2.log" 2>&1 &
  servers+=($!)
}
ready() { # PORT...
  for port in "$@"; do
    until curl --silent --fail "http://localhost:$port/health"; do
      for server in "${servers[@]}"; do
        kill -0 "$server" || { tail -n 40 "$work"/*.log; exit 1; }
      done
      sleep 1
    done
  done
}
stop() { kill "${servers[@]}"; wait "${servers[@]}" || true; servers=(); }

serve classroom teacher
serve classroom student
ready 8101 8102
echo "== Inspect, teacher and student on two servers"
export INSPECT_CACHE_DIR=$work/cache
inspect eval --run-config configs/vllm/classroom.yaml -T split=train -T budget=full --limit 4 --timeout 300 --log-dir "$work/logs"
lbt report "$work/logs"

echo "== lbt scale on the same servers"
lbt scale lbt_tasks/classroom -T split=train -T budget=full -T teacher_config='{max_tokens: 96}' \
  -T student_config='{max_tokens: 96}' --limit 4 --shard-size 2 --out "$work/run" \
  --teacher vllm/classroom/teacher --student vllm/classroom/student_a \
  --server vllm/classroom/teacher=http://localhost:8101/v1 --server vllm/classroom/student_a=http://localhost:8102/v1
lbt report "$work/run"

echo "== Log-likelihoods by hf-batch, a plain pass, lm-eval's hf and vLLM"
python -m tests.vllm.log_likelihoods http://localhost:8102/v1

echo "== The order of exam requests"
python -m benchmarks.vllm_prefix --url http://localhost:8102 --model classroom/student_a
stop

echo "== A LoRA adapter, trained on the exams above, teaches the model that it adapts"
lbt export-preferences "$work/logs" --out "$work/pairs.jsonl"
# Not --config dpo_classroom: transformers is older here than in constraints.txt and calls one of its settings otherwise.
lbt train-dpo --model_name_or_path classroom/teacher --pairs "$work/pairs.jsonl" --output_dir "$work/adapter" \
  --use_peft --lora_r 8 --merge_lora False --max_steps 4 --max_length 512 --use_cpu True --bf16 False \
  --gradient_checkpointing False
cat >"$work/adapter.yaml" <<YAML
servers:
  both:
    model: classroom/teacher
    port: 8103
    roles: {teacher: lbt, student: ""}
    adapters: {lbt: $work/adapter}
    command: .vllm/bin/python -m vllm.entrypoints.openai.api_server
    args: {dtype: float32, enforce_eager: true, max_model_len: 1024}
    env: {VLLM_CPU_KVCACHE_SPACE: 1, VLLM_CPU_OMP_THREADS_BIND: nobind, HF_HUB_OFFLINE: 1}
YAML
serve "$work/adapter.yaml" both
ready 8103
at="max_tokens: 96, model_args: {base_url: http://localhost:8103/v1}"
inspect eval lbt_tasks/classroom -T problems=1 -T rationales=4 -T items=1 --timeout 300 --log-dir "$work/adapted" \
  --model-role "teacher={model: vllm/classroom/teacher:lbt, $at}" --model-role "student={model: vllm/classroom/teacher, $at}"
lbt report "$work/adapted"
stop

echo "== lm-eval, vllm.LLM in its process"
python tests/lm_eval_plugin/exam_files.py "$work"
cd "$work"
export VLLM_CPU_KVCACHE_SPACE=1 VLLM_CPU_OMP_THREADS_BIND=nobind
lm_eval run --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math --model vllm --apply_chat_template \
  --model_args "pretrained=$repository/lbt_tasks/classroom/models/student_a,dtype=float32,enforce_eager=True,max_model_len=1024" \
  --metadata lbt_data=problems.jsonl lbt_bank=bank.jsonl lbt_exam=variants lbt_rationale_file=rationales.jsonl \
  --gen_kwargs max_gen_toks=96
echo "vllm-smoke: ok"
