#!/usr/bin/env bash
# The oldest versions that pyproject.toml allows and the newest there are, on every Python that is found; prints a table.
#   make matrix                                 # every cell
#   CELLS="oldest-3.11" make matrix             # some; TESTS="tests/wrap" runs other tests in them
# A cell is a fresh environment with the package, inspect_evals and pytest; `oldest` pins this project's lower bounds.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -r -a tests <<<"${TESTS:-tests/solver/test_method.py tests/solver/test_chosen_reply.py tests/wrap/test_wrap.py tests/wrap/test_given_tasks.py}"

mapfile -t tools < <(grep -E '^(pytest|pytest-timeout|hypothesis|trio)==' "$repository/constraints.txt") # not what is tried

cells=("$@")
if [ ${#cells[@]} -eq 0 ]; then
  for python in 3.11 3.12 3.13 3.14 3.15; do
    "python$python" -c 1 2>/dev/null && cells+=("oldest-$python" "newest-$python")
  done
fi

run() { # CELL
  local python=python${1#*-} environment=$work/$1 pins=$work/$1.txt
  : >"$pins"
  [[ $1 == newest-* ]] || "$python" "$repository/tests/matrix/lower_bounds.py" "$repository/pyproject.toml" >"$pins"
  "$python" -m venv "$environment"
  "$environment/bin/python" -m pip install --quiet --constraint "$pins" "$repository/sandbox" "$repository" \
    inspect-evals "${tools[@]}"
  # Old versions may warn. The installed package, not the repository's folders; the tests are imported from the repository.
  mkdir -p "$work/use" && cp -r "$repository/tests" "$repository/pyproject.toml" "$work/use/"
  (cd "$work/use" && PYTHONPATH=$work/use OMP_NUM_THREADS=1 "$environment/bin/python" -m pytest -q -W ignore "${tests[@]}")
}

failed=0
for cell in "${cells[@]}"; do
  echo "== $cell"
  outcome=ok
  (run "$cell") >"$work/log" 2>&1 || outcome=failed
  grep -av "^ *$" "$work/log" | tail -n 30
  inspect=$("$work/$cell/bin/python" -c 'from importlib.metadata import version; print(version("inspect-ai"))' 2>/dev/null || echo "-")
  table+=$(printf '%-14s %-12s %-8s %s' "$cell" "$inspect" "$outcome" "$(grep -E '(passed|failed|error)' "$work/log" | tail -n 1 || true)")$'\n'
  [ $outcome = ok ] || failed=1
  rm -rf "${work:?}/$cell"
done
printf '\n%-14s %-12s %-8s %s\n%s' cell inspect-ai outcome tests "$table"
exit $failed
