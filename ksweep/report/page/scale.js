// Scales: a value → its share of an axis, and the ticks to write there.

const LOG_FROM = 50; // times the smallest value that the largest has to be
const LOW_MEDIAN = 0.25; // of the way from it: a logarithm spreads what lies at the low end
const COUNTABLE = 1e12; // steps from 0 that a number still tells apart, with digits to spare
const FARTHEST = 7e307; // from 0 that a linear scale goes: what lies between its ends is a number

function step125(span, count) {
  const raw = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((one) => one * power >= raw * 0.999);
}

function linear(lo, hi) {
  if (lo === hi) { const pad = Math.abs(lo) * 0.05 || 1; lo -= pad; hi += pad; }
  return {
    lo, hi,
    at: (value) => (value - lo) / (hi - lo),
    back: (share) => lo + share * (hi - lo),
    ticks(count, text) {
      const step = step125(hi - lo, count);
      const first = Math.ceil(lo / step - 1e-9);
      // Values that differ in their last digits alone have no steps that could be counted.
      if (!(Math.abs(first) < COUNTABLE)) return [{ value: lo, text: text(lo) }];
      const found = [];
      for (let k = first; k * step <= hi + step * 1e-9; k += 1) {
        const value = Number((k * step).toPrecision(15));
        found.push({ value, text: text(value) });
      }
      return found;
    },
  };
}

function logarithmic(lo, hi) {
  const [a, b] = [Math.log10(lo), Math.log10(hi)];
  const inner = linear(a, b);
  return {
    lo, hi,
    at: (value) => inner.at(Math.log10(value)),
    back: (share) => 10 ** inner.back(share),
    ticks(count, text) {
      const every = Math.max(1, Math.ceil((b - a) / count));
      const found = [];
      for (let power = Math.ceil(a - 1e-9); power <= b + 1e-9; power += every) {
        found.push({ value: 10 ** power, text: text(10 ** power) });
      }
      return found.length > 1 ? found
        : [lo, Math.sqrt(lo * hi), hi].map((value) => ({ value, text: text(value) }));
    },
  };
}

/** A place for each level, in the middle of its slot. */
function ordinal(levels) {
  const n = Math.max(levels.length, 1);
  return {
    levels, lo: -0.5, hi: n - 0.5,
    at: (code) => (code + 0.5) / n,
    back: (share) => share * n - 0.5,
    ticks: () => levels.map((text, value) => ({ value, text })),
  };
}

function extent(column, rows) {
  let [lo, hi] = [Infinity, -Infinity];
  for (const row of rows) {
    const value = column.num(row);
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  return lo <= hi ? [lo, hi] : [0, 1];
}

/** What suits a column; `margin` is the share of the axis that stays free at either end. */
function scaleFor(column, rows, margin = 0.04) {
  if (column.ordinal) return ordinal(column.levels);
  const values = Float64Array.from(rows, (row) => column.num(row)).filter((value) => value === value).sort();
  if (!values.length) return continuous(0, 1, margin);
  const [lo, hi] = [values[0], values[values.length - 1]];
  if (lo > 0 && hi / lo >= LOG_FROM && values[values.length >> 1] < lo + LOW_MEDIAN * (hi - lo)) {
    const pad = (hi / lo) ** margin;
    return logarithmic(lo / pad, hi * pad);
  }
  return continuous(lo, hi, margin);
}

function continuous(from, to, margin) {
  const [lo, hi] = [from, to].map((end) => clamp(end, -FARTHEST, FARTHEST));
  const pad = (hi - lo) * margin;
  return linear(lo - pad, hi + pad);
}

/** The scale of a metric, without the worst quarter of the trials where that is wanted. */
function metricScale(sweep, name, rows, zoomed) {
  if (!zoomed || !sweep.values(name).length) return continuous(...extent(sweep.columns.get(name), rows), 0.06);
  const [a, b] = sweep.withoutWorst(name);
  return continuous(Math.min(a, b), Math.max(a, b), 0.06);
}

const clamp = (value, lo, hi) => Math.min(Math.max(value, lo), hi);
