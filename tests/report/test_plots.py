"""The pictures, and the functions that make them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ksweep.analysis.overview import Overview, overview
from ksweep.analysis.ranking import Ranking, choose_basis, rank
from ksweep.analysis.view import View
from ksweep.errors import InputError
from ksweep.model import Goal, TrialState
from ksweep.report.plots import (
    pictures,
    plot_convergence,
    plot_importance,
    plot_parameter_vs_metric,
)
from ksweep.report.reading import read_view
from report.sweeps import SETTINGS, Trial, lay_out, trials


def looked_at(
    tmp_path: Path, tried: list[Trial], **settings: object
) -> tuple[View, Ranking, Overview]:
    view = read_view(lay_out(tmp_path, tried, replace(SETTINGS, **settings)))
    ranking = rank(view.results, choose_basis(view.results, view.settings))
    return view, ranking, overview(view, ranking)


def best_line(figure, at: int = 0) -> list[float]:
    return list(figure.axes[at].lines[0].get_ydata())


def test_convergence_has_the_best_so_far(tmp_path: Path):
    tried = [
        Trial({"CONFIG_LR": str(n)}, {"acc": acc}) for n, acc in enumerate([3.0, 1.0, 5.0, 4.0], 1)
    ]
    failed = Trial({"CONFIG_LR": "9"}, {"acc": 9.0}, TrialState.FAILED)
    view, ranking, _ = looked_at(tmp_path / "up", [*tried, failed])
    figure = plot_convergence(view, ranking)
    assert best_line(figure) == best_line(figure, 1) == [3.0, 5.0, 5.0]
    assert list(figure.axes[0].lines[0].get_xdata()) == [1, 3, 5]
    assert list(figure.axes[1].lines[0].get_xdata()) == [2, 4, 6]
    assert [drawn.get_xlabel() for drawn in figure.axes] == [
        "trials that ended",
        "seconds since the first start",
    ]
    view, ranking, _ = looked_at(tmp_path / "down", [*tried, failed], goal=Goal.MINIMIZE)
    assert best_line(plot_convergence(view, ranking)) == [3.0, 1.0, 1.0]


def test_importance_has_a_bar_a_parameter(tmp_path: Path):
    _, _, found = looked_at(tmp_path, trials(40))
    [drawn] = plot_importance(found.importances[0]).axes
    shares = {share.factor: 100 * share.share for share in found.importances[0].shares}
    assert sum(bar.get_width() for bar in drawn.patches) == pytest.approx(sum(shares.values()))
    names = [label.get_text() for label in drawn.get_yticklabels()]
    assert sorted(names) == ["BETA", "LABEL", "LR", "OPT"]


def test_a_parameter_with_few_values_has_their_means(tmp_path: Path):
    tried = [
        Trial({"CONFIG_LR": rate}, {"acc": acc})
        for rate, acc in [("10", 1.0), ("2", 5.0), ("2", 7.0)]
    ]
    view, ranking, _ = looked_at(tmp_path, tried)
    [drawn] = plot_parameter_vs_metric(view, ranking, "CONFIG_LR").axes
    assert [label.get_text() for label in drawn.get_xticklabels()] == ["2", "10"]
    assert [list(line.get_ydata()) for line in drawn.lines] == [[6.0, 6.0], [1.0, 1.0]]


def test_a_parameter_with_many_values_has_an_axis(tmp_path: Path):
    view, ranking, _ = looked_at(tmp_path, trials(40))
    [drawn] = plot_parameter_vs_metric(view, ranking, "LR").axes
    assert drawn.get_xscale() == "log"
    assert len(drawn.collections[0].get_offsets()) == 36
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("LR", "acc")


def test_a_parameter_that_there_is_not(tmp_path: Path):
    view, ranking, _ = looked_at(tmp_path, trials(5))
    with pytest.raises(InputError) as error:
        plot_parameter_vs_metric(view, ranking, "SPEED")
    assert str(error.value) == "plot: no parameter `SPEED` varies; there are LR, OPT, BETA, LABEL"


def test_texts_of_the_results_are_no_formulas(tmp_path: Path):
    tried = [Trial({"CONFIG_LABEL": text}, {"a$^$b": 1.0}) for text in ("$x^{", "_$y$")]
    made = pictures(*looked_at(tmp_path, tried, metric="a$^$b"))
    assert set(made) == {"convergence", "parameter_LABEL"}


def test_pictures_are_png(tmp_path: Path):
    made = pictures(*looked_at(tmp_path, trials(40)))
    parameters = {f"parameter_{name}" for name in ("LR", "OPT", "BETA", "LABEL")}
    assert set(made) == {"convergence", "importance", *parameters}
    assert all(picture.startswith(b"\x89PNG\r\n") for picture in made.values())


@pytest.mark.parametrize("tried", [[], [Trial({"CONFIG_LR": "1"}, status=TrialState.FAILED)]])
def test_nothing_to_draw(tmp_path: Path, tried: list[Trial]):
    assert pictures(*looked_at(tmp_path, tried)) == {}


def test_without_matplotlib_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    view, ranking, _ = looked_at(tmp_path, trials(5))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError) as error:
        plot_convergence(view, ranking)
    assert str(error.value).endswith(" -m pip install 'ksweep[report]'")


def test_numbers_that_no_picture_can_place_are_left_out(tmp_path: Path):
    tried = [
        Trial({"CONFIG_LR": f"{n}e{400 * (n % 2)}"}, {"acc": acc})
        for n, acc in enumerate([1.7e308, -1.7e308, *map(float, range(20))], 1)
    ]
    found = pictures(*looked_at(tmp_path, tried))
    assert {"convergence", "parameter_LR"} <= found.keys()


def test_a_name_in_letters_that_the_font_has_not_is_no_matter(tmp_path: Path):
    tried = [Trial({"CONFIG_LR": str(n)}, {"\u7cbe\u5ea6": float(n)}) for n in range(3)]
    assert pictures(*looked_at(tmp_path, tried, metric="\u7cbe\u5ea6"))


def test_the_axis_is_where_the_good_trials_are_and_the_others_are_counted(tmp_path: Path):
    values = [90 + n / 10 for n in range(18)] + [1.0, 2.0]
    tried = [Trial({"CONFIG_LR": str(n % 4)}, {"acc": acc}) for n, acc in enumerate(values)]
    for name, goal in (("up", Goal.MAXIMIZE), ("down", Goal.MINIMIZE)):
        sign = 1 if goal is Goal.MAXIMIZE else -1
        some = [replace(one, metrics={"acc": sign * one.metrics["acc"]}) for one in tried]
        view, ranking, _ = looked_at(tmp_path / name, some, goal=goal)
        [drawn] = plot_parameter_vs_metric(view, ranking, "LR").axes
        low, high = sorted(sign * end for end in drawn.get_ylim())
        assert 80 < low < 90
        assert 91.7 < high < 93
        assert drawn.get_title("right") == "2 of 20 (10%) are worse than is shown"
    level = [Trial({"CONFIG_LR": str(n)}, {"acc": 50.0 + n}) for n in range(20)]
    view, ranking, _ = looked_at(tmp_path / "level", level)
    [drawn] = plot_parameter_vs_metric(view, ranking, "LR").axes
    assert drawn.get_title("right") == ""


def test_equal_values_stand_beside_each_other_and_long_names_are_cut(tmp_path: Path):
    names = ["a" * 60, "b" * 60, "c" * 60]
    tried = [Trial({"CONFIG_LABEL": names[n % 3]}, {"acc": 5.0}) for n in range(12)]
    view, ranking, _ = looked_at(tmp_path, tried)
    [drawn] = plot_parameter_vs_metric(view, ranking, "LABEL").axes
    across = [round(float(x), 6) for x, _ in drawn.collections[0].get_offsets()]
    assert len(set(across)) == 12
    assert all(abs(x - round(x)) < 0.25 for x in across)
    assert max(len(label.get_text()) for label in drawn.get_xticklabels()) == 24
    assert [one.get_text() for one in drawn.get_legend().get_texts()] == ["a trial", "the mean"]


def test_a_seed_has_no_picture(tmp_path: Path):
    view, ranking, found = looked_at(tmp_path, trials(20), replicate=("LABEL",))
    assert "parameter_LABEL" not in pictures(view, ranking, found)
    assert "parameter_LR" in pictures(view, ranking, found)
