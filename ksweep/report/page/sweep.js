// The values of the page as something to ask: columns by name, rows by place.

const PLOTTED = 3000; // trials that a plot draws at most
const LINES = 900; // that parallel coordinates draw at most
const PLOTTED_BEST = 100; // of either, the best that are always drawn

const FEW = 6; // values that are always drawn as levels
const SOME = 12; // values that are where they come again and again

/** Whether a parameter's values are levels, each with a slot of its own, or points of a line. */
function hasLevels({ levels, numbers, codes }) {
  if (numbers === null || levels.length <= FEW) return true;
  return levels.length <= SOME && levels.length * 3 <= codes.filter((code) => code >= 0).length;
}

/** What can vary: `num` is where a plot puts a row, NaN where the parameter is inactive. */
function parameter(raw) {
  const numbers = raw.numbers;
  return {
    name: raw.name, kind: "parameter", levels: raw.levels, numbers, codes: raw.codes,
    numeric: numbers !== null,
    ordinal: hasLevels(raw),
    text: (row) => (raw.codes[row] < 0 ? "–" : raw.levels[raw.codes[row]]),
    num(row) {
      const code = raw.codes[row];
      if (code < 0) return NaN;
      return this.ordinal ? code : numbers[code];
    },
    number: (row) => (raw.codes[row] < 0 || numbers === null ? NaN : numbers[raw.codes[row]]),
  };
}

function measuredColumn(raw) {
  const values = Float64Array.from(raw.values, (value) => (value === null ? NaN : value));
  return {
    name: raw.name, kind: raw.kind, goal: raw.goal, numeric: true, ordinal: false, values,
    text: (row) => measured(raw.name, values[row]),
    num: (row) => values[row],
    number: (row) => values[row],
  };
}

function coded(name, raw) {
  return { name, kind: "fact", numeric: false, ordinal: true, levels: raw.levels, codes: raw.codes,
    text: (row) => (raw.codes[row] < 0 ? "" : raw.levels[raw.codes[row]]), number: () => NaN };
}

function listed(name, values, text = (value) => String(value ?? "")) {
  return { name, kind: "fact", numeric: typeof values.find((value) => value !== null) === "number",
    text: (row) => text(values[row]),
    number: (row) => (typeof values[row] === "number" ? values[row] : NaN) };
}

class Sweep {
  /** `turned` has the metrics of which somebody wants the other end. */
  constructor(doc, turned) {
    const { trials } = doc;
    this.doc = doc;
    this.turned = turned;
    this.n = trials.names.length;
    this.names = trials.names;
    this.started = trials.started;
    this.finished = trials.finished;
    this.places = new Int32Array(this.n); // 0: not ranked
    doc.ranked.forEach((row, at) => { this.places[row] = doc.places?.[at] ?? at + 1; });
    this.status = coded("status", trials.status);
    this.parameters = doc.parameters.map(parameter);
    const known = new Map(doc.measured.map((raw) => [raw.name, measuredColumn(raw)]));
    this.measured = doc.order.map((name) => known.get(name));
    this.columns = new Map(this.all().map((column) => [column.name, column]));
    this.cache = new Map();
  }

  /** Every column, in the order of the table. A parameter has its name before a fact has it. */
  all() {
    const { trials, scores } = this.doc;
    const scored = new Float64Array(this.n).fill(NaN);
    scores.forEach((score, at) => { scored[this.doc.ranked[at]] = score; });
    const time = (value) => (value === null ? "" : clock(trials.t0 + value));
    const facts = [
      listed("#", Array.from(this.places, (place) => place || null)),
      listed("config", trials.names), this.status,
      ...(scores.length ? [listed("score", Array.from(scored, (x) => (x === x ? x : null)),
        (x) => (x === null ? "" : x.toFixed(4)))] : []),
      ...this.measured, ...this.parameters,
      listed("started", trials.started, time), listed("finished", trials.finished, time),
      listed("repeat", trials.repeats), coded("host", trials.hosts),
      listed("exit code", trials.exit_codes), coded("error", trials.errors),
      listed("directory", trials.directories),
    ];
    const taken = new Set(this.parameters.concat(this.measured).map((column) => column.name));
    return facts.filter((column) => column.kind !== "fact" || !taken.has(column.name));
  }

