#!/usr/bin/env bash
# Every route on pretrained models, small: does each work on the replies of a model that nobody trained for it?
#
#   runs/real_models.sh MODEL STUDENT [OUT]      # names on the hub, or folders; goes on where it was stopped
#   ROUTES="gsm8k code" runs/real_models.sh …    # some of them
#
# GSM8K, MATH, HUMANEVAL and FALLACY name data; without them the routes download theirs. SERVER is the address of an
# OpenAI-compatible server for the route `server`; TRAINING holds more options of the training, such as "--bf16 True", which
# is faster on a CPU that multiplies in it.
set -euo pipefail
cd "$(dirname "$0")/.."
model=$1 student=$2 out=${3:-logs/real-models}
routes=${ROUTES:-gsm8k math code wrap lm-eval m3 m2}
export PATH="$PWD/.venv/bin:$PATH" INSPECT_CACHE_DIR=${INSPECT_CACHE_DIR:-$out/cache}
models=(--model "hf-batch/$model" --model-role "student=hf-batch/$student" --display plain --seed 0)
brief=(-T prompt=boxed_brief -T budget=full -T items=2 -T repetitions=1 -T rationales=4
    -T 'teacher_config={temperature: 0.7, max_tokens: 400}' -T 'student_config={temperature: 0.7, max_tokens: 400}')
mkdir -p "$out"

gsm8k() { # exams of similar problems
    inspect eval lbt_tasks/gsm8k --limit "${1:-4}" ${GSM8K:+-T data_dir="$GSM8K"} "${models[@]}" "${brief[@]}" --log-dir "$out/gsm8k"
    lbt report "$out/gsm8k"
}

math() { # exams of a problem's own variants
    inspect eval lbt_tasks/math --limit 3 ${MATH:+-T data_dir="$MATH"} "${models[@]}" "${brief[@]}" --log-dir "$out/math"
    lbt report "$out/math"
}

code() { # programs, graded in the sandbox
    inspect eval lbt_tasks/code -T data="${HUMANEVAL:-hub:openai/openai_humaneval}" -T exam=similar -T items=2 --limit 4 \
        -T rationales=4 -T budget=full -T 'teacher_config={temperature: 0.7, max_tokens: 400}' \
        -T 'student_config={temperature: 0.7, max_tokens: 400}' "${models[@]}" --log-dir "$out/code"
    lbt report "$out/code"
}

wrap() { # somebody's own Inspect task
    head -n 30 "$GSM8K/test.jsonl" > "$out/mine.jsonl"
    cat > "$out/mine.py" <<'PY'
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import Sample, json_dataset
from inspect_ai.scorer import match
from inspect_ai.solver import generate, prompt_template


@task
def mine() -> Task:
    def sample(row: dict[str, str]) -> Sample:
        return Sample(row["question"], target=row["answer"].split("####")[1].strip())

    rows = json_dataset(str(Path(__file__).with_name("mine.jsonl")), sample)
    ask = prompt_template("{prompt}\n\nReason in a few short lines. The last line is 'ANSWER: ' and the number.")
    return Task(rows, solver=[ask, generate()], scorer=match(numeric=True))
PY
    inspect eval lbt_tasks/wrap -T base="$out/mine.py@mine" --limit 3 "${models[@]}" -T rationales=4 -T items=2 \
        -T repetitions=1 -T budget=full -T 'teacher_config={temperature: 0.7, max_tokens: 400}' \
        -T 'student_config={temperature: 0.7, max_tokens: 400}' --log-dir "$out/wrap"
    lbt report "$out/wrap"
}

lm-eval() { # the teacher's samples and the student's exams as two tasks of lm-eval
    python - "$GSM8K" "$out" <<'PY'
import json, sys
from itertools import islice
from pathlib import Path

from lbt_tasks.data import load_gsm8k

for split, name, count in [("test", "problems", 2), ("train", "bank", 200)]:
    rows = ({"id": p.id, "question": p.question, "answer": p.answer} for p in islice(load_gsm8k(split, sys.argv[1]), count))
    Path(sys.argv[2], f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
PY
    path=$(lbt lm-eval-path)
    lm_eval run --include_path "$path" --tasks lbt_teach_math --model hf --model_args pretrained="$model" \
        --apply_chat_template --metadata "lbt_data=$out/problems.jsonl" lbt_prompt=boxed_brief \
        --gen_kwargs max_gen_toks=400 --batch_size 16 --log_samples --output_path "$out/lm-eval/teach"
    taught=$(find "$out/lm-eval/teach" -name 'samples_lbt_teach_math*.jsonl' | tail -1)
    lm_eval run --include_path "$path" --tasks lbt_exam_math --model hf --model_args pretrained="$student" \
        --apply_chat_template --metadata "lbt_data=$out/problems.jsonl" "lbt_bank=$out/bank.jsonl" \
        "lbt_rationale_file=$taught" lbt_prompt=boxed_brief lbt_items=2 \
        --gen_kwargs max_gen_toks=400 --batch_size 16 --log_samples --output_path "$out/lm-eval/exam"
}

m3() { # examples improved by reflecting on a student's mistakes
    inspect eval lbt_tasks/examples -T task=fallacy ${FALLACY:+-T data_dir="$FALLACY"} -T seeds=1 -T arms=one_student \
        -T rounds=2 -T examples=4 -T minibatch=16 -T reflections=2 -T beam_size=2 -T evaluation_budget=48 \
        -T train_rows=64 -T test_rows=32 "${models[@]}" --log-dir "$out/m3"
    lbt examples "$out/m3" --out "$out/m3/results"
}

m2() { # pairs of scores on training problems, a few steps of LoRA
    inspect eval lbt_tasks/gsm8k -T split=train --limit 4 ${GSM8K:+-T data_dir="$GSM8K"} "${models[@]}" "${brief[@]}" --log-dir "$out/train"
    lbt export-preferences "$out/train" --out "$out/pairs.jsonl" --stats
    lbt train-dpo --pairs "$out/pairs.jsonl" --model_name_or_path "$model" --output_dir "$out/lora" --use_peft \
        --max_steps 4 --per_device_train_batch_size 2 --max_length 768 --learning_rate 1e-4 --save_strategy no ${TRAINING:-}
    for teacher in "$model" "$out/lora"; do  # greedy, before and after
        python -m benchmarks.prompt_formats --model "$teacher" --data "$GSM8K" --problems 8 --prompts boxed_brief
    done
}

server() { # a model behind an OpenAI-compatible server teaches and learns
    LOCAL_BASE_URL=$SERVER LOCAL_API_KEY=none inspect eval lbt_tasks/gsm8k --limit 3 ${GSM8K:+-T data_dir="$GSM8K"} \
        --model openai-api/local/model --display plain --seed 0 "${brief[@]}" --log-dir "$out/server"
    lbt report "$out/server"
}

for route in $routes; do
    [[ -f $out/$route.done ]] && continue
    echo "== $route"
    SECONDS=0
    "$route"
    echo "$route: $SECONDS s" | tee "$out/$route.done"
done
