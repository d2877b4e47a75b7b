#!/usr/bin/env bash
# Builds the wheel and runs the commands that users type, in two fresh environments: one without extras, where the
# scripted models of the tests stand in for a hosted API; one with lm-eval and inspect_evals. Run: make wheel-smoke
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
python=$repository/.venv/bin/python
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 HF_HOME=$work/hf INSPECT_CACHE_DIR=$work/cache INSPECT_DISPLAY=plain

"$python" -m build --wheel --outdir "$work/dist" "$repository" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
wheel=$(ls "$work"/dist/*.whl)

environment() { # NAME REQUIREMENT...: Python compiles what is imported, and only that
  "$python" -m venv --without-pip "$work/$1"
  "$python" -m pip --python "$work/$1/bin/python" install --quiet --no-compile \
    --constraint "$repository/constraints.txt" "${@:2}"
}
environment full "${wheel}[lm-eval]" inspect-evals &
full=$!
environment base "$wheel"

# Plug-ins of the test's own, as other packages would bring them: scripted models, and small data where the hub would be.
plugin=$work/plugin/scripted_models-0.dist-info
mkdir -p "$plugin" "$work/plugin/tests"/{synthetic,wrap} "$work/hub"
printf 'Metadata-Version: 2.1\nName: scripted-models\nVersion: 0\n' >"$plugin/METADATA"
printf '[inspect_ai]\nscripted = tests.synthetic.world\n' >"$plugin/entry_points.txt"
touch "$work/plugin/tests/__init__.py"
cp "$repository"/tests/synthetic/*.py "$work/plugin/tests/synthetic/"
cp "$repository"/tests/wrap/{__init__,local_hub}.py "$work/plugin/tests/wrap/"
printf 'import pathlib\nfrom tests.wrap import local_hub\nlocal_hub.install(pathlib.Path("%s"))\n' "$work" >"$work/hub/sitecustomize.py"
cd "$work"
export PYTHONPATH=$work/plugin
path=$PATH

echo "== without extras"
export PATH=$work/base/bin:$path
python - <<'PY'
import importlib.util as find
assert "site-packages" in find.find_spec("lbt_tasks").origin, "not the installed package"
for name in ("sandbox", "configs", "torch"):
    assert find.find_spec(name) is None, f"{name} must not be importable from a base install"
PY
models=(--model scripted/teacher --model-role student=scripted/a,scripted/b)
inspect eval lbt_tasks/classroom "${models[@]}" -T rationales=4 --limit 2 --log-dir logs
printf '{"id": "x", "question": "Compute 3 plus twice 4.", "answer": "11"}\n' >bank.jsonl
inspect eval "$work/plugin/tests/synthetic/task.py@plain" "${models[@]}" \
  --solver lbt_solvers/learn_by_teaching -S exam=random -S bank=bank.jsonl -S rationales=4 --log-dir logs2
inspect score "$(ls logs2/*.eval)" --scorer lbt_solvers/selection_accuracy --action append --overwrite
lbt report logs logs2
test "$(lbt configs | wc -l)" -ge 12
test -f "$(lbt lm-eval-path)/lbt_exam_math.yaml"
(lbt lm-eval run 2>&1 || true) | grep 'pip install "lbt-tasks\[lm-eval\]"'
lbt serve teacher_and_students | grep "vllm serve"

wait $full
echo "== with lm-eval and inspect_evals"
export PATH=$work/full/bin:$path
PYTHONPATH=$work/hub:$PYTHONPATH inspect eval lbt_tasks/wrap -T base=inspect_evals/gsm8k -T 'base_args={fewshot: 0}' \
  -T rationales=8 --model wrapped/teacher --model-role student=wrapped/student --limit 1 --log-dir logs3
lbt report --json logs3 | python -c 'import json, sys; assert json.load(sys.stdin)["sum"]["accuracy"] == 1'

python "$repository/tests/lm_eval_plugin/exam_files.py" .
models=$(python -c "from lbt_tasks.classroom import classroom_model_path as at; print(at('student_a').parent)")
common=(--device cpu --batch_size 64 --apply_chat_template)
tasks=$(find "$(lbt lm-eval-path)" -name 'lbt_*.yaml' -printf '%f\n' | sed 's/\.yaml$//' | paste -sd,)
lm_eval validate --include_path "$(lbt lm-eval-path)" --tasks "$tasks" >validated.log 2>&1 &
validated=$!
lm_eval run --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math --model hf "${common[@]}" \
  --model_args "pretrained=$models/student_a,dtype=float32" --gen_kwargs max_gen_toks=96 --metadata \
  lbt_problems=problems.jsonl lbt_bank=bank.jsonl lbt_exam=variants lbt_items=2 lbt_rationales=rationales.jsonl
lbt lm-eval run --model lbt --tasks "$repository/tests/lm_eval_plugin/plain.yaml" "${common[@]}" --model_args \
  "teacher=hf:pretrained=$models/teacher;dtype=float32,students=hf:pretrained=$models/student_a;dtype=float32,gold=answer,rationales=4,items=1,student_tokens=96"
test "$(wc -l <lbt_candidates.jsonl)" -eq 3
wait $validated && ! grep -iE '(warn|error).*lbt' validated.log || { cat validated.log; exit 1; }
echo "wheel-smoke: ok"