  is(row, state) {
    return this.status.levels[this.status.codes[row]] === state;
  }

  /** Parameters of which there is more than one value, or that are active only now and then. */
  varying() {
    return this.parameters.filter((column) =>
      column.levels.length > 1 || (column.levels.length === 1 && column.codes.includes(-1)));
  }

  /** Whether a bigger value of a metric is better. */
  up(name) {
    const asked = this.doc.basis.objectives.find((one) => one.metric === name);
    return ((asked ?? this.columns.get(name))?.goal === "maximize") !== this.turned.has(name);
  }

  cached(key, make) {
    if (!this.cache.has(key)) this.cache.set(key, make());
    return this.cache.get(key);
  }

  /** The successful trials that have a metric, the best first. */
  bestFirst(name) {
    return this.cached(`best ${name} ${this.up(name)}`, () => {
      const column = this.columns.get(name);
      const rows = [];
      for (let row = 0; row < this.n; row += 1) {
        if (this.is(row, "success") && column.num(row) === column.num(row)) rows.push(row);
      }
      const sign = this.up(name) ? -1 : 1;
      return rows.sort((a, b) => sign * (column.num(a) - column.num(b)) || a - b);
    });
  }

  /** From 1 for the best to 0 for the worst by a metric; NaN for what is not ranked by it. */
  merit(name) {
    return this.cached(`merit ${name} ${this.up(name)}`, () => {
      const order = this.bestFirst(name);
      const merits = new Float64Array(this.n).fill(NaN);
      order.forEach((row, at) => { merits[row] = order.length > 1 ? 1 - at / (order.length - 1) : 1; });
      return merits;
    });
  }

  /** What a metric comes to in all trials that have it, whatever became of them: the best first. */
  values(name) {
    return this.cached(`values ${name} ${this.up(name)}`, () => {
      const sign = this.up(name) ? -1 : 1;
      const values = this.columns.get(name).values.filter((value) => value === value);
      return values.map((value) => sign * value).sort().map((value) => sign * value);
    });
  }

  /** The best and, of the others, the last one that is not in the worst quarter. */
  withoutWorst(name) {
    const values = this.values(name);
    return [values[0], values[Math.ceil(values.length * 0.75) - 1]];
  }

  /** Whether the worst quarter takes so much room that it would hide how the others differ. */
  crowded(name) {
    const values = this.values(name);
    const [best, last] = this.withoutWorst(name);
    return values.length >= 8 && Math.abs(best - last) < 0.3 * Math.abs(best - values.at(-1));
  }

  /** The rows that plots draw, rising: all, or the best and an even spread of the others. */
  plotted(name, limit = PLOTTED) {
    return this.cached(`plotted ${name} ${this.up(name)} ${limit}`, () => {
      if (this.n <= limit) return Array.from({ length: this.n }, (_, row) => row);
      const kept = new Set(this.bestFirst(name).slice(0, PLOTTED_BEST));
      this.doc.front.slice(0, PLOTTED_BEST).forEach((row) => kept.add(row));
      const step = this.n / (limit - kept.size);
      for (let at = 0; at < this.n; at += step) kept.add(Math.floor(at));
      return [...kept].sort((a, b) => a - b);
    });
  }
}

/** Says where less is drawn than there is; null where all is. */
function thinningNote(sweep, name, limit = PLOTTED) {
  if (sweep.n <= limit) return null;
  return el("p", { class: "note" }, `Drawn are ${grouped(sweep.plotted(name, limit).length)} of ` +
    `${counted(sweep.n, "trial")}: the best ${PLOTTED_BEST} and an even spread of the others. ` +
    "Lines, medians, counts and the table are of all.");
}
