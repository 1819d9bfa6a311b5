"""Laying out, growing, shrinking, and taking over what is known."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ksweep.errors import InputError
from ksweep.model import Method, Settings, TrialState
from ksweep.store import ConfigDir, Results
from ksweep.sweep import Growth, Reuse, begin, grow, reuse
from sweep.making import (
    OUTPUT_DIR,
    again,
    config_text,
    entry,
    log,
    new,
    plan,
    read_plan,
    run_all,
    runs,
    states,
)

COMMAND = "sh -c 'echo $KSWEEP_NAME >> runs; echo ratio=$CONFIG_X'"
SUCCESS, PENDING = TrialState.SUCCESS, TrialState.PENDING


def ended(trials, command=COMMAND, **settings):
    results, chosen = new(trials, command, **settings)
    run_all(results, chosen)
    return results, chosen


def names(results):
    return [one.name for one in again(results).entries]


def damage(directory, **keys):
    file = directory / "sweep.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **keys}))


def grown(results, entries, command=COMMAND, **options):
    configs = plan(entries, Settings(command=command), **options)
    with results.lock():
        return grow(results, configs)


# -- beginning -----------------------------------------------------------------------------------


def test_sweep_json_says_what_is_run_and_where(work):
    results, _ = new(2, COMMAND, jobs=2)
    with open(f"{results.path}/sweep.json") as file:
        sweep = json.load(file)
    assert list(sweep)[:2] == ["version", "kind"]
    assert sweep["command"] == sweep["settings"]["command"] == COMMAND
    assert sweep["settings"]["jobs"] == 2
    assert sweep["cwd"] == str(work)
    assert sweep["exports"] == ["S"]
    assert set(sweep["provenance"]) == {
        "host", "platform", "cpu", "cores", "memory_mb", "gpus", "versions", "environment",
        "commit", "dirty", "code", "changed", "inputs", "diff",
    }  # fmt: skip
    assert sweep["created_at"].endswith("+00:00")


def test_the_settings_of_the_run_hold_not_those_of_the_generation():
    configs = plan([entry(1)], Settings(command="true"))
    results = begin(configs, OUTPUT_DIR, Settings(command="true", jobs=7))
    assert results.sweep["settings"]["jobs"] == 7


def test_the_results_directory_suffices():
    """Everything else may go: the configurations that were generated, and the program's source."""
    results, settings = new(3, COMMAND)
    run_all(results, settings, max_runs=1)
    ConfigDir("sweep_configs").clean()
    run_all(again(results), settings)
    assert states(results) == [SUCCESS] * 3


def test_a_configuration_that_is_gone_leaves_no_results():
    configs = plan([entry(1), entry(2)], Settings(command="true"))
    os.unlink("sweep_configs/config_002")
    with pytest.raises(InputError, match="sweep_configs/config_002: this configuration is listed"):
        begin(configs, OUTPUT_DIR, Settings(command="true"))
    assert os.listdir(OUTPUT_DIR) == []


def test_a_trial_that_does_not_exist_leaves_no_results():
    configs = plan([entry(1)], Settings(command="true"))
    with pytest.raises(InputError, match="--only: this sweep has no config_9; did you mean"):
        begin(configs, OUTPUT_DIR, Settings(command="true"), ["config_9"])
    assert not os.path.exists(OUTPUT_DIR)


def test_each_configuration_is_laid_out_as_often_as_it_is_repeated():
    configs = plan([entry(1), entry(2)], Settings(command="true", repeat=9))
    results = begin(configs, OUTPUT_DIR, Settings(command="true", repeat=2))
    assert names(results) == ["config_001", "config_001.r2", "config_002", "config_002.r2"]
    assert results.sweep["settings"]["repeat"] == 2
    texts = [results.trial(one).config_text().splitlines()[0] for one in results.entries]
    assert texts == ["CONFIG_X=1", "CONFIG_X=1", "CONFIG_X=2", "CONFIG_X=2"]
    assert len(configs.entries) == 2


