// The page: header, one group of questions at a time, buttons, and the way through.

const root = document.getElementById("root");
const last = instrument.groups.length;

/** Go to a page by its number: -1 the welcome, then the groups, then the end. */
function goTo(page) {
  state.page = Math.min(Math.max(page, -1), last);
  state.quota = null;
  render({ focus: true });
}

const hasQuestions = (page) => instrument.groups[page].questions.some(isShown);

function forward() {
  if (state.page >= 0) {
    const group = instrument.groups[state.page];
    const { messages, stops } = checked(group);
    if (messages.size) {
      if (!stops) state.reminded.add(group.code);
      tell(messages, stops);
      return;
    }
    const full = instrument.quotas.find((quota) => state.full.has(quota.code) && belongs(quota));
    if (full) {
      state.page = last;
      state.quota = full;
      render({ focus: true });
      return;
    }
  }
  let page = state.page + 1;
  while (page < last && !hasQuestions(page)) page += 1;
  goTo(page);
}

function backward() {
  let page = state.page - 1;
  while (page >= 0 && !hasQuestions(page)) page -= 1;
  goTo(page);
}

function again() {
  for (const key of Object.keys(state.answers)) delete state.answers[key];
  orders.clear();
  state.reminded.clear();
  settle();
  goTo(-1);
}

/** Show what is missing or wrong, above the page and at each question. */
function tell(messages, stops) {
  for (const box of document.querySelectorAll(".question")) {
    const message = messages.get(box.dataset.code);
    box.classList.toggle("wrong", Boolean(message));
    box.querySelector(".message").textContent = message || "";
  }
  const summary = document.getElementById("summary");
  summary.replaceChildren(said(stops ? "stopped" : "reminder"));
  summary.hidden = false;
  summary.focus();
}

function questionBox(question) {
  const id = `q-${question.code}`, sync = [];
  const hints = [];
  if (question.type === "multiple" && question.choices !== null) {
    hints.push(said(question.choices === 1 ? "choices_one" : "choices", { number: question.choices }, "p", { class: "hint" }));
  }
  const field = FIELDS[question.type]?.(question, sync);
  const notes = state.all ? [routingWords("routing", question.routing),
    question.type === "hidden" ? said("hidden", { value: question.value }, "p", { class: "hint" }) : null] : [];
  const text = make(field ? "legend" : "p", { class: "text", id: `${id}--text` }, shown(question.text));
  const clear = button("clear", () => store(Object.fromEntries(keysOf(question).map((key) => [key, ""]))), { class: "clear" });
  const message = make("p", { class: "message", id: `${id}--message`, ...wordLanguage() });
  const help = prose(question.help, { class: "help", id: `${id}--help` });
  const parts = [text, ...notes, help, ...hints, message, field, field ? clear : null];
  const box = make(field ? "fieldset" : "div", {
    class: `question of-type-${question.type}`, "data-code": question.code,
    "aria-describedby": field ? `${question.help ? `${id}--help ` : ""}${id}--message` : null,
  }, parts);
  const update = () => {
    sync.forEach((each) => each());
    clear.hidden = !keysOf(question).some((key) => state.answers[key]);
    box.hidden = !(state.all || isShown(question));
    box.classList.toggle("unasked", state.all && !isAsked(question));
    if (box.classList.contains("wrong") && !fault(question) && !isMissing(question)) {
      box.classList.remove("wrong");
      message.textContent = "";
    }
  };
  listeners.push(update);
  update();
  return box;
}

function groupSection(group, level) {
  return make("section", { class: "group" },
    make(level, { class: "group-title", tabindex: -1 }, shown(group.title)),
    state.all ? routingWords("page_routing", group.routing) : null,
    prose(group.description, { class: "description" }),
    group.questions.filter((question) => state.all || question.type !== "hidden").map(questionBox));
}

