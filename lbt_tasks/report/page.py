"""`lbt report LOG... --html report.html`: one self-contained page that a browser shows without a network.

    write_page(["logs/demo"], "report.html")

The page says first whether teaching helped, at what cost, and how sure one can be; then come the table, the figures,
and a few problems with their rationales. What a log does not hold is said in its place. The template is
`page.html.j2`; the drawings are in `figures.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from math import isnan, nan
from pathlib import Path

from lbt_solvers.errors import UsageError
from lbt_solvers.installation import install_command
from lbt_solvers.statistics import mean, paired_difference, share_interval
from lbt_solvers.tables import Table, as_percent, as_points, bounds, p_equals, percent, points
from lbt_tasks.logs import find_logs
from lbt_tasks.report.answer_groups import answer_groups
from lbt_tasks.report.cells import wide_table
from lbt_tasks.report.curves import read_curves
from lbt_tasks.report.details import TaughtProblem, read_details
from lbt_tasks.report.figures import Figure
from lbt_tasks.report.kinds import other_kinds
from lbt_tasks.report.label_free import label_line, label_summary, loss_table, losses
from lbt_tasks.report.layouts import CONTROL, title_of
from lbt_tasks.report.naming import named_runs
from lbt_tasks.report.provenance import provenance_lines
from lbt_tasks.report.render import partial_lines, sureness
from lbt_tasks.report.scrutiny import Scrutiny, scrutinise, scrutiny_lines
from lbt_tasks.report.sections import (
    by_group,
    calibration,
    headline,
    over_budget,
    over_coverage,
    over_rationales,
    over_tokens,
)
from lbt_tasks.report.summary import Run, Summary, read_run, summarise
from lbt_tasks.selectors.curves import on_the_page

SHOWN_PROBLEMS = 5
SHOWN_ANSWERS = 5


@dataclass(slots=True)
class LogSection:
    """One log's part of the page."""

    summary: Summary
    verdict: str
    table: Table
    figures: list[Figure] = field(default_factory=list[Figure])
    missing: list[str] = field(default_factory=list[str])
    """What could not be shown, and why."""
    problems: list[tuple[str, TaughtProblem]] = field(default_factory=list[tuple[str, TaughtProblem]])
    """With the reason why each was picked."""
    students: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    labels: str = ""
    """How a label-free exam got its labels."""
    scrutiny: Scrutiny = field(default_factory=Scrutiny)
    doubts: Sequence[str] = ()
    """What a sceptic asks, in words."""
    control: str = ""
    """What students did without a demonstration, in words."""


