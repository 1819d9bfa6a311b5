// Everything that is known of one trial, in a dialog.

function openTrial(app, row) {
  hideTooltip();
  const { sweep } = app;
  const facts = [...sweep.columns.values()].filter((column) =>
    column.kind === "fact" && !["config", "#", "status"].includes(column.name));
  const dialog = byId("trial");
  const part = (title, columns) => [el("h3", {}, title), pairs(columns, row)];
  fill(dialog,
    el("form", { method: "dialog" }, el("button", { class: "close", "aria-label": "Close" }, "×")),
    el("h2", { id: "trial-name" }, sweep.names[row], " ", statusChip(sweep.status.text(row))),
    ...(sweep.places[row] ? [el("p", {}, `No. ${sweep.places[row]} of ${grouped(sweep.doc.ranked_of)} ranked`)] : []),
    el("div", { class: "columns" },
      el("div", {}, ...part("Parameters", sweep.parameters)),
      el("div", {}, ...part("Metrics", sweep.measured.filter((c) => c.kind === "metric")),
        ...part("Resources", sweep.measured.filter((c) => c.kind === "resource")))),
    ...part("Record", facts));
  dialog.showModal();
}

const statusChip = (status) => el("span", { class: `chip ${/^[a-z]+$/.test(status) ? status : ""}` }, status);
