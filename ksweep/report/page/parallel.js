// Parallel coordinates: a line a trial, and axes on which a range can be brushed.

const AXES = 12; // shown until somebody chooses
const STEPS = 20; // of a key press along a continuous axis

function drawParallel(app) {
  const { sweep, ui } = app;
  const holder = byId("parallel").querySelector(".body");
  const varying = byImportance(app, sweep.varying());
  const metrics = sweep.measured.map((column) => column.name);
  if (!varying.length) { fill(holder, el("p", { class: "note" }, "No parameter varies.")); return; }
  const chosen = ui.axes ?? new Set([...varying.slice(0, AXES).map((column) => column.name), ui.metric]);
  const inOrder = [...sweep.varying(), ...sweep.measured].filter((column) => chosen.has(column.name));
  const columns = inOrder.filter((column) => column.name !== ui.metric)
    .concat(inOrder.filter((column) => column.name === ui.metric));
  const room = el("div", { class: "scroll" });
  const open = holder.querySelector("details")?.open ?? false;
  const choose = chooser("Axes", "axis", [...sweep.varying().map((c) => c.name), ...metrics],
    (name) => chosen.has(name), (name, on) => {
      ui.axes = new Set(chosen);
      if (on) ui.axes.add(name); else ui.axes.delete(name);
      app.draw();
    });
  choose.open = open;
  fill(holder, el("p", { class: "hint" }, "Drag along an axis to select trials, in plots and table. " +
    "With the keyboard: Tab to an axis, arrows move a selection, Shift and arrows widen it, Delete removes it. " +
    "Strong colours are good trials."), choose, room, thinningNote(sweep, ui.metric, LINES));
  if (columns.length) drawLines(app, room, columns);
}

function drawLines(app, holder, columns) {
  const { sweep, ui } = app;
  const rows = sweep.plotted(ui.metric, LINES).filter((row) => !["pending", "running"].includes(sweep.status.text(row)));
  const width = Math.max(roomIn(holder), columns.length * 96);
  const height = 330;
  const box = { top: 44, bottom: height - 40 };
  const axes = columns.map((column, at) => axisOf(sweep, column, rows, box,
    columns.length > 1 ? 46 + (at * (width - 92)) / (columns.length - 1) : width / 2, ui));
  const root = svg("svg", { class: "chart parallel", width, height, viewBox: `0 0 ${width} ${height}`,
    role: "group", "aria-label": "Parallel coordinates" });
  drawBundles(app, root, rows, axes);
  for (const axis of axes) root.append(drawAxis(app, axis, box, (width - 92) / Math.max(axes.length - 1, 1)));
  fill(holder, root);
}

/** An axis: `y` of a row, with a place below it for rows in which the parameter is inactive. */
function axisOf(sweep, column, rows, box, x, ui) {
  const scale = column.name === ui.metric ? metricScale(sweep, ui.metric, rows, ui.zoom) : scaleFor(column, rows, 0.02);
  const Y = (value) => box.bottom - clamp(scale.at(value), 0, 1) * (box.bottom - box.top);
  const missing = box.bottom + 22;
  return { column, x, scale, Y, missing,
    y: (row) => { const value = column.num(row); return value === value ? Y(value) : missing; },
    back: (y) => scale.back((box.bottom - y) / (box.bottom - box.top)),
    gaps: rows.some((row) => column.num(row) !== column.num(row)) };
}

/** One path a shade: what is not selected below, the best on top. */
function drawBundles(app, root, rows, axes) {
  const merit = app.sweep.merit(app.ui.metric);
  const bundles = new Map();
  for (const row of rows) {
    const kind = app.selected[row] ? dotKind(app.sweep, merit, row) : "faint";
    const d = axes.map((axis, at) => `${at ? "L" : "M"}${round(axis.x)} ${round(axis.y(row))}`).join("");
    bundles.set(kind, (bundles.get(kind) ?? "") + d);
  }
  const dense = rows.length > 400 ? " dense" : "";
  for (const kind of ["faint", "ended", ...Array.from({ length: SHADES }, (_, at) => `m${at}`)]) {
    if (bundles.has(kind)) root.append(svg("path", { class: `bundle ${kind}${dense}`, d: bundles.get(kind) }));
  }
}

function drawAxis(app, axis, box, gap) {
  const { column, x } = axis;
  const brush = app.ui.brushes.get(column.name);
  const group = svg("g", { class: "brushable", tabindex: 0, role: "button", "data-key": `brush:${column.name}`,
    "aria-label": `${column.name}: ${brush ? brushText(column, brush) : "all"}`,
    keydown: (event) => brushByKey(app, axis, event) });
  group.append(
    withTitle(words(cut(column.name, Math.floor(gap / 8.3)), x, 18, "name middle"), column.name),
    svg("path", { class: "axis", d: `M${round(x)} ${box.top}V${box.bottom}` }));
  const text = column.kind === "parameter" ? figure : (value) => measuredTick(column.name, value);
  const ticks = axis.scale.ticks(5, text);
  const every = Math.max(1, Math.ceil(ticks.length / 16));
  ticks.forEach((tick, at) => { if (at % every === 0) group.append(tickOf(axis, tick, gap)); });
  if (axis.gaps) group.append(words(column.kind === "parameter" ? "inactive" : "no value", x + 6, axis.missing + 4, "tick halo"));
  if (brush) group.append(...brushMark(axis, brush, box));
  const hit = svg("rect", { class: "hit", x: round(x - 18), y: box.top - 8, width: 36, height: axis.missing - box.top + 16 });
  hit.addEventListener("pointerdown", (event) => brushByPointer(app, axis, box, hit, event));
  group.append(hit);
  return group;
}

function tickOf(axis, tick, gap) {
  const y = axis.Y(tick.value);
  return svg("g", {}, svg("path", { class: "axis", d: `M${round(axis.x - 3)} ${round(y)}h6` }),
    withTitle(words(cut(tick.text, Math.max(3, Math.floor((gap - 14) / 6.2))), axis.x + 6, y + 4, "tick halo"), tick.text));
}

/** What is brushed as a mark; none where no value of it is there any more. */
function brushMark(axis, brush, box) {
  const ys = brush.levels
    ? [...brush.levels].map((text) => axis.column.levels.indexOf(text)).filter((code) => code >= 0)
      .flatMap((code) => [axis.Y(code - 0.5), axis.Y(code + 0.5)])
    : brush.lo > brush.hi ? [] : [axis.Y(brush.lo), axis.Y(brush.hi)];
  if (brush.missing) ys.push(axis.missing + 8, ys.length ? box.bottom : axis.missing - 8);
  const top = Math.min(...ys);
  return ys.length ? [svg("rect", { class: "brush", x: round(axis.x - 9), y: round(top), width: 18,
    height: round(Math.max(...ys) - top), rx: 4 })] : [];
}
