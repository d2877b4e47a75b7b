"""A shipped student's log-likelihoods are the same by hf-batch, a plain pass, lm-eval's hf, and vLLM where it runs."""

import os

import pytest
from inspect_ai.util._concurrency import init_concurrency

from tests.vllm.log_likelihoods import CLOSE, STUDENT, by_inspect, cases, every_way, furthest

SERVER = "LBT_VLLM_SERVER"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Inspect's limits of calls under way belong to the event loop of the run before."""
    init_concurrency()


def test_three_ways_without_a_server() -> None:
    pytest.importorskip("lm_eval", reason="needs the extra lm-eval")
    found = every_way(cases())
    assert furthest(found) < CLOSE and len({round(total, 3) for total in found["hf-batch"]}) == len(cases())


def test_vllm_tells_the_same() -> None:
    if not (url := os.environ.get(SERVER)):
        pytest.skip(f"{SERVER}, the address of a vLLM server with {STUDENT}, is not set; make vllm-smoke asks one.")
    asked = cases()
    found = {"forward": by_inspect(asked, f"hf-batch/{STUDENT}"), "vllm": by_inspect(asked, f"vllm/{STUDENT}", url)}
    assert furthest(found) < CLOSE
