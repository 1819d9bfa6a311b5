import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from ksweep import rangefile, settings
from ksweep.errors import InputError, Where
from ksweep.kconfig import Tree
from ksweep.model import Assignment, Goal, Method, Objective, Settings, StopRule
from ksweep.settings import values

CONF = Path("/usr/lib/linux-kbuild-6.1/scripts/kconfig/conf")


def lines(**values):
    """Lines of a range file, from the first on."""
    return [
        Assignment(f"SWEEP_{name}", value, Where("my-range", number))
        for number, (name, value) in enumerate(values.items(), start=1)
    ]


def error(options=None, dotconfig=None, **values):
    with pytest.raises(InputError) as caught:
        settings.resolve(options or {}, lines(**values), dotconfig)
    return str(caught.value)


def dotconfig(tmp_path, text):
    path = tmp_path / ".config"
    path.write_text(text)
    return path


def test_without_anything_set_the_defaults_hold():
    assert settings.resolve({}, [], None) == Settings()


def test_kconfig_declares_exactly_the_settings_that_exist():
    names = {name.removeprefix("SWEEP_") for name in Tree(settings.KCONFIG).names()}
    of_choices = {f"{f.upper()}_{m.upper()}" for f, e in values.ENUMS.items() for m in e}
    assert names == set(values.FIELDS) | of_choices
    one_each = {name.lower() for name in values.FIELDS} | values.ENUMS.keys()
    assert one_each == {f.name for f in fields(Settings)} - {"explicit"}


def test_kconfigs_defaults_are_the_defaults():
    tree = Tree(settings.KCONFIG)
    shipped = [
        Assignment(name, tree.symbol(name, Where("")).value, Where("")) for name in tree.names()
    ]
    found = settings.resolve({}, shipped, None)
    assert found.explicit  # all of them were set
    for field in fields(Settings):
        if field.name != "explicit":
            assert getattr(found, field.name) == getattr(Settings(), field.name)


def test_every_setting_has_a_prompt_and_a_help_text():
    text = settings.KCONFIG.read_text()
    blocks = re.split(r"\n(?=config |choice|menu|endmenu)", text)
    for block in blocks:
        if block.startswith(("config", "choice")):
            assert "\thelp\n" in block
    tree = Tree(settings.KCONFIG)
    assert all(tree.symbol(name, Where("")).has_prompt for name in tree.names())


