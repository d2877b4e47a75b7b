"""What is deployed: manifests that parse, agree with the image and with the options, and give no rights away."""

from pathlib import Path
from typing import Any

import yaml
from lbt_sandbox.service.cli import grade_server

DEPLOY = Path(__file__).parents[2] / "sandbox" / "deploy"
VARIABLES = {parameter.envvar for parameter in grade_server.params}
FOLDERS = ["/mnt/0", "/mnt/1"]


def manifests() -> dict[str, Any]:
    return {each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))}


def test_every_option_has_a_variable_of_its_name() -> None:
    names = {max(parameter.opts, key=len).strip("-").replace("-", "_").upper() for parameter in grade_server.params}
    assert {f"LBT_SERVER_{name}" for name in names} == VARIABLES


def test_variables_are_options() -> None:
    (container,) = manifests()["Deployment"]["spec"]["template"]["spec"]["containers"]
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    used = {each["name"] for each in container["env"]} | compose["services"]["one"]["environment"].keys()
    used |= {word.partition("=")[0] for word in dockerfile.split() if word.startswith("LBT_SERVER_")}
    assert used <= VARIABLES
    assert f"LBT_SANDBOX_FOLDERS={':'.join(FOLDERS)}" in dockerfile
    assert [each["mountPath"] for each in container["volumeMounts"]] == FOLDERS
    assert [each.partition(":")[0] for each in compose["services"]["one"]["tmpfs"]] == FOLDERS


def test_nobody_has_rights() -> None:
    """The restricted Pod Security standard, and the same in compose."""
    pod = manifests()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not pod["automountServiceAccountToken"]
    rights = container["securityContext"]
    assert rights == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert manifests()["NetworkPolicy"]["spec"]["egress"] == []
    assert manifests()["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for name in ("one", "two"):
        service = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"][name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "volumes", "network_mode", "pid"} & service.keys()


def test_the_pod_lives_longer_than_its_drain() -> None:
    pod = manifests()["Deployment"]["spec"]["template"]["spec"]
    values = {each["name"]: float(each["value"]) for each in pod["containers"][0]["env"]}
    drain = values["LBT_SERVER_DRAIN_DELAY"] + values["LBT_SERVER_DRAIN_TIMEOUT"]
    assert pod["terminationGracePeriodSeconds"] > drain
