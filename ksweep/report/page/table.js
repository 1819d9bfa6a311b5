// All trials: sorted by any column, the selected ones, a page at a time.

const ROWS = 50;
const METRIC_COLUMNS = 4;

function drawTable(app) {
  const { sweep, ui } = app;
  const holder = byId("trials").querySelector(".body");
  const shown = ui.columns ?? usualColumns(sweep);
  const columns = [...sweep.columns.values()].filter((column) => shown.has(column.name));
  const rows = sorted(app);
  const pages = Math.max(1, Math.ceil(rows.length / ROWS));
  ui.page = clamp(ui.page, 0, pages - 1);
  const part = rows.slice(ui.page * ROWS, (ui.page + 1) * ROWS);
  const open = holder.querySelector("details")?.open ?? false;
  const scrolled = holder.querySelector(".scroll")?.scrollLeft ?? 0;
  const choose = chooser("Columns", "column", [...sweep.columns.keys()], (name) => shown.has(name), (name, on) => {
    ui.columns = new Set(shown);
    if (on) ui.columns.add(name); else ui.columns.delete(name);
    app.draw();
  });
  choose.open = open;
  const body = el("tbody", {}, ...part.map((row) => tableRow(app, columns, row)));
  const table = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Trials" },
    el("table", {}, el("thead", {}, el("tr", {}, ...columns.map((column) => heading(app, column)))), body));
  fill(holder, choose, table, pager(app, rows.length, pages));
  table.scrollLeft = scrolled;
}

/** Who, how it ended, the first few metrics and the time, the parameters that vary. */
function usualColumns(sweep) {
  const metrics = sweep.measured.filter((column) => column.kind === "metric").slice(0, METRIC_COLUMNS);
  const objectives = sweep.doc.basis.objectives.map((one) => one.metric);
  return new Set(["#", "config", "status", ...(sweep.doc.scores.length ? ["score"] : []), "total_time",
    ...objectives, ...metrics.map((column) => column.name), ...sweep.varying().map((column) => column.name)]);
}

/** The selected rows in the order that was asked for; what has no value comes last either way. */
function sorted({ sweep, ui, selected }) {
  const rows = [];
  for (let row = 0; row < sweep.n; row += 1) if (selected[row]) rows.push(row);
  const column = sweep.columns.get(ui.sort.name) ?? sweep.columns.get("#");
  const sign = ui.sort.down ? -1 : 1;
  if (column.numeric) {
    return rows.sort((a, b) => byNumber(column.number(a), column.number(b), sign) || a - b);
  }
  const text = (row) => (column.kind === "parameter" && column.codes[row] < 0 ? "" : column.text(row));
  return rows.sort((a, b) => byText(text(a), text(b), sign) || a - b);
}

function byNumber(a, b, sign) {
  if (a !== a || b !== b) return (a !== a) - (b !== b);
  return sign * (a - b);
}

function byText(a, b, sign) {
  if (!a || !b) return !a - !b;
  return a === b ? 0 : sign * (a < b ? -1 : 1);
}

function heading(app, column) {
  const { sort } = app.ui;
  const now = sort.name === column.name ? (sort.down ? "descending" : "ascending") : null;
  const mark = now ? (sort.down ? " ▾" : " ▴") : "";
  return el("th", { scope: "col", "aria-sort": now, class: column.numeric ? "figure" : null },
    el("button", { type: "button", "data-key": `sort:${column.name}`, click: () => {
      app.ui.sort = { name: column.name, down: now === null ? startsDown(app, column) : !sort.down };
      app.ui.page = 0;
      app.draw();
    } }, column.name, mark));
}

/** A metric of which more is better is first sorted with the most in front. */
const startsDown = (app, column) => column.goal !== undefined && app.sweep.up(column.name);

function tableRow(app, columns, row) {
  return el("tr", {}, ...columns.map((column) => {
    if (column.name === "config" && column.kind === "fact") {
      return el("th", { scope: "row" }, el("button", { class: "link", type: "button", "data-key": `row:${row}`,
        click: () => openTrial(app, row) }, column.text(row)));
    }
    if (column === app.sweep.status) return el("td", {}, statusChip(column.text(row)));
    const text = column.text(row);
    return el("td", { class: column.numeric ? "figure" : null, title: text.length > 60 ? text : null }, cut(text, 60));
  }));
}

function pager(app, count, pages) {
  const { ui } = app;
  const go = (text, label, page, off) => dressed(el("button", { type: "button", "aria-label": label,
    "data-key": `page:${label}`, click: () => { ui.page = page; app.draw(); } }, text), { disabled: off }, []);
  const first = count ? ui.page * ROWS + 1 : 0;
  return el("p", { class: "pager" },
    go("«", "First page", 0, ui.page === 0), go("‹", "Previous page", ui.page - 1, ui.page === 0),
    el("span", {}, `${grouped(first)}–${grouped(Math.min((ui.page + 1) * ROWS, count))} of ${counted(count, "trial")}`),
    go("›", "Next page", ui.page + 1, ui.page >= pages - 1), go("»", "Last page", pages - 1, ui.page >= pages - 1));
}
