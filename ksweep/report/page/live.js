// Following a sweep: asks where the page came from for newer values.

const ASK_MS = 2000;
const ASK_AGAIN_MS = 5000;

function follow(app) {
  const state = byId("live");
  state.hidden = false;
  let have = "";
  const ask = async () => {
    try {
      const answer = await fetch(`values${location.search}&have=${encodeURIComponent(have)}`, { cache: "no-store" });
      if (answer.status === 200) {
        const doc = await answer.json();
        if (!menuIsOpen()) {
          have = doc.tag;
          app.show(doc);
        }
      } else if (answer.status === 204) {
        if (app.sweep.doc.runs) goOn(app);
      } else {
        throw new Error(await answer.text());
      }
      say(state, app.sweep.doc.runs ? "live" : "resting", app.sweep.doc.runs ? "Live" : restingText(app.sweep.doc));
      setTimeout(ask, document.hidden ? ASK_AGAIN_MS : ASK_MS);
    } catch (error) {
      say(state, "lost", error instanceof TypeError ? "The dashboard has ended; what it told last" : cut(error.message, 200));
      setTimeout(ask, ASK_AGAIN_MS);
    }
  };
  ask();
}

/** Whether somebody chooses from a menu, which would close if it were drawn anew. */
const menuIsOpen = () => CSS.supports("selector(:open)") && document.querySelector("select:open") !== null;

/** Nothing is new but the time. */
function goOn(app) {
  app.sweep.doc.made_at = new Date().toISOString();
  keepingFocus(() => drawSummary(app));
}

const restingText = (doc) =>
  doc.ended < doc.total ? "Nobody runs it now; a resumed sweep is followed" : "The sweep has ended";

function say(state, kind, text) {
  if (state.textContent !== text) state.textContent = text;
  state.className = kind;
}
