"""One trial's trouble with its directory is its own: the others run, and nothing is made up."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from store.making import result

from ksweep.model import Cause, TrialState
from ksweep.store import to_json
from ksweep.sweep import Finished, Noticed, StopReason, TrialEnded
from sweep.making import again, entry, new, run_all, runs, states

NOTE = 'echo "$KSWEEP_NAME" >> runs; '
DONE = Finished(StopReason.DONE, 0)
SUCCESS, FAILED = TrialState.SUCCESS, TrialState.FAILED
RESUME = [sys.executable, "-m", "ksweep", "resume"]


def second(script: str, otherwise: str = "echo test_acc 7") -> str:
    """A command whose second trial does something else in its first attempt."""
    test = "[ $CONFIG_X = 2 ] && [ $KSWEEP_ATTEMPT = 1 ]"
    return f"sh -c '{NOTE} if {test}; then {script}; else {otherwise}; fi'"


def ledger(results):
    with open(results.ledger_path) as file:
        return [json.loads(line) for line in file]


def recorded(results, number=2):
    return again(results).results()[number - 1]


STARTED = 'while [ ! -e "$KSWEEP_DIR"/started.json ]; do :; done'
GONE = f'{STARTED}; rm -r "$KSWEEP_DIR"'
MISDEEDS = {
    GONE: (Cause.DIRECTORY_GONE, "its directory is gone"),
    f'{GONE}; echo 1 > "$KSWEEP_DIR"': (Cause.DIRECTORY_GONE, "something else is in the place"),
    f'{GONE}; mkdir away; ln -s "$PWD"/away "$KSWEEP_DIR"': (
        Cause.DIRECTORY_GONE,
        "something else is in the place",
    ),
    f'{GONE}; ln -s no/where "$KSWEEP_DIR"': (Cause.DIRECTORY_GONE, "something else is in the"),
    f'{GONE}; mkfifo "$KSWEEP_DIR"': (Cause.DIRECTORY_GONE, "something else is in the place"),
    f'{GONE}; mkdir "$KSWEEP_DIR"': (Cause.CONFIG_GONE, "its config.txt is gone: see CONFIG_SWE"),
    'rm -r "$KSWEEP_DIR"/*': (Cause.CONFIG_GONE, "its config.txt is gone: see CONFIG_SWEEP_"),
    'rm "$KSWEEP_DIR"/config.txt; mkdir "$KSWEEP_DIR"/config.txt': (Cause.CONFIG_GONE, "its conf"),
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_trial_that_ruins_its_directory_has_failed_alone(misdeed):
    results, settings = new(4, second(f"echo test_acc 7; {misdeed}"), jobs=2)
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [SUCCESS, FAILED, SUCCESS, SUCCESS]
    cause, text = MISDEEDS[misdeed]
    ended = recorded(results)
    assert (ended.cause, ended.exit_code, ended.attempt) == (cause, 0, 1)
    assert ended.error.startswith(text)
    assert ended.resources.wall_s > 0
    assert [line["cause"] for line in ledger(results) if "cause" in line] == [cause]
    assert run_all(results, settings)[-1] == DONE  # nothing is left to do
    assert len(runs()) == 4
    run_all(results, settings, retry=frozenset({FAILED}))
    assert states(results) == [SUCCESS] * 4
    assert recorded(results).attempt == 2
    assert not os.path.exists("away") or not os.listdir("away")


def test_a_trial_that_ruins_its_directory_is_tried_again_like_any_failure():
    results, settings = new(3, second(GONE), retries=1)
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [SUCCESS] * 3
    assert runs().count("config_002") == 2


def test_a_trial_that_removes_its_directory_at_once_is_as_any_other():
    """Perhaps before the runner has noted that it runs."""
    results, settings = new(30, f"""sh -c 'rm -r "$KSWEEP_DIR"; {NOTE}'""", jobs=3, max_failures=0)
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [FAILED] * 30
    causes = {one.cause for one in again(results).results()}
    assert causes <= {Cause.DIRECTORY_GONE, Cause.CONFIG_GONE}  # the note may keep it from going


def test_an_end_on_purpose_is_no_failure_of_the_directory():
    results, settings = new(1, f"sh -c '{GONE}; sleep 60'", timeout=1)
    run_all(results, settings)
    assert recorded(results, 1).cause is Cause.TIMEOUT


# -- as an ordinary user: nothing stops root ---------------------------------------------------

AS_ORDINARY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]

# The interpreter of another user's home may not be there to read what trials print.
IMPATIENT = """
from ksweep.cli.entry import main
from ksweep.metrics import reader
reader._START_S = 0
main()
"""


@pytest.fixture
def ordinary(monkeypatch):
    """A directory to work in, and what runs a command there as a user without any rights."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv to become an ordinary user with")
    prefix = AS_ORDINARY if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="ksweep-") as work:  # which others may enter
        monkeypatch.chdir(work)

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            for folder, names, files in os.walk(work):
                for name in (".", *names, *files) if prefix else ():
                    os.lchown(os.path.join(folder, name), 65534, 65534)
            command = [*prefix, sys.executable, "-c", IMPATIENT, *arguments]
            return subprocess.run(command, capture_output=True, text=True)

        yield run


