"""The dialogue exam: a student asks its teacher about an exam question, up to T times, and then solves it.

    inspect eval lbt_tasks/gsm8k -T also_examine=dialogue -T budget=full --model MODEL --model-role student=SMALL
    success_and_telling(rows, golds)

The teacher has the rationale before it and is asked not to tell the answer. After the talk the student solves the
question n times (`solutions`), each a sitting. Whether the teacher told is what a leak judge says of its turns
(`leak=judge`: the teacher's model, asked twice where no verdict can be read, then left out, never an OK), or whether
the gold answer stands in them (`leak=answer`).

    raw = success - penalty * telling        score = max(0, raw)

Means over sittings are success@T and telling@T. Sources: PedagogicalRL, arXiv 2505.15607 (dialogue, solutions,
penalty); MathDial, arXiv 2305.14536 (success@k, telling@k).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import Literal

from lbt_solvers.answers import AnswerKind, normalise
from lbt_solvers.exam_bank import ExamContext, ExamMaker, NoExamError
from lbt_solvers.exam_forms import Student, grade_replies
from lbt_solvers.prompts import Demonstration
from lbt_solvers.sittings import Sitting
from lbt_solvers.turns import Turn
from lbt_solvers.types import Exam, GradedReply, Problem, Reply, golds_of

Leak = Literal["judge", "answer"]
READY = "READY"
ASK = (
    "\n\nBefore you solve the problem, ask your teacher one short question about what you do not understand. If you "
    f"have none, reply with {READY} alone."
)
ANSWER = (
    "You are a teacher.{worked}Your student works on this problem:\n\n{question}\n\n{talk}Answer your student's last "
    "question in at most three sentences. Lead the student to the next step. Never tell the final answer of the "
    "problem."
)
JUDGE = (
    "A teacher helped a student with this problem:\n\n{question}\n\nThe teacher said:\n\n{said}\n\nDid the teacher "
    "tell the final answer, or all of the solution? End with one line: LEAK: Yes, or LEAK: No."
)
_VERDICT = re.compile(r"leak\W{0,5}(yes|no)\b", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:[.,/]\d+)*")


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said about one exam question."""

    pairs: tuple[tuple[str, str], ...] = ()
    """The student's questions and the teacher's answers."""
    spent: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Tokens in all, written, cached."""

    def and_reply(self, reply: Reply) -> "Talk":
        """With the cost of one more reply."""
        spent = (self.spent[0] + reply.tokens, self.spent[1] + reply.written, self.spent[2] + reply.cached)
        return replace(self, spent=spent)

    @property
    def text(self) -> str:
        """As it is shown; empty where nothing was said."""
        return "".join(f"Student: {question}\n\nTeacher: {reply}\n\n" for question, reply in self.pairs)

    @property
    def of_teacher(self) -> str:
        """What the teacher said."""
        return "\n\n".join(reply for _, reply in self.pairs)


def leaked(text: str) -> bool | None:
    """The last verdict of a judge; `None` where there is none.

    >>> leaked("It told the steps. LEAK: No"), leaked("fine")
    (False, None)
    """
    found = _VERDICT.findall(text)
    return found[-1].lower() == "yes" if found else None


def holds(text: str, gold: str) -> bool:
    """Whether the gold answer stands in what the teacher said: as a number of its own, or in words.

    >>> holds("Is it 14, or 140?", "14"), holds("It is 140.", "14")
    (True, False)
    """
    if _NUMBER.fullmatch(gold.strip()):
        return gold.strip() in _NUMBER.findall(text)
    return bool(gold.strip()) and gold.strip().casefold() in text.casefold()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The form of the exam."""

    teacher: Student
    judge: Student | None
    """Who says whether the teacher told; `None` looks for the gold answer."""
    answers: AnswerKind
    turns: int
    penalty: float

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """One dialogue, and so many solutions after it."""
        talk = await self._talk(student, shown, item, key)
        talk, telling = await self._telling(talk, item, f"{key}/{student.role}")
        question = f"{talk.text}{item.question}" if talk.pairs else item.question
        replies = await student.replies(student.prompt.messages(question, shown), repetitions, key)
        with student.grading():
            graded = await grade_replies(item, replies, self.answers)
        return [self._scored(one, telling, talk, repetitions) for one in graded]

    def _scored(self, one: GradedReply, telling: bool | None, talk: Talk, repetitions: int) -> GradedReply:
        """The success less the penalty, at its share of the dialogue's cost."""
        tokens, written, cached = (part / repetitions for part in talk.spent)
        spent = {"tokens": one.tokens + tokens, "written": one.written + written, "cached": one.cached + cached}
        if one.score is None or telling is None:
            return one._replace(score=None, **spent)
        raw = one.score - self.penalty * telling
        return one._replace(score=max(0.0, raw), raw=raw, **spent)

    async def _talk(self, student: Student, shown: Sequence[Demonstration], item: Problem, key: str) -> Talk:
        talk = Talk()
        for number in range(self.turns):
            asking = f"{talk.text}{item.question}{ASK}"
            [asked] = await student.replies(student.prompt.messages(asking, shown), 1, f"{key}/ask {number}")
            talk = talk.and_reply(asked)
            if not asked.text.strip() or READY in asked.text:
                break
            request = _teaching(shown, item, f"{talk.text}Student: {asked.text.strip()}\n\n")
            [reply] = await self.teacher.replies(request, 1, f"{key}/{student.role}/tell {number}")
            pairs = (*talk.pairs, (asked.text.strip(), reply.text.strip()))
            talk = replace(talk.and_reply(reply), pairs=pairs)
        return talk

    async def _telling(self, talk: Talk, item: Problem, key: str) -> tuple[Talk, bool | None]:
        """Whether the teacher told the answer; `None` where the judge gave no verdict, twice."""
        if not talk.pairs:
            return talk, False
        if self.judge is None:
            return talk, any(holds(talk.of_teacher, gold) for gold in golds_of(item))
        request = [Turn("user", JUDGE.replace("{said}", talk.of_teacher, 1).replace("{question}", item.question, 1))]
        for attempt in range(2):
            [reply] = await self.judge.replies(request, 1, f"{key}/leak {attempt}")
            talk, found = talk.and_reply(reply), leaked(reply.text)
            if found is not None:
                return talk, found
        return talk, None


