"""The page as somebody sees and uses it, opened from a file, with no network."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ksweep.model import Goal, Objective, TrialState
from ksweep.report import page
from report.browser import Browser
from report.sweeps import HOSTILE, SETTINGS, Trial, lay_out, trials, values

ROWS = "#trials tbody tr"
AXIS = "#parallel .brushable[data-key='brush:%s']"
COUNT = "return +document.querySelector('#selection').textContent.split(' ')[0].replaceAll(',', '')"


def shown(browser: Browser, tmp_path: Path, document: page.Document) -> None:
    file = tmp_path / "report.html"
    file.write_text(page.page(document), "utf-8")
    browser.open(file.as_uri())
    browser.until("return document.querySelector('#trials .pager')")


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Browser:
    shown(browser, tmp_path, values(lay_out(tmp_path, trials(120))))
    return browser


def column(browser: Browser, name: str) -> list[str]:
    """What the table shows in a column now."""
    heads = [re.sub(r" [▴▾]$", "", text) for text in browser.texts("#trials thead th")]
    return browser.texts(f"{ROWS} > :nth-child({heads.index(name) + 1})")


def selected(browser: Browser) -> int:
    return int(browser.run(COUNT))


# -- what there is -------------------------------------------------------------------------------


def test_every_part_shows_something_and_nothing_is_loaded(opened: Browser):
    assert opened.text("#name").startswith("sweep_")
    assert opened.texts("section:not([hidden]) > h2") == [
        "Importance", "What next", "Convergence", "Each parameter", "All parameters at once",
        "Two parameters", "Trade-offs", "Learning curves", "Trials", "Failures",
        "Where it comes from",
    ]  # fmt: skip
    assert opened.texts("#contents a") == opened.texts("section:not([hidden]) > h2")
    for part in ("convergence", "parameters", "parallel", "heatmap", "front", "curves"):
        assert opened.run("return document.querySelectorAll(arguments[0]).length", f"#{part} svg")
    assert len(opened.texts(ROWS)) == 50
    assert opened.texts("#importance tbody th") != []
    assert "CONFIG_SWEEP_REPEAT=3" in opened.texts("#next li pre")
    assert opened.run("return performance.getEntriesByType('resource').length") == 0


def test_the_policy_holds(opened: Browser):
    opened.run(
        "window.refused = 0;"
        "document.addEventListener('securitypolicyviolation', () => { window.refused += 1; });"
        "fetch('https://example.org/').catch(() => 0);"
        "document.body.append(Object.assign(new Image(), { src: 'https://example.org/x.png' }));"
        "const script = document.createElement('script'); script.textContent = 'window.ran = 1';"
        "document.body.append(script);"
    )
    opened.until("return window.refused >= 3")
    assert opened.run("return window.ran === undefined")
    assert len(opened.complaints()) >= 3  # of what was just tried


def test_what_comes_from_the_results_is_text(browser: Browser, tmp_path: Path):
    bad = Trial({"CONFIG_LR": "2"}, status=TrialState.FAILED, error=HOSTILE, log=HOSTILE)
    good = [
        Trial(
            {"CONFIG_LR": f"{n}", "CONFIG_LABEL": HOSTILE + str(n % 2)},
            {"acc": float(n), HOSTILE: 1.0},
        )
        for n in range(1, 5)
    ]
    texts = {HOSTILE: HOSTILE}
    results = lay_out(
        tmp_path, [bad, *good], replace(SETTINGS, command=HOSTILE), range_file={"texts": texts}
    )
    shown(browser, tmp_path, values(results))
    assert browser.text("#about") == HOSTILE
    assert HOSTILE[:40] in column(browser, "LABEL")[0]
    assert HOSTILE in browser.texts("#failures code")
    assert HOSTILE in browser.texts("#origin pre")
    assert browser.texts("#failures pre") == [HOSTILE]
    browser.click(f"{ROWS} button")
    assert HOSTILE + "0" in browser.texts("#trial dd")
    browser.hover(300, 300)
    assert browser.run("return document.querySelectorAll('img').length") == 0


def test_a_large_page_is_unpacked(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from ksweep.report.page import html

    monkeypatch.setattr(html, "_PACKED_FROM", 1000)
    shown(browser, tmp_path, values(lay_out(tmp_path, trials(60))))
    assert selected(browser) == 60


@pytest.mark.parametrize(
    "tried",
    [
        [],
        [Trial({"CONFIG_LR": "1"}, status=TrialState.PENDING)],
        [Trial({"CONFIG_LR": "1"}, status=TrialState.FAILED, error="no")],
        [Trial({"CONFIG_LR": "1"}, {"acc": 1.0})],
        [Trial({"CONFIG_LR": str(n)}, {"acc": 1.0}) for n in range(1, 4)],
        [Trial({"CONFIG_LR": "1"}, {"other": 1.0})],
        [Trial({"CONFIG_LR": "1"}, {"acc": float("nan")})],
        [Trial({}, {"acc": 1.0}), Trial({}, {"acc": 2.0})],
    ],
    ids=["none", "pending", "failed", "one", "equal", "no metric", "nan", "no parameter"],
)
def test_little_is_no_problem(browser: Browser, tmp_path: Path, tried: list[Trial]):
    shown(browser, tmp_path, values(lay_out(tmp_path, tried)))
    assert len(browser.texts(ROWS)) == len(tried)


@pytest.mark.parametrize(
    "measured",
    [
        [0.3, 0.1 + 0.2, 0.3],
        [1.7e308, -1.7e308, 1.0],
        [5e-324, 1e-323, 0.0],
        [1e-30, 2e-30, 3e-30],
    ],
    ids=["the last digit", "huge", "tiny", "small"],
)
def test_any_numbers_can_be_drawn(browser: Browser, tmp_path: Path, measured: list[float]):
    log = [f"acc: {value}\nacc: {value / 2}\n" for value in measured]
    tried = [
        Trial({"CONFIG_LR": str(value), "CONFIG_LABEL": "ab"[at % 2]}, {"acc": value}, log=log[at])
        for at, value in enumerate(measured)
    ]
    shown(browser, tmp_path, values(lay_out(tmp_path, tried)))
    ticks = browser.texts("#convergence .panel:first-child .tick.end")
    assert len(ticks) == len(set(ticks)) >= 1


def test_names_that_every_object_has_are_names_like_others(browser: Browser, tmp_path: Path):
    names = ("constructor", "toString", "__proto__")
    axes = [{"kind": "single", "symbols": [name], "values": "1|2"} for name in names]
    told = {"acc": 1, **dict.fromkeys(names, 2)}
    tried = [
        Trial(
            {f"CONFIG_{name}": str(n % 2 + 1) for name in names},
            {name: float(n) for name in (told if n else ["acc"])},
            log="".join(
                f"KSWEEP {json.dumps({'step': step, **(told if n else {'acc': 1})})}\n"
                for step in range(3)
            ),
        )
        for n in range(4)
    ]
    shown(browser, tmp_path, values(lay_out(tmp_path, tried, axes=axes)))
    for name in names:
        browser.run(
            "const metric = document.querySelector('#metric'); metric.value = arguments[0];"
            "metric.dispatchEvent(new Event('change'));",
            name,
        )
        assert name in browser.texts("#convergence svg .title")
        assert len(browser.texts("#curves .legend button")) == 3


# -- the table -----------------------------------------------------------------------------------


def test_the_table_sorts(opened: Browser):
    assert column(opened, "#") == [str(n) for n in range(1, 51)]
    opened.click("[data-key='sort:acc']")
    found = [float(text) for text in column(opened, "acc")]
    assert found == sorted(found, reverse=True)
    assert opened.run("return document.activeElement.dataset.key") == "sort:acc"
    opened.click("[data-key='sort:acc']")
    found = [float(text) for text in column(opened, "acc")]
    assert found == sorted(found)
    assert opened.run("return document.querySelector('th[aria-sort]').ariaSort") == "ascending"
    opened.click("[data-key='sort:LR']")
    rates = [float(text) for text in column(opened, "LR")]
    assert rates == sorted(rates)


def test_what_has_no_value_comes_last_either_way(opened: Browser):
    for _ in range(2):
        opened.click("[data-key='sort:BETA']")
        opened.click("[data-key='page:Last page']")
        assert set(column(opened, "BETA")) == {"–"}
        opened.click("[data-key='page:First page']")
        assert "–" not in column(opened, "BETA")[:10]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("LR<0.01", lambda row: float(row["LR"]) < 0.01),
        ("config_lr>=0.01", lambda row: float(row["LR"]) >= 0.01),
        ("LR < 0.01 && OPT == sgd", lambda row: float(row["LR"]) < 0.01 and row["OPT"] == "SGD"),
        ("OPT=sgd LABEL=a", lambda row: row["OPT"] == "SGD" and row["LABEL"] == "a"),
        ("BETA=0.8", lambda row: row["BETA"] == "0.8"),
        ("status!=success", lambda row: row["status"] == "failed"),
        ("config_01", lambda row: row["config"].startswith("config_01")),
        ('config~"_09"', lambda row: "_09" in row["config"]),
        ("nothing-like-that", lambda row: False),
    ],
)
def test_the_filter_selects(opened: Browser, text: str, holds):
    names = ["config", "status", "LR", "OPT", "BETA", "LABEL"]
    columns = {name: [] for name in names}
    for _ in range(3):
        for name in names:
            columns[name] += column(opened, name)
        if not opened.run(
            "return document.querySelector('[data-key=\"page:Next page\"]').disabled"
        ):
            opened.click("[data-key='page:Next page']")
    rows = [dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    expected = {row["config"] for row in rows if holds(row)}
    opened.write("#filter", text)
    opened.until(f"{COUNT} === arguments[0]", len(expected))
    assert set(column(opened, "config")) <= expected
    opened.click("#clear")
    assert selected(opened) == 120


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SPEED>3", "There is no column SPEED."),
        ("LR<", "LR< needs a value."),
        ("acc > abc", "abc is no number."),
    ],
)
def test_what_is_wrong_with_the_filter_is_told(opened: Browser, text: str, problem: str):
    opened.write("#filter", text)
    opened.until("return document.querySelector('#filter-problem').textContent")
    assert opened.text("#filter-problem") == problem
    assert selected(opened) == 120


def test_columns_can_be_chosen(opened: Browser):
    assert "peak_rss_mb" not in "".join(opened.texts("#trials thead th"))
    opened.click("#trials .chooser summary")
    opened.click("[data-key='column:peak_rss_mb']")
    opened.click("[data-key='column:LR']")
    heads = opened.texts("#trials thead th")
    assert "peak_rss_mb" in heads
    assert "LR" not in heads
    assert opened.run("return document.querySelector('#trials .chooser').open")


def test_a_trial_opens_with_all_that_is_known(opened: Browser):
    opened.click(f"{ROWS} button")
    terms = dict(zip(opened.texts("#trial dt"), opened.texts("#trial dd"), strict=True))
    assert terms["directory"].startswith(opened.text(f"{ROWS} button"))
    assert {"LR", "OPT", "acc", "loss", "total_time", "peak_rss_mb", "started"} <= terms.keys()
    opened.press("Escape")
    assert not opened.run("return document.querySelector('#trial').open")


# -- the plots -----------------------------------------------------------------------------------


def place(browser: Browser, name: str) -> tuple[float, float, float]:
    """The middle, top and bottom of an axis in the window."""
    script = (
        "const axis = document.querySelector(arguments[0]);"
        "axis.scrollIntoView({ block: 'center' });"
        "const box = axis.querySelector('.axis').getBoundingClientRect();"
        "return [box.x + box.width / 2, box.top, box.bottom];"
    )
    x, top, bottom = browser.run(script, AXIS % name)
    return x, top, bottom


def test_brushing_selects(opened: Browser):
    x, top, bottom = place(opened, "LR")
    opened.drag(x, top, (top + bottom) / 2)
    some = selected(opened)
    assert 0 < some < 120
    rates = [float(text) for text in column(opened, "LR")]
    label = opened.run("return document.querySelector(arguments[0]).ariaLabel", AXIS % "LR")
    low, high = (float(text) for text in label.removeprefix("LR: ").split(" to "))
    assert len(rates) == min(some, 50)
    assert all(low * 0.99 <= rate <= high * 1.01 for rate in rates)
    x, top, bottom = place(opened, "OPT")
    opened.drag(x, top, top + (bottom - top) * 0.45)
    both = selected(opened)
    assert 0 < both < some
    assert len(set(column(opened, "OPT"))) == 1
    opened.click("#clear")
    assert selected(opened) == 120


def test_brushing_where_a_parameter_is_inactive(opened: Browser):
    x, _, bottom = place(opened, "BETA")
    opened.drag(x, bottom + 14, bottom + 30)
    assert set(column(opened, "BETA")) == {"–"}
    opened.drag(x, bottom + 20, bottom + 20)
    assert set(column(opened, "BETA")) == {"–"}


def test_brushing_by_keys(opened: Browser):
    opened.run("document.querySelector(arguments[0]).focus()", AXIS % "OPT")
    opened.press("ArrowUp")
    first = set(column(opened, "OPT"))
    assert len(first) == 1
    opened.press("ArrowUp")
    second = set(column(opened, "OPT"))
    assert len(second) == 1
    assert second != first
    opened.press("ArrowDown", shift=True)
    label = opened.run("return document.activeElement.ariaLabel")
    assert set(label.removeprefix("OPT: ").split(", ")) == first | second
    assert opened.run("return document.activeElement.dataset.key") == "brush:OPT"
    opened.press("Delete")
    assert selected(opened) == 120


def test_a_mark_under_the_pointer_tells_its_trial(opened: Browser):
    x, y = opened.run(
        "const chart = document.querySelector('#convergence svg');"
        "chart.scrollIntoView({ block: 'center' });"
        "const box = chart.getBoundingClientRect();"
        "const [, x, y] = /M([\\d.]+) ([\\d.]+)h0/.exec(chart.querySelector('.dots.best').getAttribute('d'));"
        "return [box.x + Number(x), box.y + Number(y)];"
    )
    opened.hover(x + 1, y + 1)
    told = opened.until(
        "const b = document.querySelector('#tooltip'); return !b.hidden && b.textContent"
    )
    assert re.match(r"config_\d+ · no\. \d+acc: ", told)


def test_marks_can_be_reached_by_keys(opened: Browser):
    opened.run("document.querySelector('#convergence svg').focus()")
    opened.press("ArrowRight")
    first = opened.text("#tooltip strong")
    opened.press("ArrowRight")
    opened.press("ArrowRight")
    assert opened.text("#tooltip strong") != first
    opened.press("Enter")
    opened.until("return document.querySelector('#trial').open")


def test_another_metric_and_the_other_end_of_it(opened: Browser):
    opened.run(
        "const metric = document.querySelector('#metric'); metric.value = 'loss';"
        "metric.dispatchEvent(new Event('change'));"
    )
    assert opened.text("#goal") == "↓ low is good"
    assert "loss" in opened.texts("#convergence svg .title")
    opened.click("#goal")
    assert opened.text("#goal") == "↑ high is good"


def test_the_heat_map_shows_any_two_parameters(opened: Browser):
    opened.run(
        "for (const [at, name] of [[0, 'OPT'], [1, 'LABEL']]) {"
        "  const select = document.querySelectorAll('#heatmap select')[at]; select.value = name;"
        "  select.dispatchEvent(new Event('change'));"
        "}"
    )
    assert len(opened.texts("#heatmap .cell")) == 4
    opened.run(
        "const how = document.querySelectorAll('#heatmap select')[2]; how.value = 'count';"
        "how.dispatchEvent(new Event('change'));"
    )
    assert sum(int(text) for text in opened.texts("#heatmap .cell text")) == 108


def test_the_cells_of_the_heat_map_tell_their_trials_by_keys_too(opened: Browser):
    opened.run("document.querySelector('#heatmap svg').focus()")
    told = []
    for _ in range(2):
        opened.press("ArrowRight")
        assert len(opened.texts("#heatmap .cell.at")) == 1
        told.append(opened.text("#tooltip"))
    assert told[0] != told[1]
    for text in told:
        assert re.search(r" = .* = .*\d+ trials?mean .*best ", text)
    opened.run("document.activeElement.blur()")
    assert not opened.texts("#heatmap .cell.at")


def test_several_objectives_have_their_front(browser: Browser, tmp_path: Path):
    aims = (Objective("acc", Goal.MAXIMIZE, 2.0), Objective("total_time", Goal.MINIMIZE))
    document = values(lay_out(tmp_path, trials(40), replace(SETTINGS, objectives=aims)))
    shown(browser, tmp_path, document)
    marked = browser.run("return document.querySelectorAll('#front .onfront').length")
    assert marked == len(document["front"])
    on_line = browser.run(
        "return document.querySelector('#front .dots.best').getAttribute('d').split('M').length - 1"
    )
    assert on_line == marked
    assert browser.texts("#summary .best .figure span") == ["acc ↑", "total_time ↓"]
    assert "score" in browser.texts("#trials thead th")


def test_repeated_runs_are_compared_by_their_means(browser: Browser, tmp_path: Path):
    axes = [{"kind": "single", "symbols": [name], "values": "1|2"} for name in ("LR", "SEED")]
    tried = [
        Trial({"CONFIG_LR": rate, "CONFIG_SEED": str(seed)}, {"acc": acc + seed / 10})
        for rate, acc in (("1", 80.0), ("2", 90.0), ("3", 90.05))
        for seed in (1, 2, 3)
    ]
    settings = replace(SETTINGS, replicate=("SEED",))
    shown(browser, tmp_path, values(lay_out(tmp_path, tried, settings, axes)))
    assert browser.texts("#repeats tbody th") == ["config_007", "config_004", "config_001"]
    assert browser.texts(".best strong, .best p") == [
        "90.25 ± 0.1", "config_007, 3 runs, mean ± deviation",
    ]  # fmt: skip
    assert browser.texts("#next li b") == [
        "Run more often what may be the best, with more values of CONFIG_SEED"
    ]
    assert browser.text("#next li p") == "1 of 2 other configurations cannot be told from the best"
    assert not browser.texts("#next pre")
    last = browser.texts("#repeats tbody td:last-child")
    assert last == ["the best", "cannot be told", "worse"]


def test_more_trials_than_plots_draw(browser: Browser, tmp_path: Path):
    document = values(lay_out(tmp_path, trials(40)))
    for key in ("names", "directories", "repeats", "exit_codes", "started", "finished"):
        document["trials"][key] *= 100
    for key in ("status", "errors", "hosts"):
        document["trials"][key]["codes"] *= 100
    for one in document["parameters"]:
        one["codes"] *= 100
    for one in document["measured"]:
        one["values"] *= 100
    shown(browser, tmp_path, document)
    assert selected(browser) == 4000
    note = browser.text("#convergence .note")
    assert re.match(r"Drawn are [23],\d{3} of 4,000 trials: the best 100 and an even spread", note)
    drawn = browser.run(
        "return [...document.querySelectorAll('#convergence .panel:first-child .dots:not(.best)')]"
        ".reduce((sum, one) => sum + one.getAttribute('d').split('M').length - 1, 0)"
    )
    assert 2000 < drawn <= 3000


# -- how it looks --------------------------------------------------------------------------------


def rgb(browser: Browser, selector: str, what: str) -> list[int]:
    script = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    return [int(part) for part in re.findall(r"\d+", browser.run(script, selector, what))[:3]]


def luminance(colour: list[int]) -> float:
    """By the definition of WCAG 2.2."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_is_on(opened: Browser, scheme: str):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    opened.emulate("Emulation.setEmulatedMedia", features=features)
    try:
        for text, ground in [
            ("body", "body"), ("#about", "body"), ("#trials .hint, .hint", ".card"),
            ("#trials td", ".card"), ("button.link", ".card"), (".chip.success", ".chip.success"),
            (".chip.failed", ".chip.failed"), (".best .figure > strong", ".card"),
        ]:  # fmt: skip
            lights = [
                luminance(rgb(opened, text, "color")),
                luminance(rgb(opened, ground, "backgroundColor")),
            ]
            contrast = (max(lights) + 0.05) / (min(lights) + 0.05)
            assert contrast >= (3 if "strong" in text else 4.5), (text, contrast)
        dark = luminance(rgb(opened, "body", "backgroundColor")) < 0.1
        assert dark is (scheme == "dark")
    finally:
        opened.emulate("Emulation.setEmulatedMedia", features=[])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_stand_out_from_their_cells(opened: Browser, scheme: str):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    opened.emulate("Emulation.setEmulatedMedia", features=features)
    try:
        for level in range(7):
            opened.run(
                "document.querySelector('#heatmap .cell').setAttribute('class', arguments[0])",
                f"cell s{level}",
            )
            lights = [
                luminance(rgb(opened, f"#heatmap .cell {one}", "fill")) for one in ("text", "rect")
            ]
            contrast = (max(lights) + 0.05) / (min(lights) + 0.05)
            assert contrast >= 4.5, (level, contrast)
    finally:
        opened.emulate("Emulation.setEmulatedMedia", features=[])


def test_a_phone_shows_it_without_scrolling_sideways(opened: Browser):
    opened.emulate(
        "Emulation.setDeviceMetricsOverride",
        width=360,
        height=740,
        deviceScaleFactor=1,
        mobile=True,
    )
    try:
        opened.until("return innerWidth === 360")
        opened.until("return document.documentElement.scrollWidth <= 360")
        wide = opened.run(
            "return [...document.querySelectorAll('main svg.chart:not(.parallel), .card, section, #bar input')]"
            ".filter((one) => one.getBoundingClientRect().right > 361).length"
        )
        assert wide == 0
    finally:
        opened.emulate("Emulation.clearDeviceMetricsOverride")


def test_everything_that_can_be_used_has_a_name(opened: Browser):
    nameless = opened.run(
        "return [...document.querySelectorAll('button, select, input, [tabindex=\"0\"]')].filter((one) =>"
        " !(one.ariaLabel || one.textContent.trim() || one.labels?.[0]?.textContent.trim()"
        " || one.getAttribute('aria-label'))).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert nameless == []