def test_repeats_run_and_say_which_they_are():
    results, settings = ended(2, "sh -c 'echo $KSWEEP_NAME $KSWEEP_REPEAT >> runs'", repeat=2)
    assert runs() == [
        "config_001", "1", "config_002", "1", "config_001.r2", "2", "config_002.r2", "2",
    ]  # fmt: skip
    found = again(results).results()
    assert [(one.name, one.repeat) for one in found] == [
        ("config_001", 1), ("config_001.r2", 2), ("config_002", 1), ("config_002.r2", 2),
    ]  # fmt: skip
    os.unlink("runs")
    run_all(results, settings, only=("config_002",))
    assert runs()[::2] == ["config_002", "config_002.r2"]


@pytest.mark.parametrize("name", ["config_001", "config_001.r2"])
def test_a_repeat_can_be_asked_for(name):
    configs = plan([entry(1)], Settings(command="true"))
    begin(configs, OUTPUT_DIR, Settings(command="true", repeat=2), [name])
    with pytest.raises(InputError, match=r"--only: this sweep has no config_001\.r3; did you mean"):
        begin(configs, OUTPUT_DIR, Settings(command="true", repeat=2), ["config_001.r3"])


def test_a_search_begins_without_configurations():
    results, _ = new(0, "true {X}")
    assert (names(results), states(results)) == ([], [])


def test_a_search_begins_with_a_program_that_is_there():
    with pytest.raises(InputError, match="the program `nowhere` is not in any directory of PATH"):
        new(0, "nowhere {X}")
    assert not os.path.exists(OUTPUT_DIR)
    new(0, "./prog{X}")  # which one it is will be known later


def test_damaged_settings_of_a_generation_do_no_harm_to_the_line_of_the_command():
    plan([entry(1)], Settings(command="true"))
    damage(Path("sweep_configs"), settings=None)
    configs = read_plan()
    with pytest.raises(
        InputError, match=r"^CONFIG_SWEEP_COMMAND: the program `nope` is not in any"
    ):
        begin(configs, OUTPUT_DIR, Settings(command="nope"))


# -- growing -------------------------------------------------------------------------------------


def test_a_sweep_grows_and_runs_only_what_is_new():
    results, settings = ended(2)
    assert grown(results, [entry(3, name=1), entry(1, name=2), entry(2, name=3)]) == Growth(1, 0, 2)
    assert [one.name for one in again(results).entries] == [
        "config_003",
        "config_001",
        "config_002",
    ]
    assert states(results) == [PENDING, SUCCESS, SUCCESS]
    run_all(again(results), settings)
    assert states(results) == [SUCCESS] * 3
    assert runs() == ["config_001", "config_002", "config_003"]


def test_a_sweep_shrinks_and_keeps_what_it_has():
    results, _ = ended(3)
    assert grown(results, [entry(3, name=1)]) == Growth(0, 2, 1)
    assert [one.name for one in again(results).entries] == ["config_003"]
    assert states(results) == [SUCCESS]
    assert len([name for name in os.listdir(results.path) if name.startswith("config_")]) == 3


def test_what_was_dropped_comes_back_under_its_name_with_its_result():
    results, _ = ended(3)
    grown(results, [entry(3, name=1)])
    assert grown(again(results), [entry(1), entry(4, name=2), entry(3)]) == Growth(2, 0, 1)
    assert [one.name for one in again(results).entries] == [
        "config_001",
        "config_004",
        "config_003",
    ]
    assert states(results) == [SUCCESS, PENDING, SUCCESS]


def test_new_numbers_follow_the_highest_ever_used():
    results, _ = ended(3)
    grown(results, [entry(1)])
    grown(again(results), [entry(1), entry(9, name=2)])
    assert again(results).entries[1].name == "config_004"


def test_names_keep_their_digits_when_there_are_more():
    results, _ = new(2, "true")
    grown(results, [entry(number + 1) for number in range(1001)], "true")
    names = [one.name for one in again(results).entries]
    assert names[:3] == ["config_001", "config_002", "config_003"]
    assert names[998:] == ["config_999", "config_1000", "config_1001"]


