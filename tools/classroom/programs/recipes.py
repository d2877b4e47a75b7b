"""How each model of the code classroom is brought up.

>>> RECIPES["coder_student_b"].curriculum.demo_noise
0.3
"""

from tools.classroom.arithmetic.recipes import Recipe
from tools.classroom.programs.curriculum import CodeCurriculum

RECIPES = {
    "coder": Recipe(128, 4, CodeCurriculum(all_types=True), steps=900, batch=24),
    "coder_student_a": Recipe(96, 4, CodeCurriculum(right_share=0.5, demo_noise=0.1), steps=900, batch=24),
    "coder_student_b": Recipe(
        64, 4, CodeCurriculum(right_share=0.35, demo_noise=0.3), steps=1000, batch=24, learning_rate=5e-3
    ),
}