def write_page(
    paths: Sequence[str],
    html: str | None,
    png: str | None = None,
    curves: Sequence[str] = (),
    names: str | None = None,
    forms: Mapping[str, str] | None = None,
) -> None:
    """Reads the logs and writes the page, its figures, or both.

    Args:
        paths: Inspect logs, or folders of them.
        html: The page's file.
        png: A folder for the figures, one PNG each.
        curves: Files or folders with curves of training or of rounds, see `lbt_tasks.report.curves`.
        names: What the logs are called, with commas between.
        forms: Folders for the figures in other forms, by the ending: `{"svg": "figures", "pdf": "figures"}`.

    Raises:
        UsageError: no log could be read, a curve cannot be, or matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise UsageError(f"The page's figures need matplotlib: {install_command('report')}")
    sections, unread = read_sections(paths)
    for section, run in zip(sections, named_runs([each.summary.run for each in sections], names), strict=True):
        section.summary = replace(section.summary, run=run)
    drawn = read_curves(curves) if curves else []
    for form, folder in {**({"png": png} if png else {}), **(forms or {})}.items():
        Path(folder).mkdir(parents=True, exist_ok=True)
        for figure in [*(figure for section in sections for figure in section.figures), *drawn]:
            figure.save(str(Path(folder, f"{figure.name}.{form}")))
    if html:
        Path(html).write_text(_rendered(sections, unread, drawn), encoding="utf-8")


def _rendered(sections: Sequence[LogSection], unread: Sequence[str], curves: Sequence[Figure]) -> str:
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8"))
    return template.render(
        sections=sections,
        unread=unread,
        mixed=_mixed(sections),
        losses=_losses(sections),
        curves=curves,
        groups_of=lambda problem: answer_groups(problem.rationales, SHOWN_ANSWERS),  # pyright: ignore
        made_of=provenance_lines,
    )


def _losses(sections: Sequence[LogSection]) -> list[tuple[str, Table]]:
    """What stands beside what, and their comparison."""
    places = {section.summary.run.log: at for at, section in enumerate(sections, 1)}
    found: list[tuple[str, Table]] = []
    for loss in losses([section.summary for section in sections]):
        pair = f"({places[loss.label_free]}) without gold answers beside ({places[loss.labelled]}) with them"
        text = f"{pair}: {loss.problems} problems, the same rationales in {loss.same_rationales}."
        found.append((text, loss_table(loss)))
    return found


def read_sections(paths: Sequence[str]) -> tuple[list[LogSection], list[str]]:
    """A section a log, and a line for each log that could not be read.

    Raises:
        UsageError: not one log could be read.
    """
    sections: list[LogSection] = []
    unread: list[str] = []
    others = other_kinds(paths)
    for path in [path for path in find_logs(paths) if all(path not in found for found in others.values())]:
        try:
            sections.append(section_of(path, len(sections)))
        except UsageError as error:
            unread.append(str(error))
    for kind, found in others.items():
        unread += [f"{path}: its kind, {kind}, is printed by lbt report without --html." for path in found]
    if not sections:
        raise UsageError(unread[0])
    return sections, unread


def section_of(path: str, at: int) -> LogSection:
    """Everything the page shows of one log."""
    run = read_run(path)
    summary = summarise(run)
    problems = read_details(path, run.layout.scorer)
    found = scrutinise(run)
    section = LogSection(summary, verdict(summary), wide_table(summary), students=_students(problems, found))
    section.scrutiny, section.doubts = found, scrutiny_lines(found)
    section.control = control_text(run)
    section.missing += [*sureness(run), *partial_lines(summary)]
    if labels := label_summary(run):
        section.labels = label_line(labels)
    if not problems:
        section.missing.append("No sample was scored, so that there is nothing to draw.")
        return section
    section.figures.append(headline(summary, at))
    _replayed(section, path, at)
    for figure, reason in (
        (None if run.spent else calibration(run, problems, at), f"LbT score against correctness: {_uncalibrated(run)}"),
        (over_coverage(found, at), f"Accuracy over the problems that are answered: {_uncalibrated(run)}"),
        (on_the_page(path, at), "Accuracy over cost of several exams: one kind was sat whole, or none (also_examine)."),
        (by_group(run, problems, "level", at), "Gain by difficulty: the problems have no levels."),
        (by_group(run, problems, "subject", at), "Gain by subject: the problems have no subjects."),
    ):
        if figure:
            section.figures.append(figure)
        else:
            section.missing.append(reason)
    for row in (CONTROL, "greedy"):
        if not any(name.endswith(row) for name in summary.rules):
            section.missing.append(f"The {row} baseline: the run left it out ({row}=false).")
    section.problems = picked(problems, run.layout.gains[0], run.layout.baseline_of(run.layout.gains[0]))
    return section


def _uncalibrated(run: Run) -> str:
    if run.spent:
        return f"the budget {run.spent.budget} left scores unfinished; run it with -T budget=full to see this."
    return "all rationales have the same score, or none sat."


def _replayed(section: LogSection, path: str, at: int) -> None:
    try:
        from lbt_tasks.replay.matrix import matrix_of
        from lbt_tasks.replay.recording import read_recordings

        matrix = matrix_of(read_recordings([path]))
    except (UsageError, ModuleNotFoundError) as error:
        section.missing.append(f"Accuracy over rationales and over budget: {error}")
        return
    section.figures += [over_rationales(matrix, at), over_tokens(matrix, at), over_budget(matrix, at)]


def verdict(summary: Summary) -> str:
    """The answer in one sentence: did teaching help, and how sure is that."""
    layout = summary.run.layout
    column = layout.gains[0]
    rule = summary.shown(column)
    if rule is None or rule.difference is None or rule.corrected is None or isnan(rule.corrected.low):
        return "There are too few scored problems to say whether choosing by exam scores helped."
    gain, surely = rule.difference, rule.corrected
    name = title_of(layout.rule_of(column))
    base = "majority vote" if layout.baseline == "maj" else layout.labels[layout.baseline]
    accuracy, other = as_percent(rule.accuracy.mean), as_percent(rule.baseline)
    chosen = f"hoosing by exam scores ({name}): {accuracy} % against {other} %"
    sure = f"{as_points(gain.mean)} points, 95 % interval {bounds(gain, '+')}"
    if rule.test:
        sure += f", {p_equals(rule.p)} corrected for the comparisons of the table"
    if surely.low > 0:
        return f"C{chosen} for the {base}: {sure}."
    if surely.high < 0:
        return f"Worse: c{chosen} for the {base}: {sure}."
    return f"No clear difference: c{chosen} for the {base}: {sure}."


def control_text(run: Run) -> str:
    """Exam accuracy without a demonstration and after the average one; empty where there was no control."""
    column = next((name for name in run.values if name.endswith(CONTROL)), "")
    control = run.values.get(column, [nan] * len(run.problems))
    [alone], families = run.by_problem(run.problems, control)
    if not families:
        return ""
    untaught = percent(share_interval(alone, families))
    text = f"Without any explanation the students are right in {untaught} % of their exams."
    [before, after], families = run.by_problem(run.problems, control, run.taught)
    if not families:
        return f"{text} What the average explanation is worth is known of whole exams alone (-T budget=full)."
    gain = paired_difference(after, before, families)
    return f"{text} After the average explanation it is {points(gain)} points from that."


def picked(problems: Sequence[TaughtProblem], rule: str, base: str) -> list[tuple[str, TaughtProblem]]:
    """A handful of telling problems: won, lost, missed by both, solved by both."""

    def differs(problem: TaughtProblem) -> float:
        return (problem.values.get(rule) or 0.0) - (problem.values.get(base) or 0.0)

    def could(problem: TaughtProblem) -> bool:
        return any(rationale.right == 1 for rationale in problem.rationales)

    names = (title_of(rule), title_of(base))
    kinds = [
        (f"{names[0]} is right where {names[1]} is not", [p for p in problems if differs(p) > 0][:2]),
        (f"{names[1]} is right where {names[0]} is not", [p for p in problems if differs(p) < 0][:1]),
        (
            f"a right answer was there, and neither {names[0]} nor {names[1]} chose it",
            [p for p in problems if _missed(p, rule, base) and could(p)][:1],
        ),
        ("both are right", [p for p in problems if differs(p) == 0 and (p.values.get(rule) or 0) == 1][:1]),
    ]
    return [(reason, problem) for reason, found in kinds for problem in found][:SHOWN_PROBLEMS]


def _missed(problem: TaughtProblem, rule: str, base: str) -> bool:
    return not problem.values.get(rule) and not problem.values.get(base)


def _students(problems: Sequence[TaughtProblem], found: Scrutiny) -> list[dict[str, str]]:
    """One row a student: exam accuracy with and without a demonstration, and what its exams are worth."""
    names = dict.fromkeys(name for problem in problems for name in problem.taught)
    rows: list[dict[str, str]] = []
    for name in names:
        taught = [problem.taught[name] for problem in problems if name in problem.taught]
        untaught = [problem.control[name] for problem in problems if name in problem.control]
        with_, without = mean(taught), mean(untaught)
        gain = as_points(with_ - without)
        control = "not sat" if isnan(without) else as_percent(without)
        row = {"student": name, "taught": as_percent(with_), "control": control, "gain": gain}
        if more := found.students.get(name):
            row |= {"follows": points(more.follows) if more.both else "", "reliability": _two_digits(more.reliability)}
            row |= {"ceiling": _two_digits(more.ceiling), "agreement": _two_digits(more.agreement)}
        rows.append(row)
    return rows


def _two_digits(number: float) -> str:
    return "" if isnan(number) else f"{number:.2f}"


def _mixed(sections: Sequence[LogSection]) -> str:
    """What makes the logs hard to compare; empty where nothing does."""
    scorers = {section.summary.run.layout.scorer for section in sections}
    problems = {frozenset(section.summary.run.problems) for section in sections}
    if len(scorers) > 1:
        return "These logs were scored in different ways (mathematics and programs): their numbers do not compare."
    if len(problems) > 1:
        return "These logs hold different problems: compare each with its own baseline, not with each other."
    return ""
