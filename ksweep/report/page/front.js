// Two measured values against each other, and what nothing beats in both.

function drawFront(app) {
  const { sweep, ui } = app;
  const holder = byId("front").querySelector(".body");
  const names = sweep.measured.map((column) => column.name);
  if (names.length < 2) {
    fill(holder, el("p", { class: "note" }, "Fewer than two values were measured."));
    return;
  }
  const asked = sweep.doc.basis.objectives.map((one) => one.metric).filter((name) => names.includes(name));
  const usual = asked.length > 1 ? asked : [ui.metric === "total_time" ? names[0] : "total_time", ui.metric];
  const [a, b] = twoOf(ui.front.length ? ui.front : usual, names);
  const pick = (label, key, at) => selector(label, key, (name) => {
    ui.front = [a, b]; ui.front[at] = name; app.draw();
  });
  const [x, y] = [pick("Across", "front-x", 0), pick("Up", "front-y", 1)];
  setOptions(x.select, names, a);
  setOptions(y.select, names, b);
  const room = el("div", {});
  fill(holder, el("div", { class: "controls" }, x.holder, y.holder), room, frontNote(app, a, b), thinningNote(sweep, ui.metric));
  drawTrade(app, room, a, b);
}

function frontNote({ sweep }, a, b) {
  const better = (name) => `${name} ${sweep.up(name) ? "high" : "low"}`;
  const several = sweep.doc.front.length
    ? ` Squares: the ${grouped(sweep.doc.front.length)} that no other one beats in all ${sweep.doc.basis.objectives.length} objectives.` : "";
  return el("p", { class: "hint" }, `Good is ${better(a)} and ${better(b)}. The line joins the successful trials ` +
    `that no other one beats in both (the Pareto front).${several}`);
}

/** The successful rows that nothing beats in both columns, by the first one. */
function frontOf(sweep, a, b) {
  const [x, y] = [sweep.columns.get(a), sweep.columns.get(b)];
  const [sx, sy] = [sweep.up(a) ? -1 : 1, sweep.up(b) ? -1 : 1];
  const rows = sweep.bestFirst(a).filter((row) => y.num(row) === y.num(row))
    .sort((p, q) => sx * (x.num(p) - x.num(q)) || sy * (y.num(p) - y.num(q)));
  let least = Infinity;
  return rows.filter((row) => {
    const cost = sy * y.num(row);
    const on = cost < least;
    least = Math.min(least, cost);
    return on;
  });
}

function drawTrade(app, holder, a, b) {
  const { sweep, ui } = app;
  const [x, y] = [sweep.columns.get(a), sweep.columns.get(b)];
  const has = (row) => x.num(row) === x.num(row) && y.num(row) === y.num(row);
  const front = frontOf(sweep, a, b);
  const rows = [...new Set([...sweep.plotted(ui.metric), ...front.slice(0, PLOTTED_BEST)])].filter(has);
  if (!rows.length) { fill(holder, el("p", { class: "note" }, "No trial has both.")); return; }
  const scale = (name) => (ui.zoom ? metricScale(sweep, name, rows, true) : scaleFor(sweep.columns.get(name), rows));
  const drawn = frame({ width: roomIn(holder), height: 320, x: scale(a), y: scale(b), xTitle: a, yTitle: b,
    xText: (value) => measuredTick(a, value), yText: (value) => measuredTick(b, value), label: `${b} against ${a}` });
  const place = (row) => ({ x: drawn.X(x.num(row)), y: drawn.Y(y.num(row)), row });
  const points = rows.map(place);
  scatter(drawn.root, app, points);
  drawn.root.append(line("best", front.map(place)), dots("best", front.map(place)));
  for (const row of sweep.doc.front.slice(0, PLOTTED_BEST).filter(has)) {
    const at = place(row);
    drawn.root.append(svg("rect", { class: "onfront", x: round(at.x - 6), y: round(at.y - 6), width: 12, height: 12 }));
  }
  explorable(drawn, app, points, (point) =>
    [sweep.names[point.row], `${a}: ${x.text(point.row)}`, `${b}: ${y.text(point.row)}`, ...toldOf(app, point.row).slice(2)]);
  fill(holder, drawn.root);
}
