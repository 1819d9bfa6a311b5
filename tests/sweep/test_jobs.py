"""What a trial's program is given."""

import os
from pathlib import Path

import pytest

from ksweep import environment
from ksweep.errors import InputError
from ksweep.model import Settings, TrialState
from ksweep.store import Results
from ksweep.sweep import begin
from ksweep.sweep.jobs import JobMaker
from sweep.making import entry, new, plan, run_all, states

ENVIRON = {
    "PATH": "/usr/bin:/bin", "HOME": "/home/me", "CONFIG_STALE": "1", "CONFIG_": "B", "KSWEEP": "/k",
}  # fmt: skip

CLIENT = str(Path(environment.__file__).parent / "pythonpath")


def job(results, settings, number=1, attempt=1):
    one = results.entries[number - 1]
    text = results.trial(one).config_text()
    return JobMaker(results, settings, ENVIRON).make(one, attempt, text)


def test_the_environment_is_complete(work):
    results, settings = new(2, "true")
    trial = f"{results.path}/config_002_000000000002"
    assert job(results, settings, 2, attempt=3).env == {
        "PATH": "/usr/bin:/bin",
        "HOME": "/home/me",
        "KSWEEP": "/k",
        "PYTHONPATH": CLIENT,
        "CONFIG_X": "2",
        "CONFIG_S": "a b",
        "KCONFIG_CONFIG": f"{trial}/config.copy",
        "KSWEEP_DIR": trial,
        "KSWEEP_NAME": "config_002",
        "KSWEEP_SWEEP": results.path,
        "KSWEEP_ATTEMPT": "3",
        "KSWEEP_REPEAT": "1",
    }
    assert results.path == f"{work}/test_matrix_results/{results.name}"


def test_the_client_comes_behind_the_callers_python_path():
    assert environment.inherited({"PYTHONPATH": "/a:"})["PYTHONPATH"] == f"/a::{CLIENT}"
    assert environment.inherited({"PYTHONPATH": ""})["PYTHONPATH"] == CLIENT


def test_a_repeat_is_told_apart():
    results, settings = new(1, "echo {name} {dir}", repeat=2)
    found = job(results, settings, 2)
    trial = f"{results.path}/config_001_000000000001.r2"
    assert (found.name, found.id, found.repeat) == ("config_001.r2", "000000000001", 2)
    assert found.argv == ("echo", "config_001.r2", trial)
    assert (found.env["KSWEEP_REPEAT"], found.env["KSWEEP_NAME"]) == ("2", "config_001.r2")
    assert (found.env["KSWEEP_DIR"], found.directory) == (trial, trial)
    assert job(results, settings, 1).repeat == 1


def exported(results, settings, text):
    entry_ = results.entries[0]
    made = JobMaker(results, settings, ENVIRON).make(entry_, 1, text)
    return {name: value for name, value in made.env.items() if name.startswith("CONFIG_")}


def test_every_symbol_with_a_line_is_exported_and_n_is_the_empty_text():
    results, settings = new(1, "true")
    text = 'CONFIG_X=1\nCONFIG_T="n"\n# CONFIG_U is not set\nCONFIG_V=y\nCONFIG_W=n\nCONFIG_M=m\n'
    assert exported(results, settings, text) == {
        "CONFIG_X": "1", "CONFIG_T": "n", "CONFIG_U": "", "CONFIG_V": "y", "CONFIG_W": "",
        "CONFIG_M": "m",
    }  # fmt: skip


def test_of_a_large_configuration_axes_fixed_lines_and_what_the_command_names_are_exported():
    results, settings = new(1, "echo {T} $CONFIG_U")
    head = 'CONFIG_X=1\nCONFIG_S="s"\nCONFIG_T="t"\n# CONFIG_U is not set\n'
    few = {"CONFIG_X": "1", "CONFIG_S": "s", "CONFIG_T": "t", "CONFIG_U": ""}
    known = sum(len(f"{name}={value}") for name, value in few.items())
    line = 'CONFIG_LONG="%s"\n'
    room = 64 * 1024 - known - len("CONFIG_LONG=")
    assert "CONFIG_LONG" in exported(results, settings, head + line % ("v" * room))
    assert exported(results, settings, head + line % ("v" * (room + 1))) == few


def test_the_command_is_expanded():
    results, settings = new(1, "echo {X} {S} {name} --out={dir} {config} {GONE}")
    trial = f"{results.path}/config_001_000000000001"
    assert job(results, settings).argv == (
        "echo", "1", "a b", "config_001", f"--out={trial}", f"{trial}/config.copy", "",
    )  # fmt: skip


