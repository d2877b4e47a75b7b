"""How each model of the classroom is brought up: its size, its curriculum and its schedule.

    >>> RECIPES["student_a"].curriculum.demo_noise
    0.1

Schedules count steps, not minutes, so that a busy machine gives the same model.
"""

from dataclasses import dataclass

from tools.classroom.arithmetic.curriculum import Curriculum, DialogueSource

HEAD_SIZE = 32
"""vLLM's CPU attention refuses smaller heads."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Size, curriculum and schedule of one model."""

    width: int
    layers: int
    curriculum: DialogueSource
    steps: int
    batch: int = 32
    """Dialogues a step."""
    learning_rate: float = 4e-3

    @property
    def heads(self) -> int:
        """Attention heads of `HEAD_SIZE`."""
        return self.width // HEAD_SIZE


RECIPES = {
    "teacher": Recipe(128, 3, Curriculum(all_types=True, composed=0.1), steps=2000),
    "student_a": Recipe(96, 4, Curriculum(right_share=0.5, demo_noise=0.1, composed=0.2), steps=2200),
    "student_b": Recipe(
        64, 4, Curriculum(right_share=0.35, demo_noise=0.3, composed=0.15), steps=2000, learning_rate=5e-3
    ),
    "inattentive": Recipe(64, 3, Curriculum(demo_noise=1.0, composed=0.0), steps=1000, learning_rate=5e-3),
}
