r"""The model `lbt`: a teacher whose best-teaching reply is the answer, for any generate_until task of lm-eval.

    lbt lm-eval run --model lbt --tasks gsm8k_cot \
        --model_args "teacher=hf:pretrained=BIG,students=hf:pretrained=SMALL|hf:pretrained=OTHER,answer=answer"

The task asks, filters and scores as ever; its prompts go to the teacher unchanged. Students sit exams on the task's
other questions, whose answers are in the documents' column `answer`, or on those of a `bank`. Every reply and its LbT
score is written to a table of candidates. Log-likelihoods are the teacher's.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

from lbt_solvers.answers.kinds import name_of
from lbt_solvers.bank import load_problems
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exam_bank import exam_without_models
from lbt_solvers.exams import make_exam_maker
from lbt_solvers.types import Problem
from lbt_tasks.lm_eval_plugin.back_ends import BackEnd, parse_spec, parse_specs
from lbt_tasks.lm_eval_plugin.candidates import read_problems, write_candidates
from lbt_tasks.lm_eval_plugin.method import Method, TaughtRequest
from lbt_tasks.lm_eval_plugin.model_options import ModelOptions, model_options
from lbt_tasks.lm_eval_plugin.options import kind_for
from lbt_tasks.lm_eval_plugin.rationales import QUESTION_COLUMNS

_logger = logging.getLogger(__name__)
_HARNESS = ("batch_size", "max_batch_size", "device", "trust_remote_code")
"""What lm-eval's command line gives a model besides its own arguments: all back ends get it."""


@register_model("lbt")
class LearningByTeachingLM(LM):
    """Teacher and students behind lm-eval's interface; the arguments are those of `ModelOptions`."""

    def __init__(self, **given: Any) -> None:
        super().__init__()
        shared = {key: value for key in _HARNESS if (value := given.pop(key, None)) is not None}
        self.options = model_options(given)
        teacher = parse_spec(self.options.teacher)
        specs = parse_specs(self.options.students) if self.options.students else [teacher]
        made = {str(spec): spec for spec in [teacher, *specs]}
        loaded = {name: BackEnd(spec, shared) for name, spec in made.items()}
        self._teacher, self._students = loaded[str(teacher)], [loaded[str(spec)] for spec in specs]
        self._conversations: dict[str, list[dict[str, str]]] = {}
        self._table_is_new, self._resumes = False, False

    def set_cache_hook(self, cache_hook: Any) -> None:
        """With `--use_cache` only requests that are not in the cache come here: the table keeps the others' lines."""
        super().set_cache_hook(cache_hook)
        self._resumes = True

    def generate_until(self, requests: list[Instance]) -> list[str]:
        """The chosen reply for every request.

        Raises:
            UsageError: documents without the columns that exams need, or a bank without a question for one.
        """
        problems = [_problem(request, self.options) for request in requests]
        # The exam may ask every document but once, however often `repeats` has it answered.
        own = list({problem.id: problem for problem in problems}.values())
        self._begin_table()
        cached = read_problems(self.options.candidates, {each.id for each in own}) if self._resumes else []
        bank = load_problems(self.options.bank) if self.options.bank else [*own, *cached]
        with usage_errors():
            make_exam = make_exam_maker(self.options.exam, bank, **self.options.exam_sizes)
            exams = {problem.id: exam_without_models(make_exam, problem) for problem in own}
        method = Method(self._teacher, self._students, _with_kind(self.options, bank))
        taught = method.teach(requests, problems)
        method.examine(taught, exams)
        chosen = [method.choose(each) for each in taught]
        self._keep(taught, chosen)
        return [each.replies[choice] for each, choice in zip(taught, chosen, strict=True)]

    def loglikelihood(self, requests: list[Instance]) -> list[tuple[float, bool]]:
        """The teacher's."""
        return self._teacher.lm.loglikelihood(requests)

    def loglikelihood_rolling(self, requests: list[Instance]) -> list[float]:
        """The teacher's."""
        return self._teacher.lm.loglikelihood_rolling(requests)

    @property
    def tokenizer_name(self) -> str:
        """The teacher's: the task's prompts are for it."""
        return self._teacher.lm.tokenizer_name

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        """The teacher's."""
        return self._teacher.lm.chat_template(chat_template)

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """The teacher's; the conversation is kept for the table of candidates."""
        text = self._teacher.lm.apply_chat_template(chat_history, add_generation_prompt)
        if add_generation_prompt:
            self._conversations[str(text)] = chat_history  # for chat APIs it is no string
        return text

    def _begin_table(self) -> None:
        if not self._table_is_new and not self._resumes:
            Path(self.options.candidates).unlink(missing_ok=True)
        self._table_is_new = True

    def _keep(self, taught: Sequence[TaughtRequest], chosen: Sequence[int]) -> None:
        path = self.options.candidates
        students = [student.name for student in self._students]
        lines = [
            replace(each.candidates(), teacher=self._teacher.name, students=students, chosen=choice)
            for each, choice in zip(taught, chosen, strict=True)
        ]
        for line in lines:
            line.prompt = self._conversations.get(str(line.prompt), line.prompt)
        written = write_candidates(path, lines, append=True)
        _logger.info("lbt: the candidates of %d requests are in %s", written, path)


def _with_kind(options: ModelOptions, bank: Sequence[Problem]) -> ModelOptions:
    """The options with the kind of answers that suits the gold answers of the exams, where none is named."""
    kind = kind_for(options.answers, options.answer_options, [problem.answer for problem in bank])
    return replace(options, answers=name_of(kind))


def _problem(request: Instance, options: ModelOptions) -> Problem:
    """The document as a problem: its answer is for exams and for the table, no prompt of its own has it."""
    doc: Mapping[str, Any] = request.doc
    columns = [options.question] if options.question else QUESTION_COLUMNS
    question = next((str(doc[column]) for column in columns if column in doc), None)
    if question is None:
        raise UsageError(
            f"Documents of {request.task_name} have no column {' or '.join(columns)}: name the one with the question, "
            f"e.g. question={next(iter(doc), 'text')}. They have {', '.join(doc)}."
        )
    return Problem(f"{request.task_name}/{request.doc_id}", question, _gold(request, options))


def _gold(request: Instance, options: ModelOptions) -> str:
    """The final answer in the column that `answer` names, which may hold a whole solution."""
    if not options.answer:
        return ""
    if options.answer not in request.doc:
        raise UsageError(
            f"Documents of {request.task_name} have no column '{options.answer}': name the one with the answer, "
            f"answer=COLUMN. They have {', '.join(request.doc)}."
        )
    text = str(request.doc[options.answer])
    return options.kind.extract(text).answer or text
