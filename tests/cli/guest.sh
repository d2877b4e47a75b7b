#!/usr/bin/env bash
# Commands as users type them, on scripted models: two students of different providers, a judge, a teacher that thinks,
# images, several targets, epochs with a reducer; then the same run killed with -9 and taken up by `inspect eval-retry`.
#
#   tests/cli/guest.sh FOLDER      # an empty one; `inspect` and `lbt` on the PATH
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
work=$1
plugin=$work/plugin/guests-0.dist-info
mkdir -p "$plugin"
printf 'Metadata-Version: 2.1\nName: guests\nVersion: 0\n' >"$plugin/METADATA"
printf '[inspect_ai]\n%s = tests.cli.guest_world\n' first >"$plugin/entry_points.txt" # Inspect looks up its provider
export PYTHONPATH=$work/plugin:$repository:$repository/sandbox INSPECT_DISPLAY=plain NO_COLOR=1 OMP_NUM_THREADS=1
cd "$work"

run=(lbt_tasks/wrap -T base=pictures -T scorer=model_graded_qa -T rationales=8 -T items=2 --limit 3
  --epochs 2 --epochs-reducer max --model first/teacher
  --model-role 'teacher={model: first/teacher, reasoning_effort: high, model_args: {thinks: Let me see., delay: 0.05}}'
  --model-role 'student=[{model: first/a, model_args: {delay: 0.05}}, {model: second/b, model_args: {delay: 0.05}}]'
  --model-role grader=first/judge)

echo "== undisturbed"
INSPECT_CACHE_DIR=$work/cache inspect eval "${run[@]}" --log-dir whole
lbt report whole

echo "== killed, and taken up"
export INSPECT_CACHE_DIR=$work/other_cache LBT_SCRIPTED_CALLS=$work/calls
inspect eval "${run[@]}" --max-samples 2 --log-dir killed >killed.log 2>&1 &
running=$!
touch calls
until [[ $(wc -l <calls) -ge 60 ]]; do
  kill -0 "$running" || { echo "the run ended before it could be killed"; cat killed.log; exit 1; }
  sleep 0.05
done
kill -9 "$running"
wait "$running" 2>/dev/null || true
inspect eval-retry killed/*.eval --log-dir retried
lbt report whole --json >whole.json
lbt report retried --json >retried.json
echo "guest: ok"
