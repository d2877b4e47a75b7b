#!/usr/bin/env bash
# Builds both wheels and runs the commands that users type, in three fresh environments: the grader by itself; one without
# extras, where the scripted models of the tests stand in for a hosted API; one with the sandbox, lm-eval and
# inspect_evals. Run: make wheel-smoke
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
python=$repository/.venv/bin/python
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 HF_HOME=$work/hf INSPECT_CACHE_DIR=$work/cache INSPECT_DISPLAY=plain

for source in "$repository/sandbox" "$repository"; do
  "$python" -m build --wheel --outdir "$work/dist" "$source" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
done
wheel=$(ls "$work"/dist/lbt_tasks-*.whl)

environment() { # NAME REQUIREMENT...: Python compiles what is imported, and only that
  "$python" -m venv --without-pip "$work/$1"
  "$python" -m pip --python "$work/$1/bin/python" install --quiet --no-compile \
    --constraint "$repository/constraints.txt" --find-links "$work/dist" "${@:2}"
}
environment full "${wheel}[lm-eval,sandbox]" inspect-evals &
full=$!
environment grader "$(ls "$work"/dist/lbt_sandbox-*.whl)"
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

echo "== the grader by itself"
export PATH=$work/grader/bin:$path
python - <<'PY'
import importlib.util as find
from importlib.metadata import requires
assert "site-packages" in find.find_spec("lbt_sandbox").origin, "not the installed package"
for name in ("lbt_tasks", "lbt_solvers", "inspect_ai", "sandbox", "numpy"):
    assert find.find_spec(name) is None, f"{name} must not be importable beside the grader"
needed = [each for each in requires("lbt-sandbox") if "extra ==" not in each]
assert len(needed) <= 5, needed
PY
printf '{"task_id": "add", "entry_point": "add", "tests": [{"args": [1, 2], "expected": 3}]}\n' >add.jsonl
printf '{"task_id": "add", "completion": "def add(a, b): return a %s b"}\n' + - >samples.jsonl
engine=$(docker version >/dev/null 2>&1 && echo docker || echo process)
grade() { "$@" --problems add.jsonl --solutions samples.jsonl --engine "$engine"; }
grade lbt-sandbox grade --out r.jsonl | grep "1 AC, 1 WA"
lbt-sandbox attack --match infinite-iterator --engine "$engine" | tail -n 1

echo "== without extras"
export PATH=$work/base/bin:$path
python - <<'PY'
import importlib.util as find
assert "site-packages" in find.find_spec("lbt_tasks").origin, "not the installed package"
for name in ("sandbox", "configs", "torch", "lbt_sandbox"):
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
(lbt lm-eval run 2>&1 || true) | grep '\[lm-eval\]"'
lbt --help | grep -E "^ +(grade|sandbox|prepare) " && { echo "commands that cannot run are offered"; exit 1; }
(lbt grade --help 2>&1 || true) | grep '\[sandbox\]"'
(inspect eval lbt_tasks/code "${models[@]}" -T rationales=4 2>&1 || true) | grep '\[sandbox\]"'
(lbt doctor || true) | grep -A 2 "docker engine" | grep "\[sandbox\]"
lbt serve teacher_and_students | grep "vllm serve"

wait $full
echo "== with lm-eval and inspect_evals"
export PATH=$work/full/bin:$path
PYTHONPATH=$work/hub:$PYTHONPATH inspect eval lbt_tasks/wrap -T base=inspect_evals/gsm8k -T 'base_args={fewshot: 0}' \
  -T rationales=8 --model wrapped/teacher --model-role student=wrapped/student --limit 1 --log-dir logs3
lbt report --json logs3 | python -c 'import json, sys; assert json.load(sys.stdin)[0]["sum"]["accuracy"] == 1'

grade lbt grade --out r2.jsonl | grep "1 AC, 1 WA"

python "$repository/tests/lm_eval_plugin/exam_files.py" .
models=$(python -c "from lbt_tasks.classroom import classroom_model_path as at; print(at('student_a').parent)")
common=(--device cpu --batch_size 64 --apply_chat_template)
tasks=$(find "$(lbt lm-eval-path)" -name 'lbt_*.yaml' -printf '%f\n' | sed 's/\.yaml$//' | paste -sd,)
lm_eval validate --include_path "$(lbt lm-eval-path)" --tasks "$tasks" >validated.log 2>&1 &
validated=$!
lm_eval run --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math --model hf "${common[@]}" \
  --model_args "pretrained=$models/student_a,dtype=float32" --gen_kwargs max_gen_toks=96 --metadata \
  lbt_data=problems.jsonl lbt_bank=bank.jsonl lbt_exam=variants lbt_items=2 lbt_rationale_file=rationales.jsonl
lbt lm-eval run --model lbt --tasks "$repository/tests/lm_eval_plugin/plain.yaml" "${common[@]}" --model_args \
  "teacher=hf:pretrained=$models/teacher;dtype=float32,students=hf:pretrained=$models/student_a;dtype=float32,answer=answer,rationales=4,items=1,student_max_tokens=96"
test "$(wc -l <lbt_candidates.jsonl)" -eq 3
wait $validated && ! grep -iE '(warn|error).*lbt' validated.log || { cat validated.log; exit 1; }
echo "wheel-smoke: ok"
