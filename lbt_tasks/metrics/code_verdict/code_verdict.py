"""`code_eval` for Hugging Face's `evaluate`, in a sandbox: the same signature, no `HF_ALLOW_CODE_EVAL`.

    metric = evaluate.load("<path to lbt_tasks>/metrics/code_verdict")
    pass_at_k, results = metric.compute(
        predictions=[["def add(a, b): return a * b", "def add(a, b): return a + b"]],
        references=["assert add(2, 3) == 5"], k=[1, 2],
    )

Needs `pip install evaluate` and a Docker Engine. `num_workers` is the number of containers, `timeout` the CPU seconds
for a test. The candidate is a whole program; the tests run apart from it and may call one function or class of it.
"""

# Imported by evaluate alone, which is not among the dependencies; its parser reads the imports, hence separate lines.
# pyright: basic, reportMissingImports=false, reportArgumentType=false
from collections import defaultdict

import datasets
import evaluate
from lbt_sandbox.pass_at_k import pass_at_k

from lbt_tasks.metrics.reference_tests import grade_all, result_row

_DESCRIPTION = "pass@k of programs, graded in a hardened sandbox with a verdict for every test."
_INPUTS = """
predictions: for each task a list of candidate programs.
references: for each task a test program.
k: the k of pass@k; num_workers: containers; timeout: CPU seconds for a test; engine: "docker" or "process".
"""


class CodeVerdict(evaluate.Metric):
    """The metric; `compute` returns pass@k by name, and for each task its results."""

    def _info(self):
        features = {"predictions": datasets.Sequence(datasets.Value("string")), "references": datasets.Value("string")}
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description=_INPUTS,
            features=datasets.Features(features),
        )

    def _compute(self, predictions, references, k=(1, 10, 100), num_workers=4, timeout=3.0, engine="docker"):
        graded = grade_all(predictions, references, timeout, num_workers, engine)
        results = defaultdict(list)
        for task, reports in enumerate(graded):
            for completion, report in enumerate(reports):
                results[task].append((completion, result_row(task, completion, report)))
        counts = [(len(rows), sum(row["passed"] for _, row in rows)) for rows in results.values()]
        rates = {
            f"pass@{draws}": sum(pass_at_k(total, correct, draws) for total, correct in counts) / len(counts)
            for draws in k
            if counts and all(total >= draws for total, _ in counts)
        }
        return rates, results
