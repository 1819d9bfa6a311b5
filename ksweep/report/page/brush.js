// What a brush selects on an axis, by pointer and by key.

/** A brush is `{lo, hi, missing}` of a continuous axis, `{levels, missing}` of one with levels. */
function brushed(column, row, brush) {
  const value = column.num(row);
  if (value !== value) return brush.missing;
  return brush.levels ? brush.levels.has(column.text(row)) : value >= brush.lo && value <= brush.hi;
}

/** A brush as its axis is now: while a sweep runs, the points of a line may become levels, or levels points. */
function fitted(column, brush) {
  if (Boolean(brush.levels) === column.ordinal) return brush;
  const { missing } = brush;
  const numbers = column.numbers ?? [];
  if (column.ordinal) {
    return { levels: new Set(column.levels.filter((_, code) => numbers[code] >= brush.lo && numbers[code] <= brush.hi)), missing };
  }
  const chosen = numbers.filter((_, code) => brush.levels.has(column.levels[code]));
  return chosen.length ? { lo: least(chosen), hi: most(chosen), missing } : { lo: 1, hi: 0, missing };
}

/** The brush between two values of an axis; those of levels are their codes. */
function brushOf(column, a, b, missing) {
  const [lo, hi] = a < b ? [a, b] : [b, a];
  if (!column.ordinal) return { lo, hi, missing };
  const levels = column.levels.filter((_, code) => code >= Math.round(lo) && code <= Math.round(hi));
  return { levels: new Set(levels), missing };
}

function brushText(column, brush) {
  const active = brush.levels
    ? [...brush.levels].join(", ")
    : brush.lo > brush.hi ? "" : `${figure(brush.lo)} to ${figure(brush.hi)}`;
  return [active, brush.missing ? "inactive" : ""].filter((text) => text).join(" and ");
}

function setBrush(app, column, brush) {
  if (brush === null) app.ui.brushes.delete(column.name);
  else app.ui.brushes.set(column.name, brush);
  app.select();
}

function brushByPointer(app, axis, box, hit, event) {
  event.preventDefault();
  const root = hit.ownerSVGElement;
  const yOf = (moved) => clamp(inside(root, moved)[1], box.top - 6, axis.missing + 10);
  const from = yOf(event);
  const mark = svg("rect", { class: "brush", x: round(axis.x - 9), width: 18, rx: 4, y: from, height: 0 });
  hit.before(mark);
  hit.setPointerCapture(event.pointerId);
  hit.addEventListener("pointermove", (moved) => {
    const to = yOf(moved);
    dressed(mark, { y: round(Math.min(from, to)), height: round(Math.abs(to - from)) }, []);
  });
  hit.addEventListener("pointerup", (ended) => {
    setBrush(app, axis.column, pointed(axis, box, from, yOf(ended)));
  }, { once: true });
  hit.addEventListener("pointercancel", () => mark.remove(), { once: true });
}

/** What was dragged over, or of a click on an axis with levels the one that it hit; else nothing. */
function pointed(axis, box, from, to) {
  const { column } = axis;
  const [top, bottom] = from < to ? [from, to] : [to, from];
  const missing = axis.gaps && bottom > box.bottom + 12;
  const click = bottom - top < 4;
  if (click && !column.ordinal && !missing) return null;
  if (top > box.bottom + 4) return missing ? nothingBut(column) : null;
  const [lo, hi] = [axis.back(Math.min(bottom, box.bottom)), axis.back(Math.max(top, box.top))];
  if (!column.ordinal) return brushOf(column, lo, hi, missing);
  const inner = click ? [lo, lo] : [Math.ceil(lo), Math.floor(hi)];
  return click || inner[0] <= inner[1] ? brushOf(column, ...inner, missing) : brushOf(column, (lo + hi) / 2, (lo + hi) / 2, missing);
}

const nothingBut = (column) =>
  column.ordinal ? { levels: new Set(), missing: true } : { lo: 1, hi: 0, missing: true };

function brushByKey(app, axis, event) {
  const { column } = axis;
  const brush = app.ui.brushes.get(column.name);
  if (["Delete", "Backspace", "Escape"].includes(event.key)) {
    event.preventDefault();
    setBrush(app, column, null);
    return;
  }
  const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!way) return;
  event.preventDefault();
  const count = column.ordinal ? column.levels.length : STEPS;
  const [from, to] = brush ? stepsOf(axis, brush, count) : [way > 0 ? -1 : count, way > 0 ? -1 : count];
  const next = event.shiftKey && brush
    ? (way > 0 ? [from, to + 1] : [from - 1, to])
    : [from + way, to + way];
  const [lo, hi] = next.map((step) => clamp(step, 0, count - 1));
  setBrush(app, column, column.ordinal ? brushOf(column, lo, hi, false)
    : brushOf(column, axis.scale.back(lo / count), axis.scale.back((hi + 1) / count), false));
}

/** The first and last step of an axis that a brush covers. */
function stepsOf(axis, brush, count) {
  if (brush.levels) {
    const codes = [...brush.levels].map((text) => axis.column.levels.indexOf(text)).filter((code) => code >= 0);
    return codes.length ? [Math.min(...codes), Math.max(...codes)] : [-1, -1];
  }
  if (brush.lo > brush.hi) return [-1, -1];
  return [Math.round(axis.scale.at(brush.lo) * count), Math.round(axis.scale.at(brush.hi) * count) - 1];
}
