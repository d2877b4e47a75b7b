r"""An answer as it was written, without what stands around it; and the value that a sentence states.

>>> answer_text("**$\\boxed{3}$**."), stated("Lena owes 64 dollars."), stated("50000 * 1.15 = 57500.00")
('3', '64 dollars', '57500.00')
"""

import re

from lbt_solvers.answers._boxes import box_groups
from lbt_solvers.answers._latex import split_top
from lbt_solvers.answers._names import LEAD
from lbt_solvers.answers._units import is_unit_word

_MATH = re.compile(
    r"(?<!\\)(\$\$?)(?P<dollars>(?:\\.|[^$\\])+)\1|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]", re.DOTALL
)
_SENTENCE_END = re.compile(r"[.!]\s+(?=[A-Z])|[.!]\s*[^\w\s.$\\)\]}]{1,4}\s*$|[,;]?\s(?:because|since)\s")
_TOKENS = re.compile(
    r"<\|?(?:im_end|im_start|eot_id|eom_id|end|endoftext|end_of_text|return|eos|end_of_turn|/s|pad)\|?>"
    r"|<\uff5cend\u2581of\u2581sentence\uff5c>|\[/?(?:EOS|PAD|INST)\]",
    re.IGNORECASE,
)
_EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d\u2b50\u2b55]+")
_HTML = re.compile(r"</?(?:b|strong|em|i|p|span|div|u|br|center|code)\s?/?>", re.IGNORECASE)
_BOLD = re.compile(r"(?<![\w)}*])(\*\*|__)(?!\s)([^*\n]{1,200}?)(?<!\s)\1(?![\w(*])")
_EDGE_SPACING = re.compile(
    r"^(?:\\[,;:!> ]|\\q?quad(?![A-Za-z])|~|\s)+|(?:(?<!\\)\\[,;:!>]|(?<!\\)\\ |\\q?quad|~|\s)+$"
)
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_CONCLUDES = re.compile(
    r".*(?:\b(?:is|are|was|were|equals|is equal to|leaves|remains?|be)\b|'s\b|=)\s*:?\s*(?P<tail>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_ANSWER_LIKE = re.compile(r"\d|\\[A-Za-z]|^\W*[A-Za-z]\W*$")
_COMMANDS = re.compile(
    r"\\(?:times|cdot|div|frac|dfrac|tfrac|left|right|text(?:bf|rm)?\{[^{}]*\}|approx|quad|,|\$|%)(?![A-Za-z])"
)
_OPERATOR = re.compile(r"[-+*/^\u00d7\u00f7\u00b7]|\\(?:times|cdot|div|d?frac)|(?<=\d)\s?x\s?(?=\d)")
_VALUE = re.compile(
    r"(?P<sign>[-\u2212+])?(?P<money>(?:\\?\$|[\u20ac\u00a3\u00a5\u20b9])\s?)?"
    r"(?:\d+(?:[,.]\d+|\s\d{3}(?!\d))*(?:\s?/\s?\d+|\s\d+/\d+)?|\\d?frac\s?\{?[^{}]{1,40}\}?\{?[^{}]{1,40}\}?|\.\d+)"
    r"(?:\s?(?:\\?%|\\pi|\u03c0|\^\{?\\circ\}?|\u00b0|[\u20ac\u00a3]))?"
)
_VERBS = frozenset(
    "is are was were be equals has have had owes owe gets get costs cost needs need makes make takes take pays pay"
    " earns earn saves save spends spend sells sell buys buy keeps keep holds hold left about approximately approx"
    " roughly exactly only just total around nearly almost therefore so thus hence it there they he"
    " she we you i".split()
)
_MATHEMATICAL = frozenset(
    "least most than between not no never or and to from divided times plus minus over mod modulo square root cube"
    " cubed squared negative half twice double triple third thirds quarter pi log ln sin cos tan factorial choose"
    " base power infinity sum product multiple multiples divisible every except any cannot less more"
    " greater per ratio point through if unless union interval all real".split()
)
MAX_WORDS = 3
"""More words than this are prose, not an answer."""
MAX_UNIT_WORDS = 2
"""Words that may follow a number at the end of a sentence: `The total is 12 square metres.`"""
MAX_ANSWER = 2_000
"""Characters above which what a marker is followed by is no answer."""
MAX_UNWRAPPINGS = 8
MIN_WORD = 4
"""Letters of a word in a calculation, as in `3 boxes * 4`: fewer may be a product of unknowns."""
MAX_SENTENCE = 300


def word_count(text: str) -> int:
    """Words of two letters and more; commands of LaTeX are none."""
    return len(_WORD.findall(text))


def answer_text(written: str) -> str:
    """An answer without the wrappers around it: bold, dollars, boxes, tags, `The answer is`, a full stop.

    Empty where more than `MAX_ANSWER` characters are written: that is no answer.
    """
    if len(written) > MAX_ANSWER:
        return ""
    for _ in range(MAX_UNWRAPPINGS):
        before = written
        written = _unwrapped(written.strip())
        if written == before:
            break
    return written


def stated(answer: str) -> str:
    """The value that an answer states: what a calculation comes to, the one number of a short sentence.

    Anything else stays as it is.
    """
    if len(answer) > MAX_SENTENCE:
        return answer
    answer = answer.strip().removesuffix("=").removeprefix("= ").strip()
    if "=" in answer and (result := calculated(answer)):
        return result
    if word_count(answer) and (value := _value_of_sentence(answer)):
        return value
    return answer


def concluded(sentence: str) -> str:
    """The answer in which a sentence or an equation ends, `... is 14`; empty where it does not clearly."""
    if not word_count(_COMMANDS.sub("", sentence)):
        return answer_text(calculated(answer_text(sentence)))
    found = _CONCLUDES.fullmatch(sentence)
    tail = answer_text(found["tail"]) if found else ""
    tail = calculated(tail) or tail
    if _ANSWER_LIKE.search(tail) and word_count(tail) <= MAX_UNIT_WORDS:
        return tail
    return _emphasised(sentence)


def calculated(equation: str) -> str:
    """What a chain of equal signs comes to, `a * b = c`; empty where it is an equation between unknowns."""
    sides = [side.strip() for side in split_top(equation, "=")]
    if len(sides) < 2 or not all(sides) or any(side.endswith(("<", ">", "!", ":")) for side in sides[:-1]):
        return ""
    last = sides[-1]
    before = [_COMMANDS.sub(" ", side) for side in sides[:-1]]
    if all(_is_arithmetic(side) for side in before):
        return last
    if len(sides) > 2 and re.search(r"\d", last) and not re.search(r"[A-Za-z]", _COMMANDS.sub("", before[-1])):
        return f"{sides[0]}={last}" if re.fullmatch(r"\\?[A-Za-z]\w?", sides[0]) else last
    return ""


def _is_arithmetic(side: str) -> bool:
    """Numbers, operators and the units of numbers; nothing unknown."""
    plain = re.sub(r"(?<=\d)\s?x\s?(?=\d)", "*", side)
    words = [(word[0], word.start()) for word in re.finditer(r"[A-Za-z]+", plain)]
    unknown = (
        word
        for word, at in words
        if not is_unit_word(word) and (len(word) < MIN_WORD or (at and not plain[at - 1].isspace()))
    )
    return bool(re.search(r"\d", side)) and next(unknown, None) is None


def last_sentence(line: str) -> str:
    """The last sentence of a line."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", line.strip())[-1]


def one_value(sentence: str) -> str:
    """The only number of a sentence, with the unit behind it; empty where there is none, or more than one."""
    plain = _BOLD.sub(r"\2", _without_dollars(sentence))
    values = [each for each in _VALUE.finditer(plain) if each[0].strip()]
    if len(values) != 1:
        return ""
    value, after = values[0], plain[values[0].end() :]
    if value.start() and plain[value.start() - 1] in "^_{(\\" or re.match(r"\s?[-+*/^=(\\<>]|[A-Za-z]", after):
        return ""
    unit = re.match(r"\s((?:(?:square|cubic|sq\.?)\s)?[A-Za-z]+)", after)
    known = unit and is_unit_word(unit[1].split()[-1].rstrip("."))
    return f"{value[0].strip()} {unit[1]}" if unit and known else value[0].strip()


def _value_of_sentence(sentence: str) -> str:
    """The value where a clause states one number; empty where words belong to the answer, as in `Chapter 3`."""
    if re.search(r"\\begin|\\frac.*=|[<>]|\\(?:le|ge|ne|in)(?![A-Za-z])|n't\b", sentence):
        return ""
    plain = _without_dollars(sentence)
    value = one_value(sentence)
    if not value:
        return ""
    at = plain.find(value.split(" ")[0])
    before, after = (set(re.findall(r"[a-z]+", part.lower())) for part in (plain[:at], plain[at + len(value) :]))
    if (before | after) & _MATHEMATICAL:
        return ""
    labelled = re.search(r":\s*\W{0,4}$", plain[:at])
    clause = len(before) >= 2 or before & _VERBS or labelled
    return value if clause or (not before and len(after) > MAX_UNIT_WORDS + 1) else ""


def _without_dollars(text: str) -> str:
    return _MATH.sub(lambda each: next(filter(None, (each["dollars"], each["round"], each["square"]))), text)


def _emphasised(sentence: str) -> str:
    """The one number in bold type, or in a formula of its own."""
    bold = [each[2] for each in _BOLD.finditer(sentence) if re.search(r"\d|\\[A-Za-z]", each[2])]
    found = answer_text(bold[0]) if len(bold) == 1 else ""
    return found if word_count(found) <= MAX_UNIT_WORDS else ""


def _unwrapped(written: str) -> str:
    written = _EDGE_SPACING.sub("", _EMOJI.sub("", _HTML.sub("", _TOKENS.sub("", written))))
    if groups := box_groups(written):
        return groups[-1].answer
    for mark in ("**", "__", "`", "*"):
        opened = written.count(mark) <= 2  # one where the line began in bold and the marker took the start
        if opened and written.endswith(mark):
            written = written[: -len(mark)].removeprefix(mark)
    written = _BOLD.sub(r"\2", written)
    if re.fullmatch(r"<[^<>]+>", written):
        return written[1:-1]
    if lead := LEAD.match(written):
        written = written[lead.end() :]
    if stop := _SENTENCE_END.search(written):
        written = written[: stop.start()]
    written = _balanced(_only_formula(written))
    if written.endswith("\u3002") or (written.endswith(".") and not written.endswith("..")):
        written = written[:-1]
    return written


def _balanced(written: str) -> str:
    """Without the closing bracket of a marker that took the opening one, as in `<ANSWER: 3}`."""
    while written and written[-1] in ">}])" and not written.endswith("\\}"):
        opening = {">": "<", "}": "{", "]": "[(", ")": "(["}[written[-1]]
        if sum(map(written.count, opening)) >= written.count(written[-1]) or re.fullmatch(r"[A-J]\)", written):
            break
        written = written[:-1].rstrip()
    return written


def _only_formula(written: str) -> str:
    """The formula where it is the only one, alone or after words; a unit that follows it is kept."""
    formulas = list(_MATH.finditer(written))
    if len(formulas) != 1:
        return written
    formula = formulas[0]
    inside = next(filter(None, (formula["dollars"], formula["round"], formula["square"])))
    before, after = written[: formula.start()], written[formula.end() :]
    if re.search(r"\d", before + after):
        return written
    is_unit = not before.strip() and 1 <= word_count(after) <= 3 and "," not in after
    return f"{inside.strip()}{after}" if is_unit else inside.strip()