function header() {
  const languages = instrument.languages.map(({ code, direction }) => make("button", {
    type: "button", id: `language-${code}`, lang: code, dir: direction, "aria-pressed": String(code === state.language),
    on: { click: () => { state.language = code; render(); } },
  }, new Intl.DisplayNames([code], { type: "language" }).of(code)));
  const panel = button(state.panel ? "hide_panel" : "show_panel", () => { state.panel = !state.panel; render(); },
    { id: "panel-toggle", class: "toggle", "aria-expanded": String(state.panel) });
  return make("header", {},
    make("div", { class: "top" },
      make("nav", { class: "languages", "aria-label": word("language") }, languages.length > 1 ? languages : null),
      make("div", { class: "tools" }, said("preview", {}, "span", { class: "mark" }), panel)),
    make("p", { class: "survey" }, shown(instrument.title)));
}

function body() {
  if (state.all) {
    const sections = instrument.groups.map((group) => groupSection(group, "h1"));
    return [prose(instrument.welcome, { class: "welcome" }), ...sections, prose(instrument.end, { class: "welcome" })];
  }
  if (state.page < 0) {
    return [make("h1", { class: "group-title", tabindex: -1 }, shown(instrument.title)),
      prose(instrument.description, { class: "lead" }), prose(instrument.welcome, { class: "welcome" }),
      make("div", { class: "buttons" }, button("start", forward, { class: "main" }))];
  }
  if (state.page >= last) {
    const refused = instrument.consent && state.answers[instrument.consent] === "no";
    return [said(state.quota ? "quota_full" : "finished", {}, "h1", { class: "group-title", tabindex: -1 }),
      refused ? said("no_consent", {}, "p", { class: "lead" }) : null,
      prose(state.quota ? state.quota.message : instrument.end, { class: "welcome" }),
      make("div", { class: "buttons" }, button("back", backward), button("again", again))];
  }
  const progress = make("div", { class: "progress" },
    said("progress", { page: state.page + 1, pages: last }, "label", { for: "progress" }),
    make("progress", { id: "progress", max: last, value: state.page + 1 }));
  const following = said(state.page + 1 < last ? "next" : "finish", {}, "button", { type: "submit", class: "main" });
  const submit = (event) => { event.preventDefault(); forward(); };
  return [progress, make("form", { novalidate: true, autocomplete: "off", on: { submit } },
    make("div", { id: "summary", class: "summary", role: "alert", tabindex: -1, hidden: true }),
    groupSection(instrument.groups[state.page], "h1"),
    make("div", { class: "buttons" }, following, button("back", backward)))];
}

/** Build the page anew, as after a change of language or page. */
function render({ focus = false } = {}) {
  const before = document.activeElement?.id;
  listeners.length = 0;
  const { direction } = instrument.languages.find(({ code }) => code === state.language);
  document.documentElement.lang = state.language;
  document.documentElement.dir = direction;
  document.title = shown(instrument.title);
  const panel = make("aside", { id: "panel", "aria-labelledby": "panel-title", hidden: !state.panel, ...wordLanguage() });
  root.className = state.panel ? "with-panel" : "";
  root.replaceChildren(header(), make("div", { class: "columns" }, make("main", {}, body()), panel));
  const update = () => { if (state.panel) fillPanel(panel); };
  listeners.push(update);
  update();
  if (focus) {
    window.scrollTo(0, 0);
    document.querySelector("main .group-title")?.focus({ preventScroll: true });
  } else if (before) {
    document.getElementById(before)?.focus({ preventScroll: true });
  }
}

// For tests and for whoever wants to try many respondents from the console of the browser.
window.trustsurvey = {
  answers: () => ({ ...state.answers }),
  put: (answers) => { store(answers); render(); },
  asked: (answers = state.answers) =>
    Object.fromEntries(Object.entries(askedVariables(answers)).filter(([name]) => variableOf.has(name))),
  go: goTo,
};

render();
