// The designer's panel: where one is, what stands behind the questions, what is stored.

function panelSwitch(key, name) {
  const change = () => { state[name] = input.checked; render(); };
  const input = make("input", { type: "checkbox", id: `panel-${name}`, on: { change } });
  input.checked = state[name];
  return make("label", { class: "switch", for: input.id }, input, said(key));
}

function quotaSwitch(quota) {
  const change = () => { if (input.checked) state.full.add(quota.code); else state.full.delete(quota.code); };
  const input = make("input", { type: "checkbox", id: `quota-${quota.code}`, on: { change } });
  input.checked = state.full.has(quota.code);
  return make("label", { class: "switch", for: input.id }, input, said("full", { code: quota.code }));
}

function pageMenu() {
  const select = make("select", { id: "panel-page", on: { change: () => goTo(Number(select.value)) } });
  select.append(said("beginning", {}, "option", { value: -1 }));
  instrument.groups.forEach((group, place) => {
    const note = group.questions.some(isShown) ? "" : ` (${word("page_not_asked")})`;
    select.append(make("option", { value: place }, `${place + 1}. ${shown(group.title)}${note}`));
  });
  select.append(said("finished", {}, "option", { value: instrument.groups.length }));
  select.value = String(state.page);
  return make("div", { class: "menu" }, said("go_to", {}, "label", { for: select.id }), select);
}

/** Raw answers as a list, those that do not count struck out. */
function storedList(keys, names) {
  const given = keys.filter((key) => state.answers[key]);
  if (!given.length) return said("nothing", {}, "p", { class: "muted" });
  const row = (key) => {
    const counts = names.has(key) ? asked[names.get(key)] !== false : true;
    const answer = make(counts ? "span" : "s", { title: counts ? null : word("set_aside") }, state.answers[key]);
    return [make("dt", {}, make("code", {}, key)), make("dd", { dir: "auto" }, answer)];
  };
  return make("dl", { class: "stored" }, given.flatMap(row));
}

const variableByKey = new Map(questions.flatMap((question) => [
  ...question.variables.map((variable) => [variable.key, variable.name]),
  ...keysOf(question).slice(question.variables.length).map((key) => [key, question.variables[0].name]),
]));

function routingWords(key, routing) {
  return routing ? said(key, { condition: routing.words[state.language] }, "p", { class: "routing" }) : null;
}

function behind(question) {
  const tags = [question.type, question.code === instrument.consent && word("consent"),
    question.mandatory !== "no" && word(`mandatory_${question.mandatory}`), question.randomise && word("random")];
  const trend = question.trend ? make("span", { class: "trend" }, `↗ ${word("trend")}`) : null;
  return make("section", { class: isAsked(question) ? "behind" : "behind unasked" },
    make("h3", {}, make("code", {}, question.code), trend),
    make("p", { class: "tags", ...wordLanguage() }, tags.filter(Boolean).join(" · ")),
    question.concept ? make("p", {}, said("concept"), " ", make("code", {}, question.concept)) : null,
    question.source ? make("p", { class: "muted" }, said("source"), ` ${question.source}`) : null,
    routingWords("routing", question.routing),
    question.routing ? make("p", {}, make("code", { class: "expression" }, question.routing.text)) : null,
    isAsked(question) ? null : said("not_asked", {}, "p", { class: "warning" }),
    question.variables.length ? said("stored", {}, "p", { class: "muted" }) : null,
    question.variables.length ? storedList(keysOf(question), variableByKey) : null,
  );
}

/** The rules that hold within one record, as the file has them. */
function ruleList() {
  if (!instrument.checks.length) return null;
  const rule = (check) => [
    make("dt", {}, make("code", {}, check.code)),
    make("dd", {}, make("code", { class: "expression" }, check.when ? `${check.when} → ${check.rule}` : check.rule),
      prose(check.message, { lang: state.language, dir: "auto" })),
  ];
  return make("details", { id: "panel-checks" }, said("checks", {}, "summary"), make("dl", {}, instrument.checks.flatMap(rule)));
}

/** Fill the panel anew. */
function fillPanel(panel) {
  const open = new Set([...panel.querySelectorAll("details[open]")].map((each) => each.id));
  const here = instrument.groups.filter((_, place) => state.all || place === state.page);
  const everything = make("details", { id: "panel-stored" }, said("stored_all", {}, "summary"),
    storedList(questions.flatMap(keysOf), variableByKey));
  panel.replaceChildren(
    said("designer", {}, "h2", { id: "panel-title" }),
    make("p", { class: "muted" }, make("code", {}, `${instrument.name}@${instrument.version}`),
      ` ${instrument.digest.slice(0, 12)}`),
    pageMenu(),
    panelSwitch("show_all", "all"),
    panelSwitch("file_order", "fileOrder"),
    ...instrument.quotas.map(quotaSwitch),
    everything,
    ...[ruleList()].filter(Boolean),
    ...here.flatMap((group) => [
      make("div", { class: "behind-page" }, make("h3", {}, make("code", {}, group.code)),
        routingWords("page_routing", group.routing),
        group.routing ? make("p", {}, make("code", { class: "expression" }, group.routing.text)) : null),
      ...group.questions.map(behind),
    ]),
  );
  for (const each of panel.querySelectorAll("details")) each.open = open.has(each.id);
}
