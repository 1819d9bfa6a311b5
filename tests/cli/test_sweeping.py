"""The way from a range file to results, as a user goes it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from cli.conftest import CALL, Ksweep


def records(project: Path) -> list[dict[str, object]]:
    text = (project / "test_matrix_results/latest/sweep_summary.json").read_text()
    return list(json.loads(text))


def states(project: Path) -> list[object]:
    return [record["status"] for record in records(project)]


def test_a_sweep_goes_from_the_range_file_to_the_analysis(project: Path, ksweep: Ksweep) -> None:
    done = ksweep("sweep", "range", "-j", "2")
    assert done.returncode == 0, done.stderr
    results = project / "test_matrix_results/latest"
    assert len(records(project)) == 9
    assert (results / "sweep_analysis.txt").read_text().startswith("Hyperparameter Sweep Analysis")
    assert (results / "sweep_results.csv").read_text().count("\n") == 10
    # configurations 7 to 9 have the size 3; of equals the first is best
    assert "best: config_007, score: 30" in done.stderr
    assert done.stdout.splitlines()[2].split()[:3] == ["1", "config_007", "30"]


def test_inactive_parameters_are_null_and_numbers_are_numbers(
    project: Path, ksweep: Ksweep
) -> None:
    ksweep("sweep", "range")
    first = records(project)[0]
    assert (first["CONFIG_SIZE"], first["CONFIG_FAST"], first["CONFIG_DEPTH"]) == (1, "y", 4)
    assert [record["CONFIG_DEPTH"] for record in records(project)[:3]] == [4, 5, None]


def test_show_writes_nothing(project: Path, ksweep: Ksweep) -> None:
    before = sorted(project.iterdir())
    for verb in (["show"], ["generate", "--show"]):
        done = ksweep(*verb, "range")
        assert done.returncode == 0
        assert "12 combinations of all values\n9 distinct configurations to run" in done.stdout
    assert sorted(project.iterdir()) == before


@pytest.mark.parametrize("verb", ["status", "leaderboard", "analyze"])
def test_json_is_for_programs(ksweep: Ksweep, verb: str) -> None:
    ksweep("sweep", "range")
    done = ksweep(verb, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)
    assert done.stderr == ""


def test_list_names_range_files_and_their_errors(project: Path, ksweep: Ksweep) -> None:
    (project / "defconfigs").mkdir()
    (project / "defconfigs/good-range").write_text("CONFIG_SIZE=1|2\n")
    (project / "defconfigs/bad-range").write_text("CONFIG_SIZE=1||2\n")
    (project / "defconfigs/x_defconfig").write_text("CONFIG_SIZE=1\n")
    done = ksweep("list", "--json")
    bad, good = json.loads(done.stdout)
    assert good["configurations"] == 2
    assert bad["error"].startswith("defconfigs/bad-range:1: there is an empty choice")


def test_max_runs_then_resume(project: Path, ksweep: Ksweep) -> None:
    first = ksweep("sweep", "range", "--max-runs", "4")
    assert first.returncode == 0
    assert states(project).count("pending") == 5
    assert f"5 trials left; resume with: {CALL} resume test_matrix_results/sweep_" in first.stderr
    ksweep("clean")
    assert not (project / "sweep_configs").exists()
    assert ksweep("resume").returncode == 0
    assert states(project) == ["success"] * 9


def test_a_sweep_grows_and_shrinks(project: Path, ksweep: Ksweep) -> None:
    ksweep("sweep", "range")
    text = (project / "range").read_text().replace("1|2|3", "2|3|4")
    (project / "range").write_text(text)
    ksweep("generate", "range")
    done = ksweep("resume", "--config-dir", "sweep_configs")
    assert "6 kept, 3 new, 3 no longer asked for" in done.stderr
    assert sorted(str(record["config_file"]) for record in records(project)) == [
        *(f"config_{number:03}" for number in range(4, 10)),
        *(f"config_{number:03}" for number in range(10, 13)),
    ]


def test_strict_and_nothing_succeeded_are_no(project: Path, ksweep: Ksweep) -> None:
    (project / "program.sh").write_text('[ "$CONFIG_SIZE" = 2 ] && exit 3; echo score: 1\n')
    assert ksweep("sweep", "range").returncode == 0
    assert states(project).count("failed") == 3
    assert ksweep("run", "--strict").returncode == 1
    (project / "program.sh").write_text("exit 3\n")
    none = ksweep("run")
    assert none.returncode == 1
    assert "exit code 3" in none.stderr


def test_max_failures_says_what_they_share(project: Path, ksweep: Ksweep) -> None:
    with (project / "range").open("a") as file:
        file.write("CONFIG_SWEEP_MAX_FAILURES=2\n")
    (project / "program.sh").write_text("exit 3\n")
    done = ksweep("sweep", "range")
    assert done.returncode == 1
    assert "the first trials all failed; they share: exit code 3, CONFIG_SIZE=1" in done.stderr
    assert states(project).count("pending") == 7


def test_dry_run_shows_the_commands_and_runs_nothing(project: Path, ksweep: Ksweep) -> None:
    ksweep("generate", "range")
    done = ksweep("run", "--dry-run", "--only", "config_002")
    assert " sh program.sh </dev/null)\n" in done.stdout
    assert not (project / "test_matrix_results").exists()


def test_reuse_takes_equal_results(project: Path, ksweep: Ksweep) -> None:
    ksweep("sweep", "range")
    done = ksweep("run", "--reuse", "latest", "--reuse-anyway")
    assert "9 results" in done.stderr
    text = (project / "test_matrix_results/latest/results.jsonl").read_text()
    assert text == "" or "reused_from" in text


@pytest.fixture
def slow_sweep(project: Path) -> subprocess.Popen[str]:
    """A sweep whose first trial is running."""
    (project / "program.sh").write_text('echo "$$" >> pids; exec sleep 2\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "ksweep", "sweep", "range"],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (project / "pids").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


def test_the_first_interrupt_lets_trials_finish(
    project: Path, slow_sweep: subprocess.Popen[str]
) -> None:
    slow_sweep.send_signal(signal.SIGINT)
    _, stderr = slow_sweep.communicate(timeout=60)
    assert slow_sweep.returncode == 130
    assert states(project) == ["success", *["pending"] * 8]
    assert stderr.splitlines()[-1].startswith(f"8 trials left; resume with: {CALL} resume ")


def test_the_second_interrupt_cancels_what_runs(
    project: Path, slow_sweep: subprocess.Popen[str]
) -> None:
    assert slow_sweep.stderr is not None
    slow_sweep.send_signal(signal.SIGINT)
    while "Ctrl-C again ends those that run" not in (line := slow_sweep.stderr.readline()):
        assert line
    slow_sweep.send_signal(signal.SIGINT)
    _, stderr = slow_sweep.communicate(timeout=60)
    assert slow_sweep.returncode == 130, stderr
    assert states(project) == ["cancelled", *["pending"] * 8]
    assert stderr.splitlines()[-1].startswith(f"9 trials left; resume with: {CALL} resume ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_what_runs(
    project: Path, slow_sweep: subprocess.Popen[str], number: signal.Signals
) -> None:
    slow_sweep.send_signal(number)
    _, stderr = slow_sweep.communicate(timeout=60)
    assert slow_sweep.returncode == 130, stderr
    assert states(project) == ["cancelled", *["pending"] * 8]
    assert not os.path.exists(f"/proc/{(project / 'pids').read_text().split()[0]}")


def test_a_second_runner_is_refused(
    project: Path, ksweep: Ksweep, slow_sweep: subprocess.Popen[str]
) -> None:
    done = ksweep("resume")
    slow_sweep.terminate()
    slow_sweep.communicate(timeout=60)
    assert done.returncode == 2
    assert str(slow_sweep.pid) in done.stderr
    assert "Traceback" not in done.stderr


def test_the_screen_shows_what_runs_and_is_gone_at_the_end(
    project: Path,
) -> None:
    (project / "program.sh").write_text("sleep 0.4; echo score: $CONFIG_SIZE\n")
    script = [sys.executable, "-m", "ksweep", "sweep", "range", "-j", "2"]
    screen = on_a_terminal(script, project)
    assert "running 2" in screen
    assert "best so far: config_0" in screen
    assert screen.rstrip().endswith("sweep_analysis.txt")


def on_a_terminal(command: list[str], directory: Path) -> str:
    """What a program writes to a terminal of 24 lines and 80 columns."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdin=child, stdout=child, stderr=child
    ) as process:
        os.close(child)
        written = b""
        with suppress(OSError):  # how a terminal says that nobody is left
            while data := os.read(parent, 1 << 16):
                written += data
        os.close(parent)
    assert process.returncode == 0
    return written.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("value", ["[red]x[/red]", "; rm -rf /", "../..", "$(id)"])
