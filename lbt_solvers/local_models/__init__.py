"""Local Hugging Face models for Inspect, batched: the provider `hf-batch`.

    inspect eval lbt_tasks/math --model hf-batch/./my-model -M device=cpu -M batch_size=64
    get_model("hf-batch/Qwen/Qwen2.5-0.5B-Instruct", dtype="bfloat16")

Importing this package registers the provider and imports neither torch nor transformers. How to use it and what it
guarantees: docs/local-models.md.
"""

from inspect_ai.model import ModelAPI, modelapi


def model_path(name: str) -> str:
    """The folder of a model, or its name on the Hugging Face hub, from what stands after `hf-batch/`.

    Raises:
        UsageError: no such shipped model, no such folder, or a folder without a model.
    """
    from lbt_solvers.local_models._arguments import resolve_model_path

    return resolve_model_path(name)


@modelapi(name="hf-batch")
def hf_batch() -> type[ModelAPI]:
    """The class of the provider `hf-batch/<folder or hub name>`.

    Raises:
        UsageError: torch or transformers is not installed.
    """
    from lbt_solvers.local_models._arguments import require_packages
    from lbt_solvers.local_models._provider import LocalModelAPI

    require_packages()
    return LocalModelAPI