def test_directories_that_are_closed_by_their_trials(ordinary):
    close = 'case $CONFIG_X in 1) chmod 0 "$KSWEEP_DIR";; 2) chmod 0500 "$KSWEEP_DIR";;'
    close += ' 3) chmod 0 "$KSWEEP_DIR"/config.txt;; esac'
    results, _ = new(4, f"sh -c 'echo test_acc 7; [ $KSWEEP_ATTEMPT = 2 ] || {close}'")
    assert ordinary("resume", "--trust").returncode == 0
    assert states(results) == [FAILED] * 3 + [SUCCESS]
    told = [(one.cause, one.error) for one in again(results).results()[:3]]
    closed = Cause.DIRECTORY_GONE, "its directory cannot be used: Permission denied"
    assert told[:2] == [closed] * 2
    assert told[2][0] is Cause.CONFIG_GONE
    assert ordinary("resume", "--trust", "--retry", "failed").returncode == 0
    assert states(results) == [SUCCESS] * 4


def test_a_directory_that_a_person_closed_is_what_the_ledger_says(ordinary):
    results, settings = new(3, f"sh -c '{NOTE} echo test_acc 7'")
    run_all(results, settings, max_runs=2)
    for one in results.entries[1:]:
        os.chmod(results.trial(one).path, 0)
    told = ordinary("status")
    assert (told.returncode, told.stdout[:30]) == (0, "2/3 trials ended (66%); succes")
    assert ordinary("resume", "--trust").returncode == 0
    assert states(results) == [SUCCESS] * 3
    assert runs() == ["config_001", "config_002", "config_003"]


# -- records that a program writes -------------------------------------------------------------


def forged(number: int, **changes: object) -> str:
    """What looks like a record of a trial."""
    made_up = {**to_json(result(entry(number))), "metrics": {"test_acc": 99.0}, **changes}
    return json.dumps(made_up)


CONTENTS = {
    "of another version": forged(2, version=2),
    "without a version": forged(2, version=None),
    "of another trial": forged(1),
    "of its own": forged(2),
    "of a second attempt": forged(2, attempt=2),
    "nested": "[" * 200_000,
    "a list": "[1]",
    "nothing": "",
    "sparse": None,
}


def put(content: str | None, path: str) -> None:
    with open(path, "w") as file:
        if content is None:
            file.truncate(300 << 20)
        else:
            file.write(content)


@pytest.mark.parametrize("name", ["result.json", "started.json", "pruned.json"])
@pytest.mark.parametrize("kind", CONTENTS)
def test_what_a_program_writes_in_the_place_of_our_records_is_none(name, kind):
    put(CONTENTS[kind], "content")
    script = f'cp --sparse=always content "$KSWEEP_DIR"/{name}; echo test_acc 7'
    results, settings = new(3, second(script))
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [SUCCESS] * 3
    assert [one.metrics for one in again(results).results()] == [{"test_acc": 7}] * 3
    assert run_all(results, settings)[-1] == DONE
    assert len(runs()) == len(ledger(results)) == 3


