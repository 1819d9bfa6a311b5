// What somebody wants to know first: the best, how far it is, how long it takes.

const STATES = ["success", "pruned", "running", "failed", "timeout", "oom", "cancelled", "lost", "pending"];

function drawSummary(app) {
  const { sweep } = app;
  const { doc } = sweep;
  fill(byId("summary"),
    el("div", { class: "cards" }, bestCard(app), standingCard(sweep), timeCard(sweep)),
    doc.basis.note ? el("p", { class: "note" }, doc.basis.note) : null,
    doc.count > sweep.n ? el("p", { class: "note" },
      `This page has ${grouped(sweep.n)} of ${counted(doc.count, "trial")}: the best, and an even ` +
      "spread of the others. sweep_results.csv has all.") : null);
}

function card(title, ...children) {
  return el("div", { class: "card" }, el("h2", {}, title), ...children);
}

function bestCard(app) {
  const { sweep } = app;
  const { basis, ranked, scores, replicates } = sweep.doc;
  const group = replicates?.groups[0]; // the best mean: its runs are more than the best of all runs
  const row = group ? sweep.names.indexOf(group.name) : ranked[0];
  if (row === undefined) return card("Best", el("p", {}, basis.none));
  const score = group ? group.score ?? undefined : scores[0];
  const values = basis.objectives.map(({ metric, goal }, place) => el("div", { class: "figure" },
    el("strong", {}, group ? estimateText(metric, group.estimates[place]) : sweep.columns.get(metric)?.text(row) ?? ""),
    el("span", {}, `${metric} ${goal === "maximize" ? "↑" : "↓"}`)));
  const params = el("div", { class: "params" }, ...sweep.varying()
    .filter((column) => column.codes[row] >= 0 && !replicates?.axes.includes(column.name))
    .map((column) => el("span", { class: "param" }, `${column.name} `, el("b", {}, column.text(row)))));
  return dressed(card("Best", el("div", { class: "figures" }, ...values),
    el("p", {}, el("button", { class: "link", type: "button", "data-key": "best",
      click: () => openTrial(app, row) }, sweep.names[row]),
    group ? `, ${runsText(group)} runs, mean ± deviation` : "",
    score === undefined ? "" : ` with a score of ${score.toFixed(4)}`), params), { class: "card best" }, []);
}

function standingCard({ doc }) {
  const shown = STATES.filter((state) => doc.states[state]);
  const waiting = doc.total - doc.count; // what a search has still to choose
  const share = doc.total ? Math.floor((100 * doc.ended) / doc.total) : 100;
  const bar = svg("svg", { class: "progress", viewBox: "0 0 1000 10", preserveAspectRatio: "none",
    role: "img", "aria-label": `${share}% ended` });
  let x = 0;
  for (const state of shown) {
    const width = (1000 * doc.states[state]) / Math.max(doc.total, 1);
    bar.append(svg("rect", { class: state, x: round(x), y: 0, width: round(width), height: 10 }));
    x += width;
  }
  return card("Trials",
    el("div", { class: "figures" }, el("div", { class: "figure" },
      el("strong", {}, grouped(doc.ended)),
      el("span", {}, `of ${grouped(doc.total)} ended`))),
    bar,
    el("p", { class: "chips" }, ...shown.map((state) =>
      el("span", { class: `chip ${state}` }, `${state} ${grouped(doc.states[state])}`)),
    waiting > 0 ? el("span", { class: "chip pending" }, `to be chosen ${grouped(waiting)}`) : null));
}

function timeCard(sweep) {
  const { doc } = sweep;
  const [from, to] = timeSpan(sweep);
  const facts = [
    ["Elapsed", from === null ? "–" : duration(to - from)],
    ["A trial takes", doc.trial_seconds === null ? "–" : duration2(doc.trial_seconds)],
    ...(doc.ended < doc.total ? [["Remaining",
      doc.remaining_seconds === null ? "not known yet" : `about ${duration(doc.remaining_seconds)}`]] : []),
    ...(from === null ? [] : [["Began", clock(doc.trials.t0 + from)]]),
  ];
  return card("Time", el("dl", { class: "pairs" },
    ...facts.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)])));
}

const duration2 = (value) => (value < 10 ? seconds(value) : duration(value));

/** From the first start to the last end, or to now while it runs. */
function timeSpan({ doc, started, finished, n }) {
  let [from, to] = [null, 0];
  for (let row = 0; row < n; row += 1) {
    if (started[row] !== null && (from === null || started[row] < from)) from = started[row];
    if (finished[row] !== null) to = Math.max(to, finished[row]);
  }
  const now = Date.parse(doc.made_at) / 1000 - doc.trials.t0;
  return [from, doc.runs ? Math.max(now, to) : to];
}
