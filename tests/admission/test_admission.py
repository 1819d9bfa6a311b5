"""Who may start now: decided from values, without a process."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep.admission import Admission, Formula, Peaks, Site, Worst, outlook, visible
from ksweep.errors import InputError, Where
from ksweep.model import Allotment, Job, MetricQuery, Needs, Resources, Result, Settings, TrialState

PLENTY = 1e6


def job(name: str, params: dict[str, str] | None = None, **needs: float) -> Job:
    return Job(
        name, "0" * 12, 1, "/d", ("true",), "/", {}, params or {}, MetricQuery(()),
        needs=Needs(**{"gpus": 0, **needs}),  # type: ignore[arg-type]
    )  # fmt: skip


def result(
    name: str,
    peak_mb: float | None,
    params: dict[str, str] | None = None,
    status: TrialState = TrialState.SUCCESS,
    reused_from: str | None = None,
) -> Result:
    resources = Resources(peak_rss_mb=peak_mb)
    return Result(
        name, "0" * 12, status, 0, 1, "", "", "h", params or {}, resources=resources, reused_from=reused_from
    )  # fmt: skip


# -- memory --------------------------------------------------------------------------------------


def test_what_is_promised_to_those_that_run_is_not_given_away_again():
    admission = Admission(Site((), memory_mb=1000))
    assert admission.admit(job("a", memory_mb=600), 900, 0) == Allotment()
    assert admission.admit(job("b", memory_mb=600), 900, 0) is None
    assert admission.admit(job("c", memory_mb=300), 900, 0) is not None
    assert admission.admit(job("d", memory_mb=1), 900, 0) is None  # 900 are available, all promised


def test_what_a_trial_uses_already_is_no_longer_promised():
    admission = Admission(Site(()))
    admission.admit(job("a", memory_mb=600), 1000, 0)
    admission.use("a", 500, 1)
    assert (
        admission.admit(job("b", memory_mb=450), 500, 1) is None
    )  # 500 left, of which 100 are a's
    assert admission.admit(job("b", memory_mb=400), 500, 1) is not None


def test_what_others_take_is_not_there():
    admission = Admission(Site((), memory_mb=10_000))
    assert admission.admit(job("a", memory_mb=600), 599, 0) is None
    assert admission.admit(job("a", memory_mb=600), 600, 0) is not None


def test_all_trials_together_stay_below_their_limit_though_more_is_free():
    admission = Admission(Site((), memory_mb=1000))
    admission.admit(job("a", memory_mb=600), PLENTY, 0)
    admission.use("a", 700, 1)  # more than was said
    assert admission.admit(job("b", memory_mb=301), PLENTY, 1) is None
    assert admission.admit(job("b", memory_mb=300), PLENTY, 1) is not None


def test_a_trial_that_ended_gives_back_what_it_had():
    admission = Admission(Site((0,), memory_mb=1000))
    admission.admit(job("a", memory_mb=1000, cpus=1), PLENTY, 0)
    assert admission.admit(job("b", memory_mb=1000, cpus=1), PLENTY, 0) is None
    admission.end("a", None)
    assert admission.admit(job("b", memory_mb=1000, cpus=1), PLENTY, 0) == Allotment((0,))


def test_a_formula_that_says_too_little_is_corrected_by_what_was_seen():
    admission = Admission(Site((), memory_mb=1000))
    admission.admit(job("a", memory_mb=200), PLENTY, 0)
    admission.end("a", result("a", 500))
    assert admission.expected(job("b", memory_mb=300), 0) == 600
    admission.admit(job("b", memory_mb=300), PLENTY, 0)
    admission.end("b", result("b", 100))  # less than was said changes nothing
    assert admission.expected(job("c", memory_mb=300), 0) == 600


def test_what_the_formula_says_is_more_than_there_is_at_all():
    admission = Admission(Site((), memory_mb=1000))
    assert admission.hopeless(job("a", memory_mb=1001))
    assert not admission.hopeless(job("a", memory_mb=1000))
    assert not admission.hopeless(job("a"))


def test_without_any_knowledge_as_many_start_as_were_asked_for():
    admission = Admission(Site(()))
    assert all(admission.admit(job(name), PLENTY, 0) for name in "abcd")


def test_where_the_runner_chooses_the_first_trial_runs_alone_until_it_has_settled():
    admission = Admission(Site((), memory_mb=1000, careful=True))
    assert admission.admit(job("a"), PLENTY, 0) is not None
    for second in range(1, 100):
        admission.use("a", min(6 * second, 240), second)  # it grows until 40
        settled = second >= 78  # by less than 5 % in the second half of its life
        assert (admission.expected(job("b"), second) is not None) == settled
    assert admission.expected(job("b"), 100) == pytest.approx(264)
    assert admission.admit(job("b"), PLENTY, 100) is not None


def test_a_trial_that_is_young_has_not_settled_however_quiet_it_is():
    admission = Admission(Site((), memory_mb=1000, careful=True))
    admission.admit(job("a"), PLENTY, 0)
    for second in range(1, 60):
        admission.use("a", 8, second)
        assert admission.expected(job("b"), second) is None


def test_of_those_that_run_unmeasured_the_largest_counts_for_the_next():
    admission = Admission(Site((), memory_mb=1000))
    admission.admit(job("a"), PLENTY, 0)
    admission.use("a", 400, 1)
    assert admission.expected(job("b"), 1) == pytest.approx(440)
    assert admission.admit(job("b"), PLENTY, 1) is not None
    admission.use("b", 200, 2)  # it will be 440
    assert admission.admit(job("c"), PLENTY, 2) is None


def test_a_trial_that_seems_to_need_more_than_there_is_runs_alone():
    peaks = Peaks()
    peaks.learn(result("a", 2000))
    admission = Admission(Site((), memory_mb=1000), peaks)
    assert admission.admit(job("b"), 900, 0) is not None
    assert admission.admit(job("c"), 900, 0) is None


def test_a_trial_that_needs_what_others_have_now_waits():
    admission = Admission(Site((), memory_mb=1000))
    assert admission.admit(job("b", memory_mb=880), 500, 0) is None
    assert admission.admit(job("b", memory_mb=880), 900, 1) is not None


def test_what_was_only_learnt_holds_a_trial_back_for_a_while_where_nothing_runs():
    peaks = Peaks()
    peaks.learn(result("a", 800))  # a sum in which shared memory counts for each process
    admission = Admission(Site((), memory_mb=1000), peaks)
    assert admission.admit(job("b"), 850, 0) is None
    assert admission.admit(job("b"), 850, 299) is None
    assert admission.admit(job("b"), 850, 300) is not None
    assert admission.admit(job("c"), 850, 900) is None  # now something runs
    admission.end("b", None)
    assert admission.admit(job("c"), 850, 901) is None  # and the time counts anew
    assert admission.admit(job("c"), 900, 902) is not None


def test_a_small_trial_above_its_formula_does_not_multiply_what_large_ones_are_expected_to_need():
    admission = Admission(Site((), memory_mb=24_000))
    admission.admit(job("a", memory_mb=50), 22_000, 0)
    admission.end("a", result("a", 360))
    assert admission.expected(job("b", memory_mb=3000), 1) == 3310


MB_SIZES = st.integers(0, 1000)


@given(st.lists(st.tuples(MB_SIZES, MB_SIZES), max_size=12), st.integers(100, 2000))
def test_never_more_is_promised_than_there_is(trials, total_mb):
    admission = Admission(Site((), memory_mb=total_mb))
    promised, used = {}, {}
    for number, (needs_mb, used_mb) in enumerate(trials):
        name = str(number)
        if needs_mb > total_mb:
            continue  # hopeless: never asked for
        available = total_mb - sum(used.values())
        if admission.admit(job(name, memory_mb=needs_mb), available, number) is not None:
            promised[name] = needs_mb
            used[name] = min(used_mb, needs_mb)
            admission.use(name, used[name], number)
        else:
            assert sum(promised.values()) + needs_mb > total_mb  # it uses what it has
        assert sum(promised.values()) <= total_mb


# -- peaks ---------------------------------------------------------------------------------------


def peaks_of(*seen: tuple[dict[str, str], float]) -> Peaks:
    peaks = Peaks()
    for params, peak_mb in seen:
        peaks.add(params, peak_mb)
    return peaks


def test_nothing_seen_says_nothing():
    assert Peaks().expected({"CONFIG_X": "1"}) is None


def test_a_symbol_that_explains_the_peaks_says_what_each_value_needs():
    peaks = peaks_of(
        ({"CONFIG_BATCH": "64", "CONFIG_LR": "1"}, 100),
        ({"CONFIG_BATCH": "64", "CONFIG_LR": "2"}, 110),
        ({"CONFIG_BATCH": "512", "CONFIG_LR": "1"}, 800),
        ({"CONFIG_BATCH": "512", "CONFIG_LR": "2"}, 790),
    )
    assert peaks.expected({"CONFIG_BATCH": "64", "CONFIG_LR": "3"}) == pytest.approx(121)
    assert peaks.expected({"CONFIG_BATCH": "512", "CONFIG_LR": "1"}) == pytest.approx(880)
    assert peaks.expected({"CONFIG_BATCH": "128", "CONFIG_LR": "1"}) == pytest.approx(880)  # unseen


def test_where_none_explains_them_the_largest_counts():
    peaks = peaks_of(
        ({"CONFIG_A": "1", "CONFIG_B": "1"}, 100),
        ({"CONFIG_A": "1", "CONFIG_B": "2"}, 900),
        ({"CONFIG_A": "2", "CONFIG_B": "1"}, 850),
        ({"CONFIG_A": "2", "CONFIG_B": "2"}, 120),
    )
    assert peaks.expected({"CONFIG_A": "1", "CONFIG_B": "1"}) == pytest.approx(990)


def test_values_that_were_each_seen_once_explain_nothing():
    peaks = peaks_of(({"CONFIG_SEED": "1"}, 100), ({"CONFIG_SEED": "2"}, 900))
    assert peaks.expected({"CONFIG_SEED": "1"}) == pytest.approx(990)


@pytest.mark.parametrize(
    ("status", "tells"),
    [("success", True), ("oom", True), ("timeout", True), ("pruned", True), ("failed", False), ("cancelled", False)],
)  # fmt: skip
def test_a_trial_that_broke_off_says_nothing_of_what_others_need(status, tells):
    peaks = Peaks()
    assert peaks.learn(result("a", 500, status=TrialState(status))) is tells
    assert (peaks.expected({}) is not None) is tells


def test_a_result_of_another_sweep_is_of_another_time():
    assert not Peaks().learn(result("a", 500, reused_from="sweep/config_001"))


# -- cores and GPUs ------------------------------------------------------------------------------


def test_each_trial_gets_cores_of_its_own():
    admission = Admission(Site((2, 3, 6, 7, 8)))
    given = [admission.admit(job(name, cpus=2), PLENTY, 0) for name in "abc"]
    assert given == [Allotment((2, 3)), Allotment((6, 7)), None]
    admission.end("a", None)
    assert admission.admit(job("c", cpus=2), PLENTY, 0) == Allotment((2, 3))
    assert admission.admit(job("d", cpus=0), PLENTY, 0) == Allotment()


def test_one_trial_a_gpu_where_nothing_else_is_said():
    admission = Admission(Site((), gpus=(0, 2)))
    given = [admission.admit(job(name, gpus=-1), PLENTY, 0) for name in "abc"]
    assert given == [Allotment(gpus=(0,)), Allotment(gpus=(2,)), None]


def test_trials_that_share_gpus_are_spread_over_them():
    admission = Admission(Site((), gpus=(0, 1), trials_per_gpu=2))
    given = [admission.admit(job(name, gpus=1), PLENTY, 0) for name in "abcde"]
    assert [one and one.gpus for one in given] == [(0,), (1,), (0,), (1,), None]


def test_a_trial_with_several_gpus_gets_different_ones():
    admission = Admission(Site((), gpus=(0, 1, 2), trials_per_gpu=2))
    given = [admission.admit(job(name, gpus=2), PLENTY, 0) for name in "abcd"]
    assert [one and one.gpus for one in given] == [(0, 1), (0, 2), (1, 2), None]


def test_without_gpus_a_trial_gets_none_and_runs():
    assert Admission(Site(())).admit(job("a", gpus=-1), PLENTY, 0) == Allotment()
    admission = Admission(Site((), gpus=(0,)))
    assert all(admission.admit(job(name, gpus=0), PLENTY, 0) == Allotment() for name in "ab")


@dataclass(frozen=True)
class FakeGpu:
    index: int
    uuid: str


GPUS = [FakeGpu(0, "GPU-aaaa"), FakeGpu(1, "GPU-abbb"), FakeGpu(2, "GPU-cccc")]


@pytest.mark.parametrize(
    ("inherited", "left"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("-1", []),
        ("2,0", [2, 0]),
        ("1, 7, 0", [1]),
        ("GPU-c,GPU-ab", [2, 1]),
        ("MIG-1234", []),
    ],
)
def test_an_inherited_variable_leaves_those_that_it_names(inherited, left):
    assert [gpu.index for gpu in visible(GPUS, inherited)] == left


def test_a_site_is_what_the_settings_leave_of_a_machine():
    site = Site.of(
        Settings(gpus=(2, 0), trials_per_gpu=3, memory_total_mb=500, jobs=2), (0, 1), 2000, GPUS
    )
    assert site == Site((0, 1), (2, 0), 3, 500, careful=True)
    assert Site.of(Settings(jobs=2), (0,), 2000, []) == Site((0,), (), 1, 2000, careful=False)
    assert Site.of(Settings(jobs=0), (0,), 2000, []).careful
    assert Site.of(Settings(memory_total_mb=9000), (0,), 2000, []).memory_mb == 2000


@pytest.mark.parametrize(
    ("settings", "gpus", "text"),
    [
        (Settings(gpus=(0, 3)), GPUS, "CONFIG_SWEEP_GPUS: there is no GPU 3 for trials here; choose from 0, 1, 2"),
        (
            Settings(gpus=(0,)), [],
            "CONFIG_SWEEP_GPUS: there is no GPU 0 for trials here; leave the setting out, or see that "
            "`nvidia-smi` finds the GPUs and that CUDA_VISIBLE_DEVICES does not hide them",
        ),
        (
            Settings(gpus_per_trial=2, gpus=(1,)), GPUS,
            "CONFIG_SWEEP_GPUS_PER_TRIAL: each trial is to have 2 of the GPUs, of which there are 1; ask for fewer",
        ),
        (
            Settings(cpus_per_trial=3), GPUS,
            "CONFIG_SWEEP_CPUS_PER_TRIAL: each trial is to have 3 of the cores, of which there are 2; ask for fewer",
        ),
    ],
)  # fmt: skip
def test_what_the_machine_has_not_is_told(settings, gpus, text):
    with pytest.raises(InputError) as caught:
        Site.of(settings, (0, 1), 2000, gpus)
    assert str(caught.value) == text


# -- the formula ---------------------------------------------------------------------------------

CONFIG = (
    'CONFIG_BATCH=64\nCONFIG_DEEP=y\n# CONFIG_AMP is not set\nCONFIG_LR="0.5"\nCONFIG_WORD="y"\n'
)


@pytest.mark.parametrize(
    ("text", "megabytes"),
    [
        ("440*3 + 50*BATCH + 512", 440 * 3 + 50 * 64 + 512),
        ("100 * DEEP + 10 * AMP + 1000 * LR", 600),
        ("5 + INACTIVE", 5),
        ('7 * (WORD = "y")', 7),  # the text, not the bool
        ("ceil(BATCH / 3)", 22),
        ("12", 12),
    ],
)
def test_a_formula_is_of_the_configurations_values(text, megabytes):
    assert Formula(text).megabytes("config_001", CONFIG) == megabytes


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("BATCH / AMP", "range:3: config_001: there is a division by zero in `BATCH / AMP`; test the divisor before"),
        ("10 - BATCH", "range:3: config_001: `10 - BATCH` is -54; write what gives a number of MB, 0 or more"),
        ("WORD", "range:3: config_001: `WORD` is y; write what gives a number of MB, 0 or more"),
        ("2 * WORD", 'range:3: config_001: the text "y" cannot be calculated with in `2 * WORD`; compare text with `=` or `!=`'),
    ],
)  # fmt: skip
def test_a_formula_without_a_value_says_for_which_configuration(text, error):
    with pytest.raises(InputError) as caught:
        Formula(text, Where("range", 3)).megabytes("config_001", CONFIG)
    assert str(caught.value) == error


def test_the_symbols_of_a_formula_that_a_configuration_has():
    assert Formula("BATCH + AMP + NONE").named(CONFIG) == {"BATCH", "AMP"}


# -- before the run ------------------------------------------------------------------------------

MACHINE = (10_000.0, 8_000.0, 50.0)  # total, available, ksweep itself


def test_as_many_as_were_asked_for_where_they_fit():
    seen = outlook(Settings(jobs=4), Site(()), Worst("config_007", 2000), *MACHINE)
    assert seen.jobs == 4
    assert seen.notes == (
        "memory: system 1,950 MB + ksweep 50 MB + 4 x 2,000 MB (config_007) = 10,000 MB of 10,000 MB, "
        "8,000 MB available",
    )


def test_fewer_where_the_worst_would_not_fit():
    seen = outlook(Settings(jobs=4), Site(()), Worst("config_007", 3000), *MACHINE)
    assert seen.jobs == 2
    assert seen.notes[0].endswith(
        "= 8,000 MB of 10,000 MB, 8,000 MB available; 2 at once instead of 4"
    )


def test_a_number_that_the_runner_chooses_may_be_more_of_those_that_need_less():
    seen = outlook(Settings(jobs=0), Site((0, 1, 2, 3)), Worst("config_007", 3000), *MACHINE)
    assert seen.jobs == 4
    assert "2 x 3,000 MB" in seen.notes[0]
    assert seen.notes[0].endswith("; up to 4 at once of those that need less")


def test_not_even_one():
    with pytest.raises(InputError) as caught:
        outlook(Settings(jobs=4), Site((), memory_mb=500), Worst("config_007", 501), *MACHINE)
    assert str(caught.value).startswith(
        "CONFIG_SWEEP_MEMORY_MB: not even one trial fits: system 1,950 MB + "
    )


@pytest.mark.parametrize(
    ("settings", "site", "jobs", "note"),
    [
        ({"jobs": 0}, Site((0, 1, 2)), 3, ""),
        ({"jobs": 0, "cpus_per_trial": 2}, Site((0, 1, 2)), 1, ""),
        ({"jobs": 0}, Site((0, 1, 2), gpus=(0,)), 1, ""),
        ({"jobs": 4}, Site((0,), gpus=(0, 1)), 2, "2 at once instead of 4: each trial has 1 of the GPUs 0, 1"),
        (
            {"jobs": 9, "gpus_per_trial": 2}, Site((0,), gpus=(0, 1, 2), trials_per_gpu=2), 3,
            "3 at once instead of 9: each trial has 2 of the GPUs 0, 1, 2, which 2 trials share",
        ),
        ({"jobs": 4, "cpus_per_trial": 1}, Site((0, 1)), 2, "2 at once instead of 4: each trial has 1 of 2 cores"),
        ({"jobs": 4, "gpus_per_trial": 0}, Site((0,), gpus=(0,)), 4, ""),
    ],
)  # fmt: skip
def test_cores_and_gpus_limit_the_number_too(settings, site, jobs, note):
    seen = outlook(replace(Settings(), **settings), site, None, *MACHINE)
    assert seen.jobs == jobs
    assert seen.notes == ((note,) if note else ())


def test_memory_has_no_end_where_nobody_said_so():
    assert Site(()).memory_mb == math.inf
