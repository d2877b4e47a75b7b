"""Public data sets as problems: found in a folder of yours, or downloaded once and checked.

    from lbt_tasks.data import load_math500, load_variants, teaching_problems
    variants = load_variants()
    taught = teaching_problems(load_math500(), variants)  # the paper's 181

Nothing is shipped with the package; `docs/data.md` lists sources, licences and checksums.
"""

from lbt_tasks.data.download import DataError, DataFile, data_file
from lbt_tasks.data.gsm8k import load_gsm8k
from lbt_tasks.data.math500 import load_math500, load_math_rest
from lbt_tasks.data.math_functional import load_variants, teaching_problems

__all__ = [
    "DataError",
    "DataFile",
    "data_file",
    "load_gsm8k",
    "load_math500",
    "load_math_rest",
    "load_variants",
    "teaching_problems",
]