def test_growing_takes_the_axes_and_keeps_the_settings():
    results, _ = new(1, "true", jobs=5)
    plan([entry(1)], Settings(command="true", jobs=1))
    document = json.loads(Path("sweep_configs/sweep.json").read_text())
    document["axes"] = [{"symbols": ["X", "Y"]}]
    Path("sweep_configs/sweep.json").write_text(json.dumps(document))
    with results.lock():
        grow(results, read_plan())
    sweep = again(results).sweep
    assert sweep["axes"] == [{"symbols": ["X", "Y"]}]
    assert sweep["settings"]["jobs"] == 5
    assert sweep["kind"] == "results"


def test_growing_takes_how_much_is_run_from_the_generation():
    less = Settings(command="true", jobs=5, seed=3, explicit=frozenset({"jobs", "seed"}))
    results = begin(plan([entry(1)], less), OUTPUT_DIR, less)
    more = Settings(
        command="true", jobs=1, repeat=2, replicate=("X",), trials=30, seed=4,
        explicit=frozenset({"trials", "stall"}),
    )  # fmt: skip
    with results.lock():
        grow(results, plan([entry(1)], more))
    sweep = again(results).sweep["settings"]
    assert (sweep["repeat"], sweep["replicate"], sweep["trials"]) == (2, ["X"], 30)
    assert (sweep["seed"], sweep["jobs"], sweep["command"]) == (4, 5, "true")
    assert sweep["explicit"] == ["jobs", "trials"]


def repeated(results, repeat, entries, **settings):
    chosen = replace(Settings(command=COMMAND, repeat=repeat), **settings)
    with results.lock():
        return grow(results, plan(entries, chosen))


def test_more_repeats_run_and_earlier_ones_stay():
    results, settings = ended(2)
    assert repeated(results, 2, [entry(3, name=1), entry(1, name=2)]) == Growth(3, 1, 1)
    assert names(results) == ["config_003", "config_003.r2", "config_001", "config_001.r2"]
    assert states(results) == [PENDING, PENDING, SUCCESS, PENDING]
    run_all(again(results), settings)
    assert states(results) == [SUCCESS] * 4
    assert runs()[2:] == ["config_003", "config_003.r2", "config_001.r2"]
    found = again(results).results()
    assert [(one.repeat, one.params["CONFIG_X"]) for one in found] == [
        (1, "3"), (2, "3"), (1, "1"), (2, "1"),
    ]  # fmt: skip
    assert [log(results, number) for number in (2, 4)] == ["ratio=3\n", "ratio=1\n"]


def test_fewer_repeats_stay_on_disk_and_come_back():
    results, _ = ended(1, repeat=3)
    assert repeated(results, 1, [entry(1)]) == Growth(0, 2, 1)
    assert names(results) == ["config_001"]
    assert repeated(again(results), 3, [entry(1)]) == Growth(2, 0, 1)
    assert states(results) == [SUCCESS] * 3


def test_a_configuration_of_which_a_repeat_alone_is_left_keeps_its_name():
    results, _ = ended(2, repeat=2)
    repeated(results, 2, [entry(2, name=1)])
    shutil.rmtree(results.trial(entry(1)).path)
    repeated(again(results), 2, [entry(1), entry(9, name=2)])
    assert names(results) == ["config_001", "config_001.r2", "config_003", "config_003.r2"]
    assert states(results) == [SUCCESS, SUCCESS, PENDING, PENDING]  # the ledger knows the first


def test_a_search_keeps_the_configurations_that_it_made():
    settings = Settings(command=COMMAND, method=Method.TPE, trials=2)
    results = begin(plan([], settings), OUTPUT_DIR, settings)
    for number in (1, 2):
        results.append([(entry(number), config_text(entry(number).params))])
    run_all(results, settings)
    assert repeated(results, 2, [], method=Method.TPE, trials=5) == Growth(2, 0, 2)
    assert names(results) == ["config_001", "config_001.r2", "config_002", "config_002.r2"]
    assert again(results).sweep["settings"]["trials"] == 5
    run_all(again(results), settings)
    assert states(results) == [SUCCESS] * 4
    assert [log(again(results), number) for number in (2, 4)] == ["ratio=1\n", "ratio=2\n"]
    assert repeated(again(results), 1, [], method=Method.TPE) == Growth(0, 2, 2)
    assert repeated(again(results), 2, [], method=Method.TPE) == Growth(2, 0, 2)
    assert repeated(again(results), 2, [], method=Method.TPE) == Growth(0, 0, 4)
    assert states(results) == [SUCCESS] * 4


