// The learning curves of the best ten, and of what runs.

function drawCurves(app) {
  const { sweep, ui } = app;
  const section = byId("curves");
  const { curves } = sweep.doc;
  const holder = section.querySelector(".body");
  const names = [...new Set(curves.flatMap((curve) => Object.keys(curve.metrics)))];
  if (!names.length) {
    fill(holder, el("p", { class: "note" }, "None of the best trials reported a value more than once."));
    return;
  }
  const preferred = [ui.curve, ui.metric, ...sweep.doc.basis.objectives.map((one) => one.metric), names[0]];
  const chosen = preferred.find((name) => names.includes(name));
  const pick = selector("Value", "curve", (name) => { ui.curve = name; app.draw(); });
  setOptions(pick.select, names, chosen);
  const room = el("div", {});
  const rows = new Map(sweep.names.map((name, row) => [name, row]));
  const lines = curves.filter((curve) => Object.hasOwn(curve.metrics, chosen) && rows.has(curve.name))
    .map((curve, at) => ({ at, row: rows.get(curve.name), points: pointsOf(curve.metrics[chosen]) }));
  fill(holder, el("div", { class: "controls" }, pick.holder), room, legend(app, lines));
  drawCurveLines(app, room, chosen, lines);
}

/** Steps with finite values. */
const pointsOf = ([steps, values]) =>
  steps.map((step, at) => [step, values[at]]).filter(([, value]) => value !== null);

function drawCurveLines(app, holder, name, lines) {
  const steps = lines.flatMap((one) => one.points.map(([step]) => step));
  const values = lines.flatMap((one) => one.points.map(([, value]) => value)).sort((a, b) => a - b);
  if (!steps.length) { fill(holder); return; }
  const up = !app.sweep.columns.has(name) || app.sweep.up(name);
  const quarter = app.ui.zoom ? quantile(values, up ? 0.25 : 0.75) : NaN;
  const [lo, hi] = [up && quarter === quarter ? quarter : values[0], !up && quarter === quarter ? quarter : values.at(-1)];
  const drawn = frame({ width: roomIn(holder), height: 300, x: continuous(least(steps), most(steps), 0),
    y: continuous(lo, hi, 0.05), yText: (value) => measuredTick(name, value), xTitle: "step", yTitle: name,
    label: `${name} of ${counted(lines.length, "trial")} over steps` });
  const points = [];
  for (const one of [...lines].reverse()) {
    const own = one.points.map(([step, value]) => ({ x: drawn.X(step), y: drawn.Y(value), row: one.row, step, value }));
    drawn.root.append(line(`c${one.at % 10}${app.sweep.is(one.row, "running") ? " running" : ""}`, own));
    points.push(...own);
  }
  explorable(drawn, app, points, (point) =>
    [app.sweep.names[point.row], `step ${figure(point.step)}`, `${name}: ${measured(name, point.value)}`]);
  fill(holder, drawn.root);
}

const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

function legend(app, lines) {
  return el("p", { class: "legend" }, ...lines.map((one) =>
    el("button", { class: "link", type: "button", "data-key": `curve:${one.row}`, click: () => openTrial(app, one.row) },
      svg("svg", { width: 18, height: 8, "aria-hidden": "true" },
        svg("path", { class: `line c${one.at % 10}`, d: "M1 4H17" })),
      ` ${app.sweep.names[one.row]}${app.sweep.is(one.row, "running") ? " (running)" : ""}`)));
}
