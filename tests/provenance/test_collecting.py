"""Where a sweep was started, on this machine and in real work trees."""

import json
import os
from dataclasses import asdict

import pytest

from ksweep import provenance
from ksweep.provenance import machine, variables
from provenance.trees import commit, git


def collected(root, **more):
    return provenance.collect(str(root), [], **more)


def test_the_commit_and_whether_something_differs_from_it(tree):
    found = collected(tree)
    assert found.commit == git(tree, "rev-parse", "HEAD").strip()
    assert not found.dirty
    (tree / "new.py").write_text("not tracked")
    assert not collected(tree).dirty
    (tree / "train.py").write_text("print(2)\n")
    assert collected(tree).dirty
    commit(tree)
    assert not collected(tree).dirty


def test_a_touched_file_is_not_dirty(tree):
    os.utime(tree / "train.py", (1, 1))
    assert not collected(tree).dirty


def test_a_work_tree_without_a_commit(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    found = collected(tmp_path)
    assert (found.commit, found.dirty) == (None, True)
    assert found.code is not None


def test_outside_git_nothing_is_known_of_the_code(tmp_path):
    found = collected(tmp_path)
    assert (found.commit, found.dirty, found.code) == (None, False, None)


def test_without_git_nothing_is_known_of_the_code(tree, monkeypatch):
    monkeypatch.setenv("PATH", "")
    found = collected(tree)
    assert (found.commit, found.dirty, found.code) == (None, False, None)


def test_what_changes_inside_a_submodule_is_dirty(tree, submodule):
    assert not collected(tree).dirty
    (submodule / "a").write_text("2")
    assert collected(tree).dirty
    commit(submodule)
    assert collected(tree).dirty
    commit(tree)
    assert not collected(tree).dirty


def test_a_submodule_that_is_not_checked_out_is_not_dirty(tree, submodule):
    git(tree, "submodule", "deinit", "-q", "-f", "lib")
    assert not collected(tree).dirty
    (tree / "train.py").write_text("print(2)\n")
    assert collected(tree).dirty


def test_what_git_cannot_tell_is_dirty(tree):
    tip = git(tree, "rev-parse", "HEAD^{tree}").strip()
    (tree / ".git" / "objects" / tip[:2] / tip[2:]).unlink()
    assert collected(tree).dirty
    assert provenance.diff(str(tree)).note == "no diff: git could not make it"


def test_looking_leaves_the_index_alone(tree):
    os.utime(tree / "train.py", (1, 1))
    before = (tree / ".git" / "index").read_bytes()
    collected(tree)
    provenance.diff(str(tree))
    (tree / "src" / "model.py").write_text("layers = 3")
    provenance.diff(str(tree))
    assert (tree / ".git" / "index").read_bytes() == before


def test_the_machine(tmp_path):
    found = collected(tmp_path, gpus=[provenance.Device("A100", 81920.0)])
    assert found.cores == len(os.sched_getaffinity(0))
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert found.memory_mb == pytest.approx(physical / 2**20, rel=0.01)
    assert found.gpus == (provenance.Device("A100", 81920.0),)
    assert found.cpu is None or found.cpu.strip() == found.cpu != ""
    assert collected(tmp_path).gpus == ()


def test_only_the_cores_that_may_be_used_count(tmp_path):
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, [min(ours)])
    try:
        assert collected(tmp_path).cores == 1
    finally:
        os.sched_setaffinity(0, ours)


@pytest.mark.parametrize(
    ("text", "model"),
    [
        (
            "processor\t: 0\nmodel name\t: Xeon(R) CPU @ 2.20GHz\n\nmodel name: b\n",
            "Xeon(R) CPU @ 2.20GHz",
        ),
        ("processor\t: 0\nCPU part\t: 0xd0c\n\nModel\t\t: Board 4\n", "Board 4"),
        ("processor\t: 0\nmodel name\t:\n", None),
        ("", None),
    ],
)
def test_the_model_of_the_cpu(text, model, tmp_path):
    (tmp_path / "cpuinfo").write_text(text)
    assert machine.cpu_model(str(tmp_path / "cpuinfo")) == model


def test_it_goes_into_json_and_back(tree, monkeypatch):
    monkeypatch.setenv("LANG", os.fsdecode(b"caf\xe9"))
    document = asdict(collected(tree, gpus=[provenance.Device("A100", None)]))
    again = json.loads(json.dumps(document, allow_nan=False))
    assert again["gpus"] == [{"name": "A100", "memory_mb": None}]
    assert again["environment"]["LANG"] == os.fsdecode(b"caf\xe9")
    assert set(again) == {
        "host", "platform", "cpu", "cores", "memory_mb", "gpus", "versions", "environment",
        "commit", "dirty", "code", "changed", "inputs",
    }  # fmt: skip


def test_versions():
    assert set(provenance.versions()) == {"ksweep", "python", "kconfiglib"}


# -- the environment -----------------------------------------------------------------------------


def test_named_variables_are_kept_by_name(monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("MY_NUM_THREADS", "3")
    kept = collected(tmp_path).environment
    assert kept["OMP_NUM_THREADS"] == "3"
    assert "MY_NUM_THREADS" not in kept


@pytest.mark.parametrize(
    "name",
    [
        "VIRTUAL_ENV", "CONDA_DEFAULT_ENV", "PYTHONPATH", "LD_PRELOAD", "CUDA_VISIBLE_DEVICES",
        "MKL_NUM_THREADS", "LC_ALL", "TZ", "PATH", "CC", "CFLAGS", "SLURM_JOB_ID", "NCCL_DEBUG",
        "TORCH_HOME",
    ],
)  # fmt: skip
def test_what_changes_a_program_is_kept(name):
    assert variables.telling({name: "some value"}) == {name: "some value"}


@pytest.mark.parametrize(
    "name",
    [
        "HOME", "USER", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "WANDB_API_KEY",
        "MYPATH", "PATH2", "path", "NCCL", "X_NCCL_DEBUG", "TORCH_HUB_TOKEN", "NCCL_API_KEY", "CONFIG_LR",
        "CFLAGS\nX", "",
    ],
)  # fmt: skip
def test_nothing_else_is_kept(name):
    assert variables.telling({name: "some value"}) == {}


@pytest.mark.parametrize(
    "value",
    [
        "https://user:pass@host/simple",
        "/a:git+ssh://user:pass@host/x:/b",
        "http://:pass@host",
        "https://ghp_0123@host",
        "-O2 -DTOKEN=abc",
        "-DAPI_KEY='abc'",
        '{"password": "abc"}',
        "aws_secret_access_key=abc",
        "-Dpasswd:abc",
    ],
)
def test_values_with_credentials_are_left_out(value):
    assert variables.telling({"CFLAGS": value, "CC": "gcc"}) == {"CC": "gcc"}


@pytest.mark.parametrize(
    "value",
    [
        "/usr/bin:/home/user@site/bin",
        "file:///a/b@1/c",
        "-O2 -fpass-plugin=x.so",
        "/opt/tokenizers/bin:/x",
        "http://proxy:3128/x@y",
    ],
)
def test_values_that_only_look_like_it_are_kept(value):
    assert variables.telling({"PATH": value}) == {"PATH": value}