@pytest.mark.parametrize("hurt", ["sweep_configs", "results"])
@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"settings": None}, "`settings` is not what ksweep writes (not an object)"),
        ({"settings": {"jobs": "5"}}, "`settings` is not what ksweep writes (jobs is not of the"),
        ({"settings": {"method": "x"}}, "`settings` is not what ksweep writes ('x' is not a valid"),
        ({"kconfig": "x"}, "`kconfig` is not a path and a digest; restore the file as ksweep"),
        ({"kconfig": {"path": "Kconfig"}}, "`kconfig` is not a path and a digest; restore"),
    ],
)
def test_a_damaged_sweep_json_is_wrong_input(hurt, keys, what):
    results, settings = ended(1)
    plan([entry(1), entry(2)], settings)
    directory = Path(results.path if hurt == "results" else "sweep_configs").absolute()
    damage(directory, **keys)
    with pytest.raises(InputError) as caught, again(results).lock():
        grow(again(results), read_plan())
    assert str(caught.value).startswith(f"{directory}/sweep.json: {what}")
    assert names(results) == ["config_001"]


def test_growing_can_be_cut_off_before_its_last_step(monkeypatch):
    results, settings = ended(2)
    with monkeypatch.context() as patch:
        patch.setattr(Results, "update", lambda *_: pytest.exit("cut off"))
        with pytest.raises(BaseException, match="cut off"):
            grown(results, [entry(n) for n in (1, 2, 3)])
    assert states(results) == [SUCCESS, SUCCESS]
    grown(results, [entry(n) for n in (1, 2, 3)])
    assert [one.name for one in again(results).entries][-1] == "config_003"
    run_all(again(results), settings)
    assert runs() == ["config_001", "config_002", "config_003"]


def test_another_command_is_refused():
    results, _ = ended(1)
    with pytest.raises(InputError) as caught:
        grown(results, [entry(1), entry(2)], "other")
    assert str(caught.value) == (
        f"{os.getcwd()}/sweep_configs: this was generated for another command (`other`) than the "
        f"sweep has (`{COMMAND}`); start a new sweep for it; --reuse takes over what is known"
    )
    assert len(again(results).entries) == 1


def test_a_generation_without_a_command_says_nothing_about_it():
    results, _ = ended(1)
    assert grown(results, [entry(1), entry(2)], "") == Growth(1, 0, 1)


def test_another_kconfig_tree_is_refused():
    results, _ = ended(1)
    with pytest.raises(
        InputError, match="for another Kconfig tree \\(Kconfig 111111111111\\) than"
    ):
        grown(results, [entry(1)], kconfig="1" * 64)


# -- reusing -------------------------------------------------------------------------------------


@pytest.fixture
def code(work):
    """A work tree around the sweeps."""
    Path("train.py").write_text("1")
    for command in (["init", "-q"], ["add", "train.py"]):
        subprocess.run(["git", *command], check=True)
    return Path("train.py")


def reused(results, earlier, any_code=False):
    with results.lock():
        return reuse(results, earlier, any_code=any_code)


def test_successes_are_taken_over_under_the_new_names(code):
    earlier, settings = ended(2)
    configs = plan([entry(3, name=1), entry(2, name=2), entry(1, name=3)], settings)
    results = begin(configs, OUTPUT_DIR, settings)
    assert reused(results, again(earlier)) == Reuse(2, fitting=2)
    found = again(results).results()
    assert [one.status for one in found] == [PENDING, SUCCESS, SUCCESS]
    before = again(earlier).results()[0]
    assert found[2] == replace(before, name="config_003", reused_from=f"{earlier.name}/config_001")
    trial = results.trial(results.entries[2])
    assert Path(trial.log_path).read_text() == "ratio=1\n"
    run_all(results, settings)
    assert runs() == ["config_001", "config_002", "config_001"]
    assert len(Path(results.ledger_path).read_text().splitlines()) == 3


