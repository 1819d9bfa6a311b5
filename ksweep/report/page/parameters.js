// Each parameter against the metric, and how much each matters.

const PARTS = 8; // of the trials along a continuous parameter, of which the medians are drawn

function drawParameters(app) {
  const { sweep, ui } = app;
  const holder = byId("parameters").querySelector(".body");
  const columns = byImportance(app, sweep.varying());
  if (!columns.length || !sweep.bestFirst(ui.metric).length) {
    fill(holder, el("p", { class: "note" }, columns.length
      ? `No trial has succeeded with a ${ui.metric} yet.` : "No parameter varies."));
    return;
  }
  const panels = columns.map((column) => el("figure", { class: "panel" },
    el("figcaption", {}, column.name), el("div", {})));
  fill(holder, el("div", { class: "panels" }, ...panels),
    el("p", { class: "hint" }, "Boxes are quartiles with the median of the successful trials; " +
      "grey lines are medians of eighths. Strong colours are good trials."),
    thinningNote(sweep, ui.metric));
  columns.forEach((column, at) => drawParameter(app, panels[at].lastChild, column));
}

/** What the analysis says of the metric that is chosen, where it says anything. */
const importanceOf = ({ sweep, ui }) => sweep.doc.importances.find((one) => one.measure === ui.metric);

/** The most important one first, where that is known. */
function byImportance(app, columns) {
  const known = new Map((importanceOf(app) ?? app.sweep.doc.importances[0])?.shares.map((one) => [one.name, one.share]));
  return [...columns].sort((a, b) => (known.get(b.name) ?? -1) - (known.get(a.name) ?? -1));
}

function drawParameter(app, holder, column) {
  const { sweep, ui } = app;
  const metric = sweep.columns.get(ui.metric);
  const rows = sweep.plotted(ui.metric).filter((row) =>
    column.codes[row] >= 0 && metric.num(row) === metric.num(row));
  const x = scaleFor(column, rows);
  const drawn = frame({ width: roomIn(holder), height: 200, x,
    y: metricScale(sweep, ui.metric, rows, ui.zoom), yText: (value) => measuredTick(ui.metric, value),
    label: `${ui.metric} against ${column.name}` });
  const slot = (drawn.box.right - drawn.box.left) / (x.levels?.length ?? 1);
  const wide = Math.min(slot * 0.6, 44);
  if (x.levels) drawBoxes(app, drawn, column, wide, "box");
  const points = rows.map((row) => ({
    x: drawn.X(column.num(row)) + (x.levels ? jitter(row) * wide * 0.8 : 0),
    y: drawn.Y(metric.num(row)), row,
  }));
  scatter(drawn.root, app, points);
  if (x.levels) drawBoxes(app, drawn, column, wide, "median");
  else drawMedians(app, drawn, column);
  explorable(drawn, app, points, (point) => toldOf(app, point.row));
  fill(holder, drawn.root);
}

/** The same place beside the middle for a row whenever it is drawn: from -0.5 to 0.5. */
const jitter = (row) => ((row * 0.6180339887) % 1) - 0.5;

/** The boxes of the quartiles, or the medians, which are drawn above the dots. */
function drawBoxes(app, drawn, column, wide, what) {
  quartilesOf(app, column).forEach((quartiles, code) => {
    if (!quartiles) return;
    const [low, middle, high] = quartiles.map(drawn.Y);
    const x = drawn.X(code) - wide / 2;
    drawn.root.append(what === "median"
      ? svg("path", { class: "median", d: `M${round(x)} ${round(middle)}h${round(wide)}` })
      : svg("rect", { class: "box", x: round(x), y: round(high), width: round(wide),
        height: round(Math.max(low - high, 1)), rx: 3 }));
  });
}

/** Of each level the quartiles of the metric, null where no trial has it. */
function quartilesOf({ sweep, ui }, column) {
  return sweep.cached(`quartiles ${ui.metric} ${column.name}`, () => {
    const metric = sweep.columns.get(ui.metric);
    const groups = column.levels.map(() => []);
    for (const row of sweep.bestFirst(ui.metric)) {
      if (column.codes[row] >= 0) groups[column.codes[row]].push(metric.num(row));
    }
    return groups.map((values) => {
      const rising = Float64Array.from(values).sort();
      return values.length ? [0.25, 0.5, 0.75].map((share) => quantile(rising, share)) : null;
    });
  });
}

/** Of rising values, between two of them where need be. */
function quantile(values, share) {
  const at = share * (values.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, values.length - 1);
  return values[below] + (at - below) * (values[above] - values[below]);
}

/** The median of each eighth of the trials along a continuous parameter. */
function drawMedians(app, drawn, column) {
  const points = mediansOf(app, column).map(([x, y]) => ({ x: drawn.X(x), y: drawn.Y(y) }));
  if (points.length) drawn.root.append(line("medians", points));
}

function mediansOf({ sweep, ui }, column) {
  return sweep.cached(`medians ${ui.metric} ${column.name}`, () => {
    const metric = sweep.columns.get(ui.metric);
    const rows = sweep.bestFirst(ui.metric).filter((row) => column.codes[row] >= 0)
      .sort((a, b) => column.num(a) - column.num(b));
    if (rows.length < 3 * PARTS) return [];
    return Array.from({ length: PARTS }, (_, part) => {
      const own = rows.slice(Math.floor((part * rows.length) / PARTS), Math.floor(((part + 1) * rows.length) / PARTS));
      return [column, metric].map((one) => quantile(Float64Array.from(own, (row) => one.num(row)).sort(), 0.5));
    });
  });
}
