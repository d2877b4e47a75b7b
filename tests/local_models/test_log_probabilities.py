"""Log-probabilities of prompts and replies against plain forward passes of the model, and against lm-eval's `hf`."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from anyio import create_task_group
from hypothesis import given, settings
from hypothesis import strategies as st
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, ModelOutput
from transformers import AutoModelForCausalLM, AutoTokenizer

from lbt_solvers.local_models import _decoder
from lbt_solvers.local_models._decoder import DecodedRow, Decoder
from lbt_solvers.local_models._prefixes import key_of
from lbt_solvers.local_models._requests import LocalModelError
from tests.local_models.conftest import Local, generate
from tests.local_models.tiny_models import make_tiny_model, make_tokenizer

CLOSE = 1e-3
PROMPTS = st.lists(
    st.tuples(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.floats(0, 1)), min_size=1, max_size=5
)
"""Of few different tokens, so that they begin alike; and from which share of them on scores are wanted."""
READ: dict[str, Any] = {"prompt_logprobs": 1, "max_tokens": 1}
CONTINUED: dict[str, Any] = {**READ, "extra_body": {"prompt_logprobs_of": "continued"}}


@torch.inference_mode()
def plain(model: Any, tokens: Sequence[int]) -> torch.Tensor:
    """Log-probabilities of every next token, [tokens, vocabulary]."""
    return torch.log_softmax(model(input_ids=torch.tensor([tokens])).logits[0].float(), -1)


@settings(max_examples=15, deadline=None)
@given(PROMPTS, st.sampled_from([2**27, 2000]))
def test_scores_of_a_prompts_tokens_are_those_of_a_plain_pass(
    model: Any,
    prompts: list[tuple[list[int], float]],
    scores_per_read: int,
) -> None:
    starts = [max(1, int(share * len(tokens))) for tokens, share in prompts]
    with pytest.MonkeyPatch.context() as patch, torch.inference_mode():
        patch.setattr(_decoder, "SCORES_PER_READ", scores_per_read)
        decoder: Decoder[DecodedRow] = Decoder(model)
        asked = [(key_of(tokens), start) for (tokens, _), start in zip(prompts, starts, strict=True)]
        found = dict(decoder.read_scores(asked))
    for place, ((tokens, _), start) in enumerate(zip(prompts, starts, strict=True)):
        wanted = plain(model, tokens)[start - 1 : -1]
        torch.testing.assert_close(torch.log_softmax(found[place], -1), wanted, rtol=0, atol=CLOSE)


def conversation(question: str, said: str) -> list[ChatMessage]:
    return [ChatMessageUser(content=question), ChatMessageAssistant(content=said)]


def told(output: ModelOutput) -> list[float]:
    scores = output.choices[0].prompt_logprobs
    assert scores is not None
    return [each.logprob for each in scores.content]


@pytest.mark.anyio
async def test_a_continued_turn_has_the_log_likelihood_that_lm_eval_gives_it(local: Local, tiny: Path) -> None:
    hflm: Any = pytest.importorskip("lm_eval.models.huggingface").HFLM
    instance: Any = pytest.importorskip("lm_eval.api.instance").Instance
    cases = [("Compute 2+3*4.", "3*4=12. ANSWER: 14"), ("Compute 2+3*4.", "5*4=20."), ("\u00fc?", " na\u00efve \u2713")]
    lm = hflm(pretrained=str(tiny), device="cpu", dtype="float32", batch_size=2)
    pairs = [(f"<|user|>{question}<|end|><|assistant|>", said) for question, said in cases]
    wanted = lm.loglikelihood([instance("loglikelihood", {}, pair, at) for at, pair in enumerate(pairs)])
    found: dict[int, ModelOutput] = {}
    api = local(tiny)

    async def ask(at: int) -> None:
        found[at] = await generate(api, conversation(*cases[at]), **CONTINUED)

    async with create_task_group() as group:
        for at in range(len(cases)):
            group.start_soon(ask, at)
    for at, (total, _) in enumerate(wanted):
        assert math.fsum(told(found[at])) == pytest.approx(total, abs=CLOSE)
        assert "".join(each.token for each in found[at].choices[0].prompt_logprobs.content).isascii() == (at < 2)  # type: ignore[union-attr]
        usage = found[at].usage
        assert usage is not None
        assert (usage.output_tokens, found[at].completion) == (0, "")


@pytest.mark.anyio
@pytest.mark.parametrize("template", ["own", "none"])
async def test_a_whole_prompt_is_told_but_for_its_first_token(local: Local, tiny: Path, template: str) -> None:
    api = local(tiny, **({"chat_template": "none"} if template == "none" else {}))
    text = "<|user|>Compute 2.<|end|><|assistant|>It is 2" if template == "own" else "Compute 2.\n\nIt is 2"
    whole = told(await generate(api, conversation("Compute 2.", "It is 2"), **READ))
    said = told(await generate(api, conversation("Compute 2.", "It is 2"), **CONTINUED))
    ids = AutoTokenizer.from_pretrained(tiny)(text)["input_ids"]
    log_p = plain(AutoModelForCausalLM.from_pretrained(tiny).eval(), ids)
    wanted = [float(log_p[at, token]) for at, token in enumerate(ids[1:])]
    assert whole == pytest.approx(wanted, abs=CLOSE)
    assert said == pytest.approx(wanted[-len(said) :], abs=CLOSE)
    assert len(said) == len("It is 2")  # a token a byte
    output = await generate(api, conversation("Compute 2.", "It is 2"), **READ)
    ranks = [1 + int((log_p[at] > log_p[at, token]).sum()) for at, token in enumerate(ids[1:])]
    assert output.metadata == {"rank_sum": sum(min(rank, 100) for rank in ranks)}


@pytest.mark.anyio
async def test_a_template_that_changes_the_turn_is_said(local: Local, tmp_path: Path) -> None:
    template = "{% for m in messages %}{{ m.role }}: {{ m.content | upper }} {{ m.content[-1:] }}{% endfor %}"
    api = local(make_tiny_model(tmp_path, template=template))
    with pytest.raises(LocalModelError, match="template"):
        await generate(api, conversation("a question", "an answer"), **CONTINUED)


@pytest.mark.anyio
async def test_the_drawn_tokens_are_told_by_the_models_own_scores(local: Local, tmp_path: Path) -> None:
    """Whatever drew them: temperature, top-k and a penalty change what is drawn, not what the model thinks of it."""
    known = make_tokenizer()
    texts = {token: known.decode([token]) for token in range(len(known))}
    no_text = [token for token, text in texts.items() if not (text.isascii() and text.isprintable())]
    folder = make_tiny_model(tmp_path, ends=0.5, repetition_penalty=1.5, suppress_tokens=no_text)
    sampled: dict[str, Any] = {"temperature": 1.7, "top_k": 5, "seed": 3, "num_choices": 2, "max_tokens": 12}
    output = await generate(local(folder), "Compute 2.", logprobs=True, top_logprobs=2, **sampled)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    prompt = tokenizer("<|user|>Compute 2.<|end|><|assistant|>")["input_ids"]
    for choice, certainty in zip(output.choices, (output.metadata or {})["self_certainty"], strict=True):
        assert choice.logprobs is not None
        ids = tokenizer("".join(each.token for each in choice.logprobs.content))["input_ids"]
        log_p = plain(model, [*prompt, *ids])[len(prompt) - 1 : -1]
        assert [each.logprob for each in choice.logprobs.content] == pytest.approx(
            [float(log_p[at, token]) for at, token in enumerate(ids)], abs=CLOSE
        )
        for each, row in zip(choice.logprobs.content, log_p, strict=True):
            assert [top.logprob for top in each.top_logprobs or []] == pytest.approx(row.topk(2)[0].tolist(), abs=CLOSE)
        wanted = (-log_p.mean(-1) - math.log(log_p.shape[-1])).mean()
        assert certainty == pytest.approx(float(wanted), abs=CLOSE)
    without = await generate(local(folder), "Compute 2.", **sampled)
    assert [choice.message.text for choice in without.choices] == [choice.message.text for choice in output.choices]
    assert without.choices[0].logprobs is None