def test_a_repeat_is_taken_for_the_same_repeat_alone(code):
    command = "sh -c 'echo ratio=$KSWEEP_REPEAT'"
    earlier, _ = ended(1, command, repeat=2, metric="ratio")
    results, _ = new(1, command, repeat=3)
    assert reused(results, again(earlier)) == Reuse(2, fitting=2)
    assert states(results) == [SUCCESS, SUCCESS, PENDING]
    second = again(results).results()[1]
    assert (second.name, second.repeat, second.metrics["ratio"]) == ("config_001.r2", 2, 2)
    assert second.reused_from == f"{earlier.name}/config_001.r2"
    assert Path(results.trial(results.entries[1]).log_path).read_text() == "ratio=2\n"


def test_what_was_taken_over_remembers_where_it_ran(code):
    first, _ = ended(1)
    second, _ = new(1, COMMAND)
    reused(second, again(first))
    third, _ = new(1, COMMAND)
    reused(third, again(second))
    assert again(third).results()[0].reused_from == f"{first.name}/config_001"


def test_only_successes_are_taken_over(code):
    earlier, _ = ended(2, "sh -c 'exit $((CONFIG_X - 1))'")
    results, _ = new(2, "sh -c 'exit $((CONFIG_X - 1))'")
    assert reused(results, again(earlier)) == Reuse(1, fitting=1)
    assert states(results) == [SUCCESS, PENDING]


def test_a_result_of_ones_own_stays(code):
    earlier, _ = ended(1)
    results, _ = ended(1)
    assert reused(results, again(earlier)) == Reuse(0)
    assert again(results).results()[0].reused_from is None


def test_another_command_gives_nothing(code):
    earlier, _ = ended(1)
    results, _ = new(1, "true")
    found = reused(results, again(earlier), any_code=True)
    assert found == Reuse(0, f"it ran another command: {COMMAND}", 1)


def test_other_code_gives_nothing_unless_that_is_wanted(code):
    earlier, _ = ended(1)
    code.write_text("2")
    results, _ = new(1, COMMAND)
    found = reused(results, again(earlier))
    assert found == Reuse(0, "it ran other code (not the same: train.py); see --reuse-anyway", 1)
    assert reused(results, again(earlier), any_code=True) == Reuse(1, fitting=1)


def test_a_program_that_git_does_not_know_is_code(code):
    Path("model.py").write_text("1")
    earlier, _ = ended(1)
    Path("model.py").write_text("2")
    results, _ = new(1, COMMAND)
    found = reused(results, again(earlier))
    assert found == Reuse(0, "it ran other code (not the same: model.py); see --reuse-anyway", 1)


def test_a_file_that_came_up_before_or_after_the_trials_is_code(code):
    earlier, _ = ended(1)
    Path("model.py").write_text("1")
    os.utime("model.py", (1, 1))
    results, _ = new(1, COMMAND)
    assert "model.py" in reused(results, again(earlier)).refused


def test_another_range_file_is_no_other_code(code):
    Path("a-range").write_text("1")
    subprocess.run(["git", "add", "a-range"], check=True)
    earlier, _ = ended(1)
    Path("a-range").write_text("2")
    results, _ = new(1, COMMAND)
    assert reused(results, again(earlier)) == Reuse(1, fitting=1)


def test_outside_git_it_must_be_wanted():
    earlier, _ = ended(1)
    results, _ = new(1, COMMAND)
    assert reused(results, again(earlier)) == Reuse(
        0, "whether the code is the same is not known; see --reuse-anyway", 1
    )
    assert reused(results, again(earlier), any_code=True) == Reuse(1, fitting=1)


def test_a_trial_of_what_was_taken_over_can_run_again(code):
    earlier, settings = ended(1)
    results, _ = new(1, COMMAND)
    reused(results, again(earlier))
    run_all(results, settings, only=("config_001",))
    found = again(results).results()[0]
    assert (found.reused_from, found.attempt) == (None, 2)
    assert Path(again(earlier).trial(entry(1)).log_path).read_text() == "ratio=1\n"
