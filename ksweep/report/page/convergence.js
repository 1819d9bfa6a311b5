// The best so far, over trials and over time.

function drawConvergence(app) {
  const { sweep, ui } = app;
  const holder = byId("convergence").querySelector(".body");
  const ended = sweep.cached("ended", () => {
    const rows = Array.from({ length: sweep.n }, (_, row) => row)
      .filter((row) => !["pending", "running"].includes(sweep.status.text(row)));
    return rows.sort((a, b) => (sweep.finished[a] ?? -1) - (sweep.finished[b] ?? -1) || a - b);
  });
  if (!sweep.bestFirst(ui.metric).length) {
    fill(holder, el("p", { class: "note" }, `No trial has succeeded with a ${ui.metric} yet.`));
    return;
  }
  const left = el("div", { class: "panel" });
  const right = el("div", { class: "panel" });
  fill(holder, el("div", { class: "two" }, left, right), colourKey(), thinningNote(sweep, ui.metric));
  const place = new Map(ended.map((row, at) => [row, at + 1]));
  drawProgress(app, left, ended, (row) => place.get(row), linear(0, ended.length), "trials that ended", figure);
  const timed = ended.filter((row) => sweep.finished[row] !== null);
  const [from, to] = timeSpan(sweep);
  const [unit, word] = timeUnit(to - (from ?? 0));
  drawProgress(app, right, timed, (row) => (sweep.finished[row] - from) / unit,
    linear(0, Math.max((to - from) / unit, 1e-9)), `${word} since the first start`, figure);
}

const timeUnit = (span) => (span > 7200 ? [3600, "hours"] : span > 180 ? [60, "minutes"] : [1, "seconds"]);

function drawProgress(app, holder, rows, xOf, x, xTitle, xText) {
  const { sweep, ui } = app;
  const metric = sweep.columns.get(ui.metric);
  const plotted = new Set(sweep.plotted(ui.metric));
  const drawn = frame({ width: roomIn(holder), height: 260, x, xText, xTitle, yTitle: ui.metric,
    y: metricScale(sweep, ui.metric, rows, ui.zoom), yText: (value) => measuredTick(ui.metric, value),
    label: `${ui.metric} of each trial and the best so far, over ${xTitle}` });
  const points = rows.filter((row) => plotted.has(row) && metric.num(row) === metric.num(row))
    .map((row) => ({ x: drawn.X(xOf(row)), y: drawn.Y(metric.num(row)), row }));
  scatter(drawn.root, app, points);
  const steps = bestSoFar(sweep, ui.metric, rows);
  drawn.root.append(stairs(drawn, steps.map((row) => [xOf(row), metric.num(row)])),
    dots("best", steps.map((row) => ({ x: drawn.X(xOf(row)), y: drawn.Y(metric.num(row)) }))));
  explorable(drawn, app, points, (point) => toldOf(app, point.row));
  fill(holder, drawn.root);
}

/** The trials that were better than all before them. */
function bestSoFar(sweep, name, rows) {
  const metric = sweep.columns.get(name);
  const sign = sweep.up(name) ? 1 : -1;
  const found = [];
  let best = -Infinity;
  for (const row of rows) {
    const value = sign * metric.num(row);
    if (sweep.is(row, "success") && value > best) { best = value; found.push(row); }
  }
  return found;
}

function stairs({ X, Y, box }, steps) {
  let d = "";
  for (const [x, y] of steps) d += `${d ? "H" : "M"}${round(X(x))}${d ? "V" : " "}${round(Y(y))}`;
  return svg("path", { class: "line best", d: `${d}H${box.right}` });
}

/** A tick of a metric's axis: its unit, but no more digits than it needs. */
function measuredTick(name, value) {
  if (name === "test_acc" && Math.abs(value) > 1) return `${figure(value)}%`;
  if (name === "final_sparsity") return `${figure(Number((100 * value).toPrecision(6)))}%`;
  return name === "total_time" ? `${figure(value)}s` : figure(value);
}