def test_hostile_values_are_only_text(project: Path, ksweep: Ksweep, value: str) -> None:
    (project / "Kconfig").write_text('config NAME\n\tstring "name"\n')
    (project / "range").write_text(
        f'CONFIG_SWEEP_COMMAND="python3 -c \'print(1)\' {{NAME}}"\nCONFIG_NAME="{value}"|"b"\n'
    )
    done = ksweep("sweep", "range")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    first = records(project)[0]
    assert first["CONFIG_NAME"] == value


def test_a_full_disk_ends_the_run_with_the_path_and_how_to_go_on(
    project: Path, ksweep: Ksweep
) -> None:
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(project)]
    ).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        (project / "Kconfig").write_text('config N\n\tint "n"\n\trange 1 9\n')
        command = "sh -c 'head -c 100000 /dev/zero; sleep 0.5'"
        (project / "range").write_text(f'CONFIG_SWEEP_COMMAND="{command}"\nCONFIG_N=1:1:9\n')
        done = ksweep("sweep", "range")
        assert done.returncode == 3
        last = done.stderr.splitlines()[-1]
        assert "No space left on device" in last
        assert "result" in last
        assert f"resume with: {CALL} resume test_matrix_results/sweep_" in last
        for log in project.glob("test_matrix_results/latest/*/output.log"):
            log.unlink()
        status = json.loads(ksweep("status", "--json").stdout)
        assert status["states"]["success"] >= 1
    finally:
        subprocess.run(["umount", "--lazy", str(project)], check=True)
