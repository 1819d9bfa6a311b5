// Two parameters against each other: the metric of the trials in each cell.

const BINS = 8; // of a parameter with many values
const HOW = { mean: "mean", best: "best", count: "number of trials" };

function drawHeatmap(app) {
  const { sweep, ui } = app;
  const holder = byId("heatmap").querySelector(".body");
  const columns = byImportance(app, sweep.varying());
  if (columns.length < 2) {
    fill(holder, el("p", { class: "note" }, "Fewer than two parameters vary."));
    return;
  }
  const names = columns.map((column) => column.name);
  const [a, b] = twoOf(ui.heat, names);
  const pick = (label, key, at) => selector(label, key, (name) => {
    ui.heat = [a, b]; ui.heat[at] = name; app.draw();
  });
  const [x, y] = [pick("Across", "heat-x", 0), pick("Up", "heat-y", 1)];
  const how = selector("Show", "heat-how", (name) => { ui.heatHow = name; app.draw(); });
  setOptions(x.select, names, a);
  setOptions(y.select, names, b);
  setOptions(how.select, Object.keys(HOW), ui.heatHow);
  const room = el("div", {});
  fill(holder, el("div", { class: "controls" }, x.holder, y.holder, how.holder), room);
  drawCells(app, room, sweep.columns.get(a), sweep.columns.get(b));
}

/** Two different names: those chosen where they are still there, else the first ones. */
function twoOf(chosen, names) {
  const [a = names[0], b] = chosen.filter((name) => names.includes(name));
  return [a, b !== undefined && b !== a ? b : names.find((name) => name !== a)];
}

/** The slots of an axis: its levels, or bins of a continuous parameter. */
function slotsOf(column, rows) {
  if (column.ordinal) return { levels: column.levels, of: (row) => column.codes[row] };
  const scale = scaleFor(column, rows, 0);
  const edge = (bin) => figure(Number(scale.back(bin / BINS).toPrecision(2)));
  return {
    levels: Array.from({ length: BINS }, (_, bin) => `${edge(bin)}…${edge(bin + 1)}`),
    of: (row) => (column.codes[row] < 0 ? -1 : clamp(Math.floor(scale.at(column.num(row)) * BINS), 0, BINS - 1)),
  };
}

/** For each cell how many trials there are, and what they come to. */
function cellsOf(app, across, up, rows) {
  const metric = app.sweep.columns.get(app.ui.metric);
  const better = app.sweep.up(app.ui.metric) ? Math.max : Math.min;
  const cells = new Map();
  for (const row of rows) {
    const [i, j] = [across.of(row), up.of(row)];
    if (i < 0 || j < 0 || !app.selected[row]) continue;
    const key = j * across.levels.length + i;
    const cell = cells.get(key) ?? { i, j, count: 0, sum: 0, best: undefined };
    const value = metric.num(row);
    cell.count += 1;
    cell.sum += value;
    cell.best = cell.best === undefined ? value : better(cell.best, value);
    cells.set(key, cell);
  }
  for (const cell of cells.values()) cell.mean = cell.sum / cell.count;
  return [...cells.values()].sort((a, b) => a.j - b.j || a.i - b.i);
}

function drawCells(app, holder, column, other) {
  const { sweep, ui } = app;
  const rows = sweep.bestFirst(ui.metric);
  const [across, up] = [slotsOf(column, rows), slotsOf(other, rows)];
  const cells = cellsOf(app, across, up, rows);
  if (!cells.length) { fill(holder, el("p", { class: "note" }, "No selected trial has both.")); return; }
  const width = roomIn(holder);
  const drawn = frame({ width, height: clamp(up.levels.length * 40 + 60, 160, 480),
    x: ordinal(across.levels), y: ordinal(up.levels), xTitle: column.name,
    label: `${HOW[ui.heatHow]} of ${ui.metric} by ${column.name} and ${other.name}` });
  const up01 = ui.heatHow === "count" || sweep.up(ui.metric);
  const [lo, hi] = rangeOf(cells.map((cell) => cell[ui.heatHow]), up01, ui.zoom && ui.heatHow !== "count");
  const [w, h] = [(drawn.box.right - drawn.box.left) / across.levels.length,
    (drawn.box.bottom - drawn.box.top) / up.levels.length];
  const marks = cells.map((cell) => {
    const share = hi > lo ? clamp((cell[ui.heatHow] - lo) / (hi - lo), 0, 1) : up01 ? 1 : 0;
    return cellMark(app, drawn, cell, shade(up01 ? share : 1 - share), w, h);
  });
  drawn.root.append(...marks);
  const told = ({ i, j }) => [`${column.name} = ${across.levels[i]}`, `${other.name} = ${up.levels[j]}`];
  const show = walkable(drawn.root, cells.length, (at) => {
    marks.forEach((mark, place) => mark.classList.toggle("at", place === at));
    const cell = cells[at];
    if (cell === undefined) { hideTooltip(); return; }
    showTooltip(drawn.root, drawn.X(cell.i), drawn.Y(cell.j), [...told(cell), ...cameTo(app, cell)]);
  });
  marks.forEach((mark, place) => mark.addEventListener("pointerenter", () => show(place)));
  fill(holder, drawn.root, el("p", { class: "hint" },
    `${HOW[ui.heatHow]} of ${ui.heatHow === "count" ? "" : `${ui.metric}, `}of the selected trials that succeeded; ` +
    `up: ${other.name}, across: ${column.name}. Strong colours are ${ui.heatHow === "count" ? "many" : "good"}.`));
}

/** What the colours go from and to: without the worst quarter of the cells where that is wanted. */
function rangeOf(values, up, zoomed) {
  const rising = Float64Array.from(values).sort();
  return [quantile(rising, zoomed && up ? 0.25 : 0), quantile(rising, zoomed && !up ? 0.75 : 1)];
}

function cellMark(app, drawn, cell, level, w, h) {
  const text = (value) => (app.ui.heatHow === "count" ? grouped(value) : measured(app.ui.metric, value));
  const [x, y] = [drawn.X(cell.i), drawn.Y(cell.j)];
  const shown = text(cell[app.ui.heatHow]);
  return svg("g", { class: `cell s${level}` },
    svg("rect", { x: round(x - w / 2 + 1), y: round(y - h / 2 + 1), width: round(Math.max(w - 2, 1)),
      height: round(Math.max(h - 2, 1)), rx: 3 }),
    shown.length * 7 < w && h > 16 ? words(shown, x, y + 4, "tick middle") : null);
}

const cameTo = (app, cell) => [counted(cell.count, "trial"),
  `mean ${measured(app.ui.metric, cell.mean)}`, `best ${measured(app.ui.metric, cell.best)}`];
