// One chart: its frame with axes, marks as few paths, and the mark under the pointer.

const LABEL = 50; // the width that a long label has at least, before it is cut
const CROWD = 700; // more dots are drawn smaller

/** The width that a chart may take in its holder. */
const roomIn = (holder) => Math.max(holder.clientWidth, 240);

/**
 * A frame with axes. `x` and `y` are scales, `xText` and `yText` write their ticks.
 * X and Y of what comes back turn values into places; those beyond the axis end at its edge.
 */
function frame({ width, height, x, y, xText = figure, yText = figure, xTitle, yTitle, label }) {
  const yTicks = y.ticks(Math.max(2, Math.floor(height / 45)), yText);
  const longest = Math.max(...yTicks.map((tick) => tick.text.length), 3);
  const left = clamp(longest * 6.6 + 14, 34, width / 3);
  const box = { left, right: width - 12, top: 12, bottom: height - (xTitle ? 40 : 26) };
  const X = (value) => box.left + clamp(x.at(value), 0, 1) * (box.right - box.left);
  const Y = (value) => box.bottom - clamp(y.at(value), 0, 1) * (box.bottom - box.top);
  const root = svg("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`,
    role: "img", "aria-label": label, "data-key": label });
  yAxis(root, box, yTicks, Y, left);
  xAxis(root, box, x, xText, X);
  if (xTitle) root.append(words(xTitle, (box.left + box.right) / 2, height - 6, "title middle"));
  if (yTitle) root.append(words(yTitle, box.left + 2, 10, "title"));
  return { root, box, X, Y, width, height };
}

const words = (text, x, y, kind) => svg("text", { x: round(x), y: round(y), class: kind }, text);

const round = (value) => Math.round(value * 10) / 10;

function yAxis(root, box, ticks, Y, left) {
  for (const tick of ticks) {
    const y = Y(tick.value);
    root.append(svg("path", { class: "grid", d: `M${box.left} ${round(y)}H${box.right}` }),
      withTitle(words(cut(tick.text, Math.floor((left - 8) / 6.2)), box.left - 7, y + 4, "tick end"),
        tick.text));
  }
}

function xAxis(root, box, scale, xText, X) {
  const room = box.right - box.left;
  const ticks = scale.ticks(Math.max(2, Math.floor(room / 80)), xText);
  const each = room / Math.max(ticks.length, 1);
  const longest = Math.max(...ticks.map((tick) => tick.text.length), 1);
  const every = scale.levels ? Math.max(1, Math.ceil(Math.min(longest * 6.6, LABEL) / each)) : 1;
  root.append(svg("path", { class: "axis", d: `M${box.left} ${box.bottom}H${box.right}` }));
  ticks.forEach((tick, at) => {
    if (at % every) return;
    const text = scale.levels ? cut(tick.text, Math.max(2, Math.floor((each * every) / 6.6))) : tick.text;
    const half = text.length * 3.2;
    const x = clamp(X(tick.value), half, box.right + 12 - half);
    root.append(withTitle(words(text, x, box.bottom + 16, "tick middle"), tick.text));
  });
}

function withTitle(node, text) {
  if (node.textContent !== text) node.append(svg("title", {}, text));
  return node;
}

/** Dots as one path: a line of no length with round ends is a dot. */
const dots = (kind, points) =>
  svg("path", { class: `dots ${kind}`, d: points.map((p) => `M${round(p.x)} ${round(p.y)}h0`).join("") });

const line = (kind, points) =>
  svg("path", { class: `line ${kind}`, d: points.map((p, at) =>
    `${at ? "L" : "M"}${round(p.x)} ${round(p.y)}`).join("") });

