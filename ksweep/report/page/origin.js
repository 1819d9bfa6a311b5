// What failed and why, and where the sweep comes from.

function drawFailures({ sweep }) {
  const { failures } = sweep.doc;
  const holder = byId("failures").querySelector(".body");
  if (!failures.length) { fill(holder, el("p", { class: "note" }, "None.")); return; }
  fill(holder, ...failures.map((cause, at) => {
    const more = cause.count - cause.names.length;
    const log = el("details", {}, el("summary", { "data-key": `log:${at}` }, `The log of ${cause.names[0]} ends`),
      el("pre", { tabindex: 0 }, cause.log));
    log.open = holder.querySelectorAll(".cause")[at]?.querySelector("details")?.open ?? false;
    return el("div", { class: "cause" },
      el("p", {}, statusChip(cause.status), ` ${counted(cause.count, "trial")}`),
      cause.error ? el("p", {}, el("code", {}, cause.error)) : null,
      cause.shares.length ? el("ul", {}, ...cause.shares.map((text) => el("li", {}, text))) : null,
      el("p", { class: "hint" }, cause.names.join(", ") + (more ? ` and ${grouped(more)} more` : "")),
      cause.log ? log : null);
  }));
}

function drawOrigin({ sweep }) {
  const holder = byId("origin").querySelector(".body");
  const { tables, texts } = sweep.doc.origin;
  if (holder.childElementCount) return; // it stays what it was
  fill(holder,
    el("div", { class: "columns" }, ...tables.map(({ title, rows }) => el("div", {}, el("h3", {}, title),
      el("dl", { class: "pairs" }, ...rows.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]))))),
    ...texts.map(({ title, text }) => el("details", {}, el("summary", {}, title), el("pre", { tabindex: 0 }, text))));
}
