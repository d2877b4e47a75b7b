"""What becomes of a program that runs, in the terms of every protocol; and what a body's files must be."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox import Failure, Limits, Verdict
from lbt_sandbox.service import piston, sandbox_fusion
from lbt_sandbox.service.programs import Program, decoded_files, is_starved, job_of, limits_of, result_of
from lbt_sandbox.service.refusals import Refused
from lbt_sandbox.types import MIB, Outcome

ERROR = Failure("ValueError", "no", 3, "Traceback (most recent call last):\nValueError: no\n")
ENDS = [
    # outcome, exit code, signal, SandboxFusion's status and run status, Piston's status
    (Outcome(None, b"hi\n"), 0, None, "Success", "Finished", None),
    (Outcome(Verdict.RTE, failure=ERROR), 1, None, "Failed", "Finished", "RE"),
    (Outcome(Verdict.RTE, failure=Failure("ProcessExit", "x"), exit_status=3), 3, None, "Failed", "Finished", "RE"),
    (
        Outcome(Verdict.RTE, failure=Failure("SIGSEGV", "x"), exit_status=-11),
        -11,
        "SIGSEGV",
        "Failed",
        "Finished",
        "SG",
    ),
    (Outcome(Verdict.SV, failure=Failure("SIGSYS", "x"), exit_status=-31), -31, "SIGSYS", "Failed", "Finished", "SG"),
    (Outcome(Verdict.RTE, failure=Failure("x", "x"), exit_status=-40), -40, "SIG40", "Failed", "Finished", "SG"),
    (Outcome(Verdict.TLE, failure=Failure("CpuTimeLimit", "x")), None, "SIGKILL", "Failed", "TimeLimitExceeded", "TO"),
    (Outcome(Verdict.MLE, failure=Failure("MemoryLimit", "x")), 1, None, "Failed", "Finished", "RE"),
    (Outcome(Verdict.OLE, failure=Failure("OutputLimit", "x")), 1, None, "Failed", "Finished", "OL"),
    (Outcome(Verdict.CE, failure=Failure("SyntaxError", "x", 2)), 1, None, "Failed", "Finished", "RE"),
]


@pytest.mark.parametrize(("outcome", "code", "signal", "status", "run_status", "piston_status"), ENDS)
def test_every_end_has_its_shape(
    outcome: Outcome, code: int | None, signal: str | None, status: str, run_status: str, piston_status: str | None
) -> None:
    result = result_of(outcome)
    assert (result.exit_code, result.signal) == (code, signal)
    reply = sandbox_fusion.run_reply(result)
    assert (reply["status"], reply["run_result"]["status"]) == (status, run_status)
    assert reply["run_result"]["return_code"] == code
    run = piston.reply_of(result, "3.11.2")["run"]
    assert (run["status"], run["signal"]) == (piston_status, signal)
    assert run["code"] == (None if signal else code)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict not in (Verdict.AC, Verdict.WA)])
def test_no_end_but_a_good_one_is_a_success(verdict: Verdict) -> None:
    result = result_of(Outcome(verdict, failure=ERROR))
    assert sandbox_fusion.run_reply(result)["status"] == "Failed"
    assert result.exit_code != 0


def test_standard_error_ends_as_python_s_does() -> None:
    assert result_of(Outcome(Verdict.RTE, failure=ERROR, stderr="said\n")).stderr.startswith("said\nTraceback")
    assert result_of(Outcome(Verdict.RTE, failure=Failure("ProcessExit", "x"), exit_status=3)).stderr == ""
    assert result_of(Outcome(Verdict.CE, failure=Failure("SyntaxError", "bad", 2))).stderr.endswith(
        "SyntaxError: bad\n"
    )


@given(st.floats(0.1, 100), st.floats(0, 200), st.floats(0, 200))
def test_a_program_that_got_its_time_is_late_by_itself(seconds: float, cpu: float, wall: float) -> None:
    outcome = Outcome(Verdict.TLE, cpu=cpu, wall=wall)
    starved = is_starved(limits_of(seconds), outcome)
    assert starved == (cpu < 0.98 * seconds and wall < 0.98 * seconds)
    assert not is_starved(limits_of(seconds), Outcome(None, cpu=cpu, wall=wall))


def test_a_program_gets_no_more_memory_than_there_is() -> None:
    assert job_of(Program("", memory=1024 * MIB), 100 * MIB).limits.memory == 100 * MIB
    assert job_of(Program("", memory=10 * MIB), 100 * MIB).limits.memory == 10 * MIB
    assert isinstance(job_of(Program("")).limits, Limits)


@given(st.dictionaries(st.text("ab/.", min_size=1, max_size=6), st.binary(max_size=9), max_size=3))
def test_files_are_what_was_sent_and_stay_in_the_folder(files: dict[str, bytes]) -> None:
    try:
        found = decoded_files({name: base64.b64encode(content).decode() for name, content in files.items()})
    except Refused as refused:
        assert refused.field == "files"
        assert any(part in ("", ".", "..") for name in files for part in name.split("/"))
    else:
        assert found == files
        assert not any(part in ("", ".", "..") for name in files for part in name.split("/"))


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "", ".", "a\0b", "x" * 1001, "a//b", "\ud800"])
def test_a_path_outside_of_the_folder_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="files: a relative path"):
        decoded_files({name: ""})


@pytest.mark.parametrize("content", ["%", "abc", "aGk=\n\n!", "ä"])
def test_what_is_no_base64_is_refused(content: str) -> None:
    with pytest.raises(Refused, match=r"files\.a: base64"):
        decoded_files({"a": content})
