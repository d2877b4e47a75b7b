#!/usr/bin/env bash
# Installs each extra alone in a fresh environment and uses it. Run: make extras-smoke, or for some: smoke.sh report local
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3.11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 HF_HOME=$work/hf INSPECT_CACHE_DIR=$work/cache INSPECT_DISPLAY=plain TQDM_DISABLE=1
models=$repository/lbt_tasks/classroom/models
path=$PATH

declared=$("$python" -c 'import sys, tomllib
print(*tomllib.load(open(sys.argv[1], "rb"))["project"]["optional-dependencies"])' "$repository/pyproject.toml")

# Scripted models of the tests, as another package would bring them: they need no extra.
mkdir -p "$work/plugin/scripted_models-0.dist-info" "$work/plugin/tests/synthetic"
printf 'Metadata-Version: 2.1\nName: scripted-models\nVersion: 0\n' >"$work/plugin/scripted_models-0.dist-info/METADATA"
printf '[inspect_ai]\nscripted = tests.synthetic.world\n' >"$work/plugin/scripted_models-0.dist-info/entry_points.txt"
touch "$work/plugin/tests/__init__.py"
cp "$repository"/tests/synthetic/*.py "$work/plugin/tests/synthetic/"
export PYTHONPATH=$work/plugin

use_report() {
  inspect eval lbt_tasks/classroom --model scripted/teacher --model-role student=scripted/a -T rationales=4 \
    -T budget=full --limit 3 --log-dir logs
  lbt report logs --html page.html && grep -q "<svg" page.html
  lbt replay logs --budget lossless
  lbt export-sittings logs --out sittings.parquet && test -s sittings.parquet
}

use_scale() { # models behind a server of the tests; OPTION...
  mkdir -p "$work/plugin/tests/providers" && cp "$repository"/tests/providers/fake_server.py "$work/plugin/tests/providers/"
  python - <<PY
import subprocess
from tests.providers.fake_server import fake_server

options = "$*".split()
task = "$work/plugin/tests/synthetic/task.py@toy"
with fake_server() as server:
    subprocess.run(["lbt", "scale", task, "--teacher", "teacher", "--student", "a", "--server", server.url, "--out", "run", *options], check=True)
PY
  lbt report run
}

use_ray() {
  use_scale --ray local
}

use_local() {
  inspect eval lbt_tasks/classroom -T rationales=3 --limit 2 --log-dir logs
  lbt report logs
}

use_train() {
  local said='[{"role": "%s", "content": "%s"}]'
  printf "{\"prompt\": $said, \"chosen\": $said, \"rejected\": $said, \"problem\": \"p\"}\n" \
    user "What is 3 plus twice 4?" assistant "ANSWER: 11" assistant "ANSWER: 14" \
    user "What is 5 plus twice 3?" assistant "ANSWER: 11" assistant "ANSWER: 16" >pairs.jsonl
  lbt train-dpo --config dpo_classroom --pairs pairs.jsonl --output_dir trained --max_steps 1
  test -s trained/model.safetensors
}

use_retrieval() { # the mean of a shipped model's states stands in for a sentence model
  python - <<PY
from lbt_solvers.exam_bank import exam_without_models
from lbt_solvers.exams import similar
from lbt_solvers.types import Problem

bank = [Problem(str(n), f"Compute {n} plus twice 4.", str(n + 8)) for n in range(4)]
exam = exam_without_models(similar(bank, items=2, embed="$models/student_a"), bank[0])
assert len(exam.items) == 2, exam
PY
}

use_sandbox() {
  printf '{"task_id": "add", "entry_point": "add", "tests": [{"args": [1, 2], "expected": 3}]}\n' >add.jsonl
  printf '{"task_id": "add", "completion": "def add(a, b): return a %s b"}\n' + - >samples.jsonl
  lbt grade --problems add.jsonl --solutions samples.jsonl --engine process --out graded.jsonl | grep "1 AC, 1 WA"
}

use_lm_eval() {
  printf '{"id": "%s", "question": "Compute %s plus twice 4.", "answer": "%s"}\n' a 3 11 b 5 13 c 7 15 >problems.jsonl
  lbt lm-eval run --model lbt --tasks "$repository/tests/lm_eval_plugin/plain.yaml" --device cpu --batch_size 16 \
    --apply_chat_template --model_args \
    "teacher=hf:pretrained=$models/teacher;dtype=float32,students=hf:pretrained=$models/student_a;dtype=float32,answer=answer,rationales=2,items=1,student_max_tokens=48"
  test "$(wc -l <lbt_candidates.jsonl)" -eq 3
}

for extra in ${*:-$declared}; do
  echo "== [$extra]"
  environment=$work/$extra
  "$python" -m venv "$environment"
  # Torch first, as the Makefile does: its pinned version may be a build for CPUs.
  case $extra in local | train | lm-eval | retrieval)
    "$environment/bin/python" -m pip install --quiet --no-compile --constraint "$repository/constraints.txt" torch ;;
  esac
  sandbox=$([ "$extra" = sandbox ] && echo "$repository/sandbox" || true)
  "$environment/bin/python" -m pip install --quiet --no-compile --constraint "$repository/constraints.txt" \
    $sandbox "$repository[$extra]"
  mkdir -p "$work/use/$extra" && cd "$work/use/$extra"
  PATH=$environment/bin:$path "use_${extra//-/_}" || { echo "[$extra] does not work alone"; exit 1; }
  rm -rf "$environment"
done
echo "extras-smoke: ok"
