"""How the harness asks a model: its messages through the chat template, with the prefill begun where there is one.

prompt_text(prompt_format, "Compute 2+3*4.", [demonstration], tokenizer)
"""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerFast

from lbt_solvers.prompts import Demonstration, PromptFormat


def prompt_text(
    prompt_format: PromptFormat, question: str, shown: Sequence[Demonstration], tokenizer: PreTrainedTokenizerFast
) -> str:
    messages = [{"role": turn.role, "content": turn.text} for turn in prompt_format.messages(question, shown)]
    if prompt_format.prefill:
        messages.append({"role": "assistant", "content": prompt_format.prefill})
    prompt = tokenizer.apply_chat_template(
        messages,
        tokenize=False,
        add_generation_prompt=not prompt_format.prefill,
        continue_final_message=bool(prompt_format.prefill),
    )
    assert isinstance(prompt, str)
    return prompt