@pytest.mark.skipif(not CONF.exists(), reason="the C implementation's conf is not installed")
def test_the_c_implementation_reads_the_settings_and_agrees_on_the_defaults(tmp_path):
    env = {"KCONFIG_CONFIG": str(tmp_path / ".config"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [CONF, "--alldefconfig", settings.KCONFIG],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "warning" not in done.stderr
    tree = Tree(settings.KCONFIG)
    text, _ = tree.render()
    written = (tmp_path / ".config").read_text()
    assert [line for line in text.splitlines() if "CONFIG_" in line] == [
        line for line in written.splitlines() if "CONFIG_" in line
    ]


def test_every_type_of_setting_is_read():
    found = settings.resolve(
        {},
        lines(
            COMMAND="python3 train.py --lr {LR}", CWD="src", METRIC="val/loss", GOAL_MINIMIZE="y",
            METRICS="f1, recall@5,f1", METRIC_REGEX="loss (?P<loss>.*)", METHOD_NSGA2="y",
            OBJECTIVES="acc:max:0.5, total_time:min", TRIALS="7", SEED="3", SHUFFLE="y", STRENGTH="3",
            STOP_HYPERBAND="y", MIN_STEPS="2", MAX_STEPS="81", ETA="4", REPEAT="5",
            REPLICATE="SEED, CONFIG_FOLD,SEED",
            BACKEND_LOCAL="y", JOBS="4", TIMEOUT="3600", RETRIES="2", MAX_FAILURES="0",
            CONFIG_COPY="n", STALL_TIMEOUT="60", BUDGET="7200", MEMORY_MB="440*3 + 50*BATCH_SIZE",
            MEMORY_LIMIT_MB="900", MEMORY_TOTAL_MB="4000", CPUS_PER_TRIAL="2",
            GPUS_PER_TRIAL="0", TRIALS_PER_GPU="3", GPUS="2, 0,2",
            TRACK_MLFLOW="y", TRACK_WANDB="y", TRACK_ARTIFACTS="y",
        ),
        None,
    )  # fmt: skip
    assert found == Settings(
        command="python3 train.py --lr {LR}",
        cwd="src",
        metric="val/loss",
        goal=Goal.MINIMIZE,
        metrics=("f1", "recall@5"),
        metric_regex="loss (?P<loss>.*)",
        objectives=(Objective("acc", Goal.MAXIMIZE, 0.5), Objective("total_time", Goal.MINIMIZE)),
        method=Method.NSGA2,
        trials=7,
        seed=3,
        shuffle=True,
        strength=3,
        stop=StopRule.HYPERBAND,
        min_steps=2,
        max_steps=81,
        eta=4,
        repeat=5,
        replicate=("SEED", "FOLD"),
        jobs=4,
        timeout=3600,
        stall_timeout=60,
        budget=7200,
        retries=2,
        max_failures=0,
        memory_mb="440*3 + 50*BATCH_SIZE",
        memory_limit_mb=900,
        memory_total_mb=4000,
        cpus_per_trial=2,
        gpus_per_trial=0,
        trials_per_gpu=3,
        gpus=(2, 0),
        config_copy=False,
        track_mlflow=True,
        track_wandb=True,
        track_artifacts=True,
        explicit=frozenset(f.name for f in fields(Settings)) - {"explicit"},
    )


def test_an_option_beats_the_range_file_and_that_beats_dotconfig(tmp_path):
    base = dotconfig(
        tmp_path, "CONFIG_SWEEP_JOBS=2\nCONFIG_SWEEP_TIMEOUT=2\nCONFIG_SWEEP_RETRIES=2\n"
    )
    found = settings.resolve({"jobs": 4, "goal": None}, lines(JOBS="3", TIMEOUT="3"), base)
    assert (found.jobs, found.timeout, found.retries) == (4, 3, 2)
    assert found.explicit == {"jobs", "timeout", "retries"}


def test_a_default_in_dotconfig_counts_as_not_set(tmp_path):
    base = dotconfig(
        tmp_path,
        'CONFIG_SWEEP_METRIC="test_acc"\nCONFIG_SWEEP_GOAL_MAXIMIZE=y\n'
        "# CONFIG_SWEEP_GOAL_MINIMIZE is not set\nCONFIG_SWEEP_JOBS=1\n"
        "CONFIG_SWEEP_CONFIG_COPY=y\nCONFIG_LR=1\n",
    )
    assert settings.resolve({}, [], base).explicit == frozenset()


def test_a_default_in_the_range_file_is_set():
    assert settings.resolve({}, lines(METRIC="test_acc"), None).explicit == {"metric"}


def test_strings_of_dotconfig_lose_their_quotes(tmp_path):
    base = dotconfig(tmp_path, 'CONFIG_SWEEP_COMMAND="sh -c \\"echo \\\\$X\\""\n')
    assert settings.resolve({}, [], base).command == 'sh -c "echo \\$X"'


def test_dotconfig_is_judged_with_its_line(tmp_path):
    base = dotconfig(tmp_path, "# a comment\nCONFIG_SWEEP_JOBS=many\n")
    assert error(dotconfig=base) == (
        f"{base}:2: CONFIG_SWEEP_JOBS cannot be `many`; it allows a whole number"
    )


def test_a_dotconfig_that_is_gone(tmp_path):
    assert error(dotconfig=tmp_path / "none") == (
        f"{tmp_path}/none: cannot read the base configuration: No such file or directory; "
        "make one with `make defconfig`, or name another one with --base"
    )


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"JOBS": "-1"}, "CONFIG_SWEEP_JOBS cannot be `-1`; it allows 0 to 100000"),
        ({"JOBS": ""}, "CONFIG_SWEEP_JOBS cannot be ``; it allows a whole number"),
        ({"JOBS": "1e3"}, "CONFIG_SWEEP_JOBS cannot be `1e3`; it allows a whole number"),
        ({"JOBS": "\u0661"}, "CONFIG_SWEEP_JOBS cannot be `\u0661`; it allows a whole number"),
        ({"RETRIES": "1001"}, "CONFIG_SWEEP_RETRIES cannot be `1001`; it allows 0 to 1000"),
        ({"CONFIG_COPY": "m"}, "CONFIG_SWEEP_CONFIG_COPY cannot be `m`; it allows y or n"),
        ({"JOB": "1"}, "CONFIG_SWEEP_JOB is not a setting; did you mean CONFIG_SWEEP_JOBS?"),
        (
            {"METRIC": "test acc"},
            "`test acc` in CONFIG_SWEEP_METRIC cannot be the name of a metric; a name has at "
            "least one character, and no white space, comma, colon, `=` or quote",
        ),
        (
            {"METRICS": "f1,,recall"},
            "`` in CONFIG_SWEEP_METRICS cannot be the name of a metric; a name has at "
            "least one character, and no white space, comma, colon, `=` or quote",
        ),
        (
            {"METRIC_REGEX": "acc ("},
            "CONFIG_SWEEP_METRIC_REGEX is not a regular expression: missing ), unterminated "
            "subpattern at position 4; write one of Python's, as in acc=([0-9.]+)",
        ),
        (
            {"METRIC_REGEX": "acc .*"},
            "CONFIG_SWEEP_METRIC_REGEX has no group, so it finds no number; put the number in "
            "brackets, as in acc=([0-9.]+) or acc=(?P<test_acc>[0-9.]+)",
        ),
        ({"TRIALS": "0"}, "CONFIG_SWEEP_TRIALS cannot be `0`; it allows 1 to 1000000000"),
        (
            {"OBJECTIVES": "acc:up"},
            "`up` in CONFIG_SWEEP_OBJECTIVES is not a direction; acc is to be max or min",
        ),
        (
            {"OBJECTIVES": "acc:max:1, loss"},
            "`loss` in CONFIG_SWEEP_OBJECTIVES is not a metric with its direction; write "
            "metric:max or metric:min, and a weight if it is not 1: test_acc:max:0.5",
        ),
        *(
            (
                {"OBJECTIVES": f"acc:max:{weight}"},
                f"`{weight}` in CONFIG_SWEEP_OBJECTIVES is not a weight; a weight is a number "
                "above 0, such as 0.5",
            )
            for weight in ("heavy", "nan", "0", "-1", "inf")
        ),
        (
            {"OBJECTIVES": "acc:max,loss:min,acc:min"},
            "CONFIG_SWEEP_OBJECTIVES has acc twice; remove one of the two",
        ),
        (
            {"REPLICATE": "SEED|FOLD"},
            "`SEED|FOLD` in CONFIG_SWEEP_REPLICATE cannot be the name of a symbol; write symbols "
            "without CONFIG_, with commas between them",
        ),
        (
            {"GPUS": "0,cuda:1"},
            "`cuda:1` in CONFIG_SWEEP_GPUS is not the number of a GPU; write the numbers that "
            "nvidia-smi shows, with commas between them: 0,2",
        ),
        (
            {"MEMORY_MB": "50*"},
            "`50*` breaks off; complete it",
        ),
        (
            {"GPUS_PER_TRIAL": "-2"},
            "CONFIG_SWEEP_GPUS_PER_TRIAL cannot be `-2`; it allows -1 to 1024",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_is_allowed(values, text):
    assert error(**values) == f"my-range:1: {text}"


def test_a_name_like_none_of_ours_gets_the_list():
    assert error(XYZZY="1").startswith(
        "my-range:1: CONFIG_SWEEP_XYZZY is not a setting; the settings are CONFIG_SWEEP_ with "
        "BACKEND_LOCAL, BUDGET, COMMAND, "
    )


def test_two_members_of_one_choice():
    assert error(GOAL_MAXIMIZE="y", GOAL_MINIMIZE="y") == (
        "my-range:2: CONFIG_SWEEP_GOAL_MINIMIZE and CONFIG_SWEEP_GOAL_MAXIMIZE (my-range:1) "
        "exclude each other; remove one of the two"
    )


def test_all_that_is_wrong_is_told_at_once():
    assert error(JOBS="x", RETRIES="y").splitlines() == [
        "my-range:1: CONFIG_SWEEP_JOBS cannot be `x`; it allows a whole number",
        "my-range:2: CONFIG_SWEEP_RETRIES cannot be `y`; it allows a whole number",
    ]


def test_options_are_judged_like_lines():
    assert (
        error({"jobs": "-2"}) == "--jobs: CONFIG_SWEEP_JOBS cannot be `-2`; it allows 0 to 100000"
    )
    assert error({"metric_regex": "("}).startswith("--metric-regex: CONFIG_SWEEP_METRIC_REGEX is ")


def test_options_may_have_types():
    found = settings.override(Settings(), {"config_copy": False, "goal": Goal.MINIMIZE, "jobs": 2})
    assert (found.config_copy, found.goal, found.jobs) == (False, Goal.MINIMIZE, 2)
    assert settings.override(found, {"config_copy": True}).config_copy


def test_any_setting_can_be_given_as_a_line_over_all_others():
    line = Assignment("SWEEP_TIMEOUT", "5", Where("--set"))
    assert settings.override(Settings(timeout=3), {"jobs": 2}, [line]).timeout == 5
    with pytest.raises(InputError, match=r"^--set: CONFIG_SWEEP_TIMEOUT cannot be `x`; it allows"):
        settings.override(Settings(), {}, [Assignment("SWEEP_TIMEOUT", "x", Where("--set"))])


def test_settings_come_back_from_json():
    found = settings.resolve(
        {
            "goal": "minimize",
            "metrics": "a,b",
            "objectives": "a:max:2,b:min",
            "replicate": "SEED",
            "gpus": "0,2",
        },
        [],
        None,
    )
    assert settings.from_json(settings.to_json(found), Where("sweep.json")) == found


def test_settings_come_back_from_the_lines_of_a_range_file():
    found = settings.resolve(
        {
            "command": 'train "{LR}" \\n # all',
            "goal": "minimize",
            "method": "tpe",
            "metrics": "a,b",
            "objectives": "a:max:0.1,b:min",
            "replicate": "SEED",
            "shuffle": True,
            "gpus": "0,2",
            "gpus_per_trial": -1,
        },
        [],
        None,
    )
    text = "\n".join(settings.lines_of(found, found.explicit))
    read = rangefile.read(Path("range"), Path(), {"range": text})
    assert settings.resolve({}, read.settings, None) == found


def test_settings_of_an_older_version_get_defaults_for_what_is_new():
    assert settings.from_json({"jobs": 3}, Where("")) == Settings(jobs=3)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [1],
        {"goal": "sideways"},
        {"jobs": "3"},
        {"jobs": True},
        {"command": None},
        {"metrics": "acc"},
        {"metrics": [1]},
        {"objectives": [{"metric": "acc"}]},
        {"objectives": ["acc"]},
        {"gpus": ["0"]},
    ],
)
def test_settings_that_are_none(document):
    with pytest.raises(InputError, match=r"^d/sweep\.json: `settings` is not what ksweep writes"):
        settings.from_json(document, Where("d/sweep.json"))