@pytest.mark.parametrize("kind", CONTENTS)
@pytest.mark.parametrize("also", ["", "echo {} > started.json;"])
def test_a_record_that_a_program_made_up_is_none_when_its_runner_is_killed(kind, also):
    """Nothing distinguishes it by its looks from what a runner wrote and could not log any more."""
    put(CONTENTS[kind], "content")
    script = (
        f"{STARTED}; content=$PWD/content;"
        f'cd "$KSWEEP_DIR"; cp --sparse=always $content result.json; {also}'
        f" touch written; exec sleep 60"
    )
    results, settings = new(2, second(script))
    written = Path(results.trial(results.entries[1]).path, "written")
    runner = subprocess.Popen(RESUME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not written.exists():
        time.sleep(0.01)
    assert states(results)[1] in (TrialState.RUNNING, TrialState.PENDING)
    runner.kill()
    runner.wait()
    assert states(results)[1] in (TrialState.LOST, TrialState.PENDING)
    assert run_all(results, settings)[-1] == DONE
    assert [one.metrics for one in again(results).results()] == [{"test_acc": 7}] * 2
    assert recorded(results).attempt == 2


@pytest.mark.parametrize("odd", ["attempt_1", ".attempt", "output.log", "config.copy", "attempt_9"])
@pytest.mark.parametrize("make", ["touch", "mkdir", "mkfifo", "ln -s /etc/passwd"])
def test_odd_things_in_a_directory_stop_nothing(odd, make):
    script = f'rm -f "$KSWEEP_DIR"/{odd}; {make} "$KSWEEP_DIR"/{odd}; exit 3'
    results, settings = new(3, second(script))
    assert run_all(results, settings)[-1] == DONE
    assert recorded(results).cause is Cause.EXIT_CODE
    assert run_all(again(results), settings, retry=frozenset({FAILED}))[-1] == DONE
    assert states(results) == [SUCCESS] * 3


# -- what a person removed ---------------------------------------------------------------------


def test_a_directory_that_is_removed_stays_recorded():
    results, settings = new(3, f"sh -c '{NOTE} echo test_acc 7'")
    run_all(results, settings)
    before = again(results).results()
    shutil.rmtree(results.trial(results.entries[1]).path)
    assert again(results).results() == before
    assert run_all(results, settings)[-1] == DONE
    assert again(results).results() == before
    assert len(runs()) == len(ledger(results)) == 3
    run_all(results, settings, only=("config_002",))
    assert runs()[3:] == ["config_002"]
    assert recorded(results).attempt == 2


def test_the_attempts_of_a_removed_directory_go_on_counting():
    results, settings = new(2, second("exit 1"))
    run_all(results, settings)
    run_all(results, settings, retry=frozenset({FAILED}))
    shutil.rmtree(results.trial(results.entries[1]).path)
    assert recorded(results).attempt == 2
    run_all(results, settings, only=("config_002",))
    assert [line["attempt"] for line in ledger(results)] == [1, 1, 2, 3]
    assert recorded(results).attempt == 3


@pytest.mark.parametrize("what", ["directory", "config.txt"])
def test_a_configuration_that_is_gone_is_made_from_another_one(what):
    results, settings = new(4, f"sh -c '{NOTE} echo test_acc $CONFIG_X'", shuffle=True)
    for one in results.entries[1:3]:
        trial = results.trial(one)
        shutil.rmtree(trial.path) if what == "directory" else os.unlink(trial.config_path)
    assert run_all(results, settings)[-1] == DONE
    assert [one.metrics["test_acc"] for one in again(results).results()] == [1, 2, 3, 4]


def test_a_configuration_that_a_program_changed_is_run_as_it_was():
    script = "echo CONFIG_X=9 > $KSWEEP_DIR/config.txt; exit 1"
    results, settings = new(2, second(script, "grep CONFIG_X $KSWEEP_DIR/config.txt"), retries=1)
    run_all(results, settings)
    assert states(results) == [SUCCESS] * 2
    assert Path(results.trial(results.entries[1]).log_path).read_text() == "CONFIG_X=2\n"


def test_what_nothing_is_known_of_has_failed_once():
    results, settings = new(1, f"sh -c '{NOTE}'")
    shutil.rmtree(results.trial(results.entries[0]).path)
    assert run_all(results, settings)[-1] == DONE
    assert (states(results), runs()) == ([FAILED], [])
    assert recorded(results, 1).error == "its directory is gone"
    assert run_all(results, settings)[-1] == DONE
    assert len(ledger(results)) == 1


def test_a_result_outlives_a_trial_that_cannot_run_again():
    results, settings = new(1, f"sh -c '{NOTE}'")
    run_all(results, settings)
    os.unlink(results.trial(results.entries[0]).config_path)
    events = run_all(results, settings, only=("config_001",))
    assert any(isinstance(one, Noticed) and "keeps its result" in one.text for one in events)
    assert states(results) == [SUCCESS]
    assert len(runs()) == 1


def test_trials_without_a_configuration_count_as_failures():
    results, settings = new(30, f"sh -c '{NOTE}'", max_failures=3)
    for one in results.entries:
        shutil.rmtree(results.trial(one).path)
    events = run_all(results, settings)
    assert events[-1] == Finished(StopReason.MAX_FAILURES, 27)
    assert len([one for one in events if isinstance(one, TrialEnded)]) == 3