def test_the_rest_of_a_job():
    results, settings = new(1, "true", timeout=60, metric="ratio", metrics=("speed",))
    found = job(results, settings)
    assert (found.name, found.id, found.timeout) == ("config_001", "000000000001", 60)
    assert found.params == {"CONFIG_X": "1"}
    assert found.query.names == ("ratio", "speed")


def test_a_copy_of_the_configuration_is_the_programs_own():
    results, settings = new(1, "true {config}")
    found = job(results, settings)
    assert found.env["KCONFIG_CONFIG"] == found.argv[1] == f"{found.directory}/config.copy"
    with open(found.argv[1]) as file:
        assert file.read() == 'CONFIG_X=1\nCONFIG_S="a b"\n'


def test_without_a_copy_the_configuration_is_the_record_itself():
    results, settings = new(1, "true {config}", config_copy=False)
    found = job(results, settings)
    assert found.env["KCONFIG_CONFIG"] == found.argv[1] == f"{found.directory}/config.txt"


def test_trials_run_where_the_sweep_was_started(work, monkeypatch):
    results, settings = new(1, "true")
    monkeypatch.chdir("/")
    assert job(Results.open(results.path, ""), settings).cwd == str(work)


def test_the_working_directory_can_be_set(work):
    os.mkdir("src")
    results, settings = new(1, "true", cwd="src")
    assert job(results, settings).cwd == f"{work}/src"
    results, settings = new(1, "true", cwd="/tmp")
    assert job(results, settings).cwd == "/tmp"


def test_the_working_directory_can_be_the_trials_own():
    results, settings = new(1, "true", cwd="{dir}")
    found = job(results, settings)
    assert found.cwd == found.directory


def test_a_working_directory_that_is_not_there(work):
    with pytest.raises(InputError) as caught:
        new(1, "true", cwd="src")
    assert str(caught.value) == (
        f"CONFIG_SWEEP_CWD: trials run in {work}/src, which is not a directory here; "
        "make it, or name another one with CONFIG_SWEEP_CWD"
    )
    assert not os.path.exists("test_matrix_results")


def test_running_needs_a_command():
    configs = plan([entry(1)], Settings())
    with pytest.raises(InputError) as caught:
        begin(configs, "test_matrix_results", Settings())
    assert str(caught.value) == (
        "CONFIG_SWEEP_COMMAND: there is no command to run; "
        'set CONFIG_SWEEP_COMMAND="..." in the range file or in .config'
    )
    assert not os.path.exists("test_matrix_results")


def test_a_program_that_does_not_exist_is_found_before_anything_is_written():
    with pytest.raises(InputError) as caught:
        new(2, "no-such-program --x")
    assert str(caught.value).startswith(
        "CONFIG_SWEEP_COMMAND: the program `no-such-program` is not in any directory of PATH ("
    )
    assert not os.path.exists("test_matrix_results")


def test_the_line_of_the_command_is_told_where_it_is_known():
    configs = plan([entry(1)], Settings(command="nope"), command_where="a-range:3")
    with pytest.raises(InputError, match=r"^a-range:3: the program `nope` is not in any directory"):
        begin(configs, "test_matrix_results", Settings(command="nope"))
    with pytest.raises(InputError, match=r"^CONFIG_SWEEP_COMMAND: the program `other` is not in"):
        begin(configs, "test_matrix_results", Settings(command="other"))


def test_a_program_that_the_configuration_names_is_looked_for_in_each():
    make_program("prog1")
    with pytest.raises(InputError, match=r"the program `\./prog2` does not exist"):
        new(2, "./prog{X}")


@pytest.mark.parametrize(
    ("command", "cwd"), [("{dir}/prog", ""), ("./prog", "{dir}"), ("./prog", "{dir}/sub")]
)
def test_a_program_in_the_trials_own_directory_is_looked_for_when_that_is_there(command, cwd):
    results, settings = new(1, command, cwd=cwd)
    maker = JobMaker(results, settings, ENVIRON)
    with pytest.raises(InputError, match="prog` does not exist"):
        maker.check_programs(results.entries)
    trial = results.trial(results.entries[0])
    os.mkdir(f"{trial.path}/sub")
    make_program(f"{trial.path}/prog")
    make_program(f"{trial.path}/sub/prog")
    maker.check_programs(results.entries)


def make_program(path):
    with open(path, "w") as file:
        file.write("#!/bin/sh\n")
    os.chmod(path, 0o755)


def test_a_program_that_has_gone_is_found_before_the_first_trial_of_a_resumed_sweep():
    make_program("prog")
    results, settings = new(1, "./prog")
    os.unlink("prog")
    with pytest.raises(InputError, match=r"the program `\./prog` does not exist"):
        run_all(results, settings)
    assert states(results) == [TrialState.PENDING]