def _teaching(shown: Sequence[Demonstration], item: Problem, talk: str) -> list[Turn]:
    worked = " "
    if shown:
        demo = shown[-1]
        worked = f" You solved this problem:\n\n{demo.question}\n\n{demo.rationale}\n\nAnswer: {demo.answer}\n\n"
    slots = {"{worked}": worked, "{question}": item.question, "{talk}": talk}
    return [Turn("user", re.sub("|".join(map(re.escape, slots)), lambda found: slots[found[0]], ANSWER))]


def by_dialogue(maker: ExamMaker, turns: int, solutions: int, leak: Leak, penalty: float) -> ExamMaker:
    """The same questions, after a dialogue about each."""

    async def make(taught: Problem, context: ExamContext, /) -> Exam:
        exam = await maker(taught, context)
        if any(turn.attachments for item in exam.items for turn in item.turns):
            raise NoExamError(
                "exam_kind=dialogue talks about questions of text, found one with more, such as an image."
            )
        judge = context.writer("dialogue: leak judge") if leak == "judge" else None
        form = Dialogue(context.writer("dialogue: teacher"), judge, context.answers, turns, penalty)
        return replace(exam, form=form, repetitions=solutions, repeats=True)

    return make


def success_and_telling(rows: Sequence[Sitting], golds: Sequence[str], penalty: float = 1.0) -> tuple[float, float]:
    """success@T and telling@T of recorded sittings, shares in [0, 1].

    Args:
        rows: Of a dialogue exam; those that are left out do not count.
        golds: The gold answer of each exam question.
        penalty: That of the run.

    Raises:
        ValueError: no sitting that counts, or no penalty, without which the log does not say who told.
    """
    counted = [row for row in rows if row.raw is not None and row.score is not None]
    if not counted or penalty <= 0:
        raise ValueError(
            f"success_and_telling needs sittings and a penalty above 0, found {len(counted)} and {penalty:g}."
        )
    pairs = [_pair(row, golds[row.item], penalty) for row in counted]
    return fsum(success for success, _ in pairs) / len(pairs), fsum(telling for _, telling in pairs) / len(pairs)


def _pair(row: Sitting, gold: str, penalty: float) -> tuple[int, int]:
    """Success and telling; where two pairs come to the same, as with a penalty of 1, the answer says which."""
    right = int(row.answer is not None and normalise(row.answer) == normalise(gold))
    pairs = ((right, 0), (right, 1), (1 - right, 0), (1 - right, 1))
    return min(pairs, key=lambda pair: abs(pair[0] - penalty * pair[1] - (row.raw or 0.0)))
