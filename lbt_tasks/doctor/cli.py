"""`lbt doctor`: one line a check, the repairing command below each failed one; exit code 1 where one failed.

lbt doctor
lbt doctor --json
"""

import json
from dataclasses import asdict

import click

_MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "fail": ("FAILED", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of findings: name, state, found, repair.")
def doctor(as_json: bool) -> None:
    """Check what this machine can run, and say how to repair what it cannot.

    \b
    Examples:
      lbt doctor
      lbt doctor --json
    """
    from lbt_tasks.doctor.checks import examine

    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            mark, colour = _MARKS[finding.state]
            click.echo(f"{click.style(f'{mark:<7}', fg=colour)} {finding.name:<16} {finding.found}")
            if finding.state != "ok" and finding.repair:
                click.echo(f"{'':24} repair: {finding.repair}")
    failed = sum(finding.state == "fail" for finding in findings)
    if failed:
        if not as_json:
            click.echo(f"\n{failed} of {len(findings)} checks failed.")
        raise click.exceptions.Exit(1)
