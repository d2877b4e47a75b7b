"""How similar a question is to every question of a bank: TF-IDF by default, sentence embeddings as an extra.

    >>> cosine = tfidf_similarity(["Compute 2+3.", "How many eggs are left?"])
    >>> [round(float(value), 2) for value in cosine("How many eggs?")]
    [0.0, 0.82]

`lbt_solvers.exams.similar` chooses exam questions by it. Source: paper, section 3.1 and appendix D.3 (the original used
all-mpnet-base-v2 and a FAISS index; a bank of 12,000 questions needs no index).
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.installation import install_command

Encoder = Callable[[list[str]], Any]
"""From n texts to an array of shape (n, dimensions)."""
Similarity = Callable[[str], NDArray[np.float64]]
"""From a question to its cosine with each question of the bank, shape (bank,)."""

WORDS_AND_SIGNS = r"\\\w+|\w+|[^\w\s]"
"""A TeX command, a word or number, or one sign: `+` and `^` tell problems of mathematics apart."""


def tfidf_similarity(questions: Sequence[str]) -> Similarity:
    """Cosine of TF-IDF vectors over words and signs; the weights are fitted to the bank alone."""
    if not any(question.strip() for question in questions):
        return lambda question: np.zeros(len(questions))
    text: Any = import_module("sklearn.feature_extraction.text")
    vectorizer = text.TfidfVectorizer(token_pattern=WORDS_AND_SIGNS, sublinear_tf=True)
    vectors = vectorizer.fit_transform(questions)

    def cosine(question: str) -> NDArray[np.float64]:
        product = vectors @ vectorizer.transform([question]).T
        return np.asarray(product.todense(), dtype=np.float64).ravel()

    return cosine


def embedding_similarity(questions: Sequence[str], embed: str | Encoder) -> Similarity:
    """Cosine of embeddings.

    Args:
        questions: the bank.
        embed: name of a sentence-transformers model, or an encoder.

    Raises:
        ValueError: sentence-transformers is not installed.
    """
    encode = _sentence_transformer(embed) if isinstance(embed, str) else embed
    if not questions:
        return lambda question: np.zeros(0)
    vectors = _unit(encode(list(questions)))

    def cosine(question: str) -> NDArray[np.float64]:
        return vectors @ _unit(encode([question]))[0]

    return cosine


def _unit(vectors: Any) -> NDArray[np.float64]:
    rows = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths == 0, 1, lengths)


def _sentence_transformer(name: str) -> Encoder:
    try:
        library: Any = import_module("sentence_transformers")
    except ImportError as error:
        raise ValueError(
            f"Exams by the embeddings of '{name}' need sentence-transformers, which is not installed: "
            f'{install_command("retrieval")}, or use embed="tfidf".'
        ) from error
    model = library.SentenceTransformer(name)
    return lambda texts: model.encode(texts, show_progress_bar=False)
