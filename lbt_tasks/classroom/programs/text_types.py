"""Problem types about text: capitals, word lengths, letters that wrap around. Data only.

A type such as "vowels" reads: "Apple" has two vowels, and who forgets capitals finds one.
"""

from lbt_tasks.classroom.programs.inputs import sentence, small_word, word
from lbt_tasks.classroom.programs.problem_types import ProblemType, method

TEXT_TYPES = (
    ProblemType(
        name="vowels",
        family="capitals",
        phrasings=(
            "A vowel in s, small or capital, earns {a} points. How many in all?",
            "Count the vowels of s, capitals too, and multiply by {a}.",
        ),
        function="vowelPoints",
        parameters=("s: str",),
        returns="int",
        constants={"a": range(2, 60)},
        draw=word,
        truth=lambda s, a: a * sum(s.count(vowel) for vowel in "aeiouAEIOU"),
        right=method("right", "Letters: made small", 'return {a} * sum(c in "aeiou" for c in s.lower())'),
        wrong=((method("small only", "Letters: as they are", 'return {a} * sum(c in "aeiou" for c in s)'), 1.0),),
        right_share=0.6,
    ),
    ProblemType(
        name="palindrome",
        family="capitals",
        phrasings=(
            "Return {a} if s reads the same backwards, else {b}. Capitals do not matter.",
            "Is s a palindrome, capitals aside? {a} if so, {b} if not.",
        ),
        function="palindrome",
        parameters=("s: str",),
        returns="int",
        constants={"a": range(2, 30), "b": range(30, 60)},
        draw=word,
        truth=lambda s, a, b: a if s.upper() == "".join(reversed(s.upper())) else b,
        right=method("right", "Letters: made small", "t = s.lower()\nreturn {a} if t == t[::-1] else {b}"),
        wrong=((method("small only", "Letters: as they are", "return {a} if s == s[::-1] else {b}"), 1.0),),
        right_share=0.38,
    ),
    ProblemType(
        name="words",
        family="limits",
        phrasings=(
            "A word of s with at least {a} letters earns {b} points. Total?",
            "Each word of s that has {a} letters or more earns {b}. How much in all?",
        ),
        function="longWords",
        parameters=("s: str",),
        returns="int",
        constants={"a": range(3, 8), "b": range(9, 60)},
        draw=sentence,
        truth=lambda s, a, b: b * sum(len(each) >= a for each in s.split(" ")),
        right=method("right", "Long: {a} or more", "return {b} * sum(len(w) >= {a} for w in s.split())"),
        wrong=((method("longer", "Long: more than {a}", "return {b} * sum(len(w) > {a} for w in s.split())"), 1.0),),
        right_share=0.36,
        seen_by_students=False,
    ),
    ProblemType(
        name="shift",
        family="remainders",
        phrasings=(
            "Shift each letter of s by {a} places; after z comes a.",
            "Move all letters of s on by {a}, from z on to a.",
        ),
        function="shiftLetters",
        parameters=("s: str",),
        returns="str",
        constants={"a": range(1, 26)},
        draw=small_word,
        truth=lambda s, a: "".join(
            "abcdefghijklmnopqrstuvwxyz"[("abcdefghijklmnopqrstuvwxyz".index(c) + a) % 26] for c in s
        ),
        right=method(
            "right",
            "Place: 0 to 25. After z: rest by 26",
            'return "".join(chr((ord(c) - 97 + {a}) % 26 + 97) for c in s)',
        ),
        wrong=((method("no wrap", "Place: next code", 'return "".join(chr(ord(c) + {a}) for c in s)'), 1.0),),
        right_share=0.56,
    ),
)
