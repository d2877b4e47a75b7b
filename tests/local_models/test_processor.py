"""How many threads a step takes, and in what numbers it computes, on CPUs of several kinds."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.local_models import _packed_linear, _processor
from lbt_solvers.local_models._packed_linear import FEWEST_WEIGHTS, PackedLinear, can_pack, pack_weights
from lbt_solvers.local_models._processor import busy_seconds, choose_threads, fast_in_bfloat16, free_cores

COMPUTED = [torch.float32, torch.bfloat16] if fast_in_bfloat16() else [torch.float32]


@given(st.integers(1, 64), st.integers(1, 64), st.floats(0, 100))
def test_between_one_thread_and_all_allowed_cores(allowed: int, cores: int, busy: float) -> None:
    threads = free_cores(allowed, cores, busy)
    assert 1 <= threads <= allowed
    assert free_cores(allowed, cores, busy + 1) <= threads


def test_cores_that_others_keep_busy_are_left_to_them() -> None:
    assert [free_cores(2, 2, busy) for busy in (0.0, 0.4, 0.9, 2.0)] == [2, 2, 1, 1]
    assert free_cores(2, 64, 30.0) == 2  # A machine with room, and a process that may use two of its cores.


def test_the_threads_asked_for_are_taken() -> None:
    before = torch.get_num_threads()
    try:
        choose_threads(1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_the_users_number_of_threads_is_the_most() -> None:
    code = "from lbt_solvers.local_models._processor import choose_threads; import torch; choose_threads(None)"
    code += "; print(torch.get_num_threads())"
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True
    )
    assert run.stdout == "1\n", run.stderr


def test_busy_seconds_only_grow() -> None:
    first, second = busy_seconds(), busy_seconds()
    if first is None or second is None:
        pytest.skip("this system does not tell how busy its cores are")
    assert 0 < first <= second


@pytest.mark.parametrize(("own", "busy"), [(0, 300), (5, 1000)])
def test_only_a_nice_process_counts_what_nice_ones_compute(
    own: int, busy: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stat").write_text("cpu  100 700 200 5000 0 0 0 0 0 0\ncpu0 1 2 3\n")
    monkeypatch.setattr(_processor, "Path", lambda name: tmp_path / Path(name).name)
    monkeypatch.setattr(os, "nice", lambda more: own + more)
    assert busy_seconds() == pytest.approx(busy / os.sysconf("SC_CLK_TCK"))


@pytest.mark.parametrize(
    ("text", "fast"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 fma\n", False),
        ("processor\t: 0\nflags\t\t: fpu avx512_bf16 amx_bf16\n", True),
        ("processor\t: 0\nFeatures\t: asimd bf16\n", True),
        ("", False),
    ],
)
def test_bfloat16_where_the_cpu_multiplies_in_it(
    text: str, fast: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(_processor, "Path", lambda name: tmp_path / Path(name).name)
    fast_in_bfloat16.cache_clear()
    try:
        assert fast_in_bfloat16() is fast
    finally:
        fast_in_bfloat16.cache_clear()


@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16, torch.float16])
def test_only_weights_stored_in_bfloat16_are_computed_in_it(
    stored: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lbt_solvers.local_models import _transformers

    config = SimpleNamespace(get_text_config=lambda: SimpleNamespace(dtype=stored), dtype=stored)
    for fast in (True, False):
        monkeypatch.setattr(_transformers, "fast_in_bfloat16", lambda fast=fast: fast)
        expected = "bfloat16" if fast and stored == torch.bfloat16 else "float32"
        assert _transformers.cpu_dtype(config) == expected


@pytest.mark.skipif(not can_pack(), reason="this build of torch cannot lay weights out beforehand")
@given(st.sampled_from(COMPUTED), st.sampled_from([1, 3, 32, 200]), st.booleans(), st.booleans())
def test_packed_weights_give_the_same_product(dtype: torch.dtype, rows: int, bias: bool, contiguous: bool) -> None:
    layer = torch.nn.Linear(512, FEWEST_WEIGHTS // 512, bias=bias, dtype=dtype)
    given_rows = torch.randn(rows, 2, 512) if contiguous else torch.randn(2, rows, 512).transpose(0, 1)
    given_rows = given_rows.to(dtype)
    model = torch.nn.Sequential(layer)
    rtol, atol = (1e-4, 1e-5) if dtype == torch.float32 else (2e-2, 2e-2)
    with torch.inference_mode():
        expected = model(given_rows)
        pack_weights(model)
        assert type(model[0]) is PackedLinear
        torch.testing.assert_close(model(given_rows), expected, rtol=rtol, atol=atol)
        torch.testing.assert_close(model[0].weight, layer.weight)
        torch.testing.assert_close(model(given_rows[:, :1]), expected[:, :1], rtol=rtol, atol=atol)


def test_only_large_plain_layers_of_types_that_the_cpu_multiplies_in_are_packed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_packed_linear, "fast_in_bfloat16", lambda: False)

    class Adapted(torch.nn.Linear):
        """Somebody's own layer, with a forward of its own."""

    large = {"own_layer": Adapted(512, 512), "bfloat16_layer": torch.nn.Linear(512, 512, dtype=torch.bfloat16)}
    model = torch.nn.ModuleDict({**large, "small": torch.nn.Linear(8, 8)})
    before = dict(model.items())
    pack_weights(model)
    assert dict(model.items()) == before


def test_weights_that_are_shared_with_an_embedding_stay_there() -> None:
    embedding, head = torch.nn.Embedding(1024, 256), torch.nn.Linear(256, 1024, bias=False)
    head.weight = embedding.weight
    expected = embedding.weight.detach().clone()
    model = torch.nn.Sequential(embedding, head)
    pack_weights(model)
    assert torch.equal(embedding.weight, expected)
    torch.testing.assert_close(model[1].weight, expected)