/** Dots in their kinds: what is not selected first and faint, then by how good they are. */
function scatter(root, app, points) {
  const small = points.length > CROWD ? " small" : "";
  const merit = app.sweep.merit(app.ui.metric);
  const kinds = new Map();
  for (const point of points) {
    const kind = app.selected[point.row] ? dotKind(app.sweep, merit, point.row) : "faint";
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind).push(point);
  }
  const order = ["faint", "ended", ...Array.from({ length: SHADES }, (_, at) => `m${at}`)];
  for (const kind of order) if (kinds.has(kind)) root.append(dots(kind + small, kinds.get(kind)));
}

const SHADES = 7;

const shade = (merit) => Math.min(SHADES - 1, Math.floor(merit * SHADES));

function dotKind(sweep, merit, row) {
  return merit[row] === merit[row] ? `m${shade(merit[row])}` : "ended";
}

/** Lets the pointer and the arrow keys find the marks of a chart; Enter or a click opens the trial. */
function explorable(drawn, app, points, told) {
  const { root } = drawn;
  const ring = svg("circle", { class: "ring", r: 6, visibility: "hidden" });
  root.append(ring);
  points.sort((a, b) => a.x - b.x || a.y - b.y);
  const open = (at) => { if (points[at]) openTrial(app, points[at].row); };
  const under = (event) => nearest(points, ...inside(root, event));
  const show = walkable(root, points.length, (at) => {
    const point = points[at];
    if (point === undefined) { ring.setAttribute("visibility", "hidden"); hideTooltip(); return; }
    dressed(ring, { cx: round(point.x), cy: round(point.y), visibility: "visible" }, []);
    showTooltip(root, point.x, point.y, told(point));
  }, open);
  root.addEventListener("pointermove", (event) => show(under(event)));
  root.addEventListener("click", (event) => open(under(event)));
}

/**
 * Lets the arrow keys go through what a chart shows, from one to the next: `show` has its place, -1
 * for none. What comes back goes straight to a place.
 */
function walkable(root, count, show, open = () => {}) {
  let at = -1;
  const go = (found) => { at = found; show(at); };
  root.setAttribute("tabindex", "0");
  root.addEventListener("pointerleave", () => go(-1));
  root.addEventListener("blur", () => go(-1));
  root.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (way && count) go(at < 0 && way < 0 ? count - 1 : (at + way + count) % count);
    else if (event.key === "Enter" && at >= 0) open(at);
    else return;
    event.preventDefault();
  });
  return go;
}

function inside(root, event) {
  const bounds = root.getBoundingClientRect();
  return [event.clientX - bounds.left, event.clientY - bounds.top];
}

/** The place of the point nearest to the pointer, where one is near. */
function nearest(points, x, y) {
  let [best, found] = [24 ** 2, -1];
  points.forEach((point, at) => {
    const far = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (far < best) [best, found] = [far, at];
  });
  return found;
}

/** What a tooltip says of a trial: who it is, the metric, what varies. */
function toldOf(app, row) {
  const { sweep, ui } = app;
  const metric = sweep.columns.get(ui.metric);
  return [
    `${sweep.names[row]}${sweep.places[row] ? ` · no. ${sweep.places[row]}` : ` · ${sweep.status.text(row)}`}`,
    ...(metric && metric.text(row) ? [`${ui.metric}: ${metric.text(row)}`] : []),
    ...sweep.varying().filter((column) => column.codes[row] >= 0).slice(0, 10)
      .map((column) => `${column.name} = ${cut(column.text(row), 40)}`),
  ];
}

/** What the colours mean. */
function colourKey() {
  const swatch = (...kinds) => svg("svg", { width: 10 * kinds.length, height: 10, "aria-hidden": "true" },
    ...kinds.map((kind, at) => svg("path", { class: `dots ${kind}`, d: `M${10 * at + 5} 5h0` })));
  const entry = (text, ...kinds) => el("span", {}, swatch(...kinds), text);
  return el("p", { class: "key" },
    entry("worst to best", ...Array.from({ length: SHADES }, (_, at) => `m${at}`)),
    entry("pruned or failed", "ended"), entry("not selected", "faint"), entry("best so far", "best"));
}
