#!/usr/bin/env bash
# Builds the wheel, installs it without extras into a fresh environment, and runs the commands that users type.
# The scripted models of the tests stand in for a hosted API.   Run: make wheel-smoke
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
python=$repository/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m build --wheel --outdir "$work/dist" "$repository" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --constraint "$repository/constraints.txt" "$work"/dist/*.whl

# A plug-in of the test's own, as another package would bring it: the scripted models.
plugin=$work/plugin/scripted_models-0.dist-info
mkdir -p "$plugin" "$work/plugin/tests/synthetic"
printf 'Metadata-Version: 2.1\nName: scripted-models\nVersion: 0\n' >"$plugin/METADATA"
printf '[inspect_ai]\nscripted = tests.synthetic.world\n' >"$plugin/entry_points.txt"
touch "$work/plugin/tests/__init__.py"
cp "$repository"/tests/synthetic/*.py "$work/plugin/tests/synthetic/"
cd "$work"
export PYTHONPATH=$work/plugin INSPECT_CACHE_DIR=$work/cache INSPECT_DISPLAY=plain PATH=$work/venv/bin:$PATH

"$work/venv/bin/python" - <<'PY'
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
echo "wheel-smoke: ok"
