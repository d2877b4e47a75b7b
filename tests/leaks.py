"""What other packages leave open is collected where it was left, and does not fail the test that comes after.

@pytest.fixture(autouse=True)
def theirs() -> Iterator[None]:
    with collected():
        yield
"""

import gc
import warnings
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collected() -> Generator[None]:
    """Afterwards, whatever is garbage has gone, without a word about what was not closed."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    gc.freeze()  # what is left is in use: the next collection need not look at it, which takes most of a second
