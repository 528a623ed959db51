// Fields of closed questions. Each function returns an element and adds to `sync` what brings it up to date.

/** A box or circle with its label. */
function option(kind, name, code, label) {
  const input = make("input", { type: kind, name, value: code, id: `${name}-${code}` });
  return [input, make("label", { class: "option", for: input.id }, input, make("span", { class: "label" }, label))];
}

/** A field for the text of "other". */
function otherText(question, choose, sync) {
  const key = `${question.code}[other]`;
  const input = make("input", {
    type: "text", class: "other", id: `q-${question.code}--other`,
    "aria-label": `${shown(question.other)}: ${word("other_text")}`,
    on: { input: () => choose(input.value) },
  });
  sync.push(() => { if (document.activeElement !== input) input.value = state.answers[key] || ""; });
  return input;
}

function singleField(question, sync) {
  const { code } = question, name = `q-${code}`, other = `${code}[other]`, box = make("div", { class: "options" });
  const add = (into, answer, label) => {
    const [input, line] = option("radio", name, answer, label);
    // The text beside "other" goes when another answer is chosen.
    input.addEventListener("change", () => store({ [code]: answer, ...(answer !== "-oth-" && { [other]: "" }) }));
    sync.push(() => { input.checked = state.answers[code] === answer; });
    into.append(line);
  };
  const points = ordered(question, question.points);
  if (points.length > 9) box.classList.add("many");
  for (const point of points) add(box, point.code, shown(point.label));
  if (question.other) {
    const line = make("div", { class: "beside" });
    add(line, "-oth-", shown(question.other));
    line.append(otherText(question, (typed) => store({ [code]: "-oth-", [other]: typed }), sync));
    box.append(line);
  }
  const reasons = make("div", { class: "options reasons" });
  for (const reason of offered(question)) add(reasons, reason.code, shown(reason.label));
  return make("div", {}, box, reasons.childNodes.length ? reasons : null);
}

function multipleField(question, sync) {
  const { code } = question, name = `q-${code}`, box = make("div", { class: "options" });
  const stated = offered(question).map((reason) => [`${code}[${reason.code}]`, ""]);
  const add = (into, key, answer, label, change) => {
    const [input, line] = option("checkbox", name, answer, label);
    input.addEventListener("change", () => change(input.checked));
    sync.push(() => { input.checked = Boolean(state.answers[key]); });
    into.append(line);
    return [input, line];
  };
  for (const point of ordered(question, question.points)) {
    const key = `${code}[${point.code}]`;
    const change = (ticked) => store({ ...Object.fromEntries(stated), [key]: ticked ? "Y" : "" });
    add(box, key, point.code, shown(point.label), change);
  }
  if (question.other) {
    const key = `${code}[other]`;
    const text = otherText(question, (typed) => store({ ...(typed && Object.fromEntries(stated)), [key]: typed }), sync);
    const line = make("div", { class: "beside" });
    const [input] = add(line, key, "other", shown(question.other), (ticked) => {
      if (ticked) text.focus();
      else store({ [key]: "" });
    });
    input.addEventListener("change", () => { if (!input.checked) text.value = ""; });
    line.append(text);
    box.append(line);
  }
  const reasons = make("div", { class: "options reasons" });
  for (const reason of offered(question)) {
    const key = `${code}[${reason.code}]`;
    add(reasons, key, reason.code, shown(reason.label), (ticked) => {
      store(ticked ? { ...Object.fromEntries(keysOf(question).map((each) => [each, ""])), [key]: "Y" } : { [key]: "" });
    });
  }
  return make("div", {}, box, reasons.childNodes.length ? reasons : null);
}

function ratingField(question, sync) {
  const { code } = question, name = `q-${code}`, numbers = make("div", { class: "rating" });
  const add = (into, answer, label) => {
    const [input, line] = option("radio", name, answer, label);
    input.addEventListener("change", () => store({ [code]: answer }));
    sync.push(() => { input.checked = state.answers[code] === answer; });
    into.append(line);
    return input;
  };
  const [low, high] = question.ends.map((end, place) => make("span", { id: `${name}--end-${place}` }, shown(end)));
  for (let number = question.minimum; number <= question.maximum; number += 1) {
    const input = add(numbers, String(number), String(number));
    const end = number === question.minimum ? low : number === question.maximum ? high : null;
    if (end) input.setAttribute("aria-describedby", end.id);
  }
  const reasons = make("div", { class: "options reasons" });
  for (const reason of offered(question)) add(reasons, reason.code, shown(reason.label));
  return make("div", {}, make("div", { class: "ends" }, low, high), numbers, reasons.childNodes.length ? reasons : null);
}

function batteryField(question, sync) {
  const columns = [...question.points, ...offered(question)];
  const grid = make("div", { class: "battery" });
  grid.style.setProperty("--columns", columns.length);
  const heads = columns.map((each, place) => {
    const reason = place >= question.points.length;
    return make("span", { class: reason ? "head reason" : "head" }, shown(each.label));
  });
  grid.append(make("div", { class: "row heads", "aria-hidden": "true" }, make("span"), heads));
  for (const item of ordered(question, question.items)) {
    const key = `${question.code}[${item.code}]`, name = `q-${question.code}-${item.code}`;
    const text = make("span", { class: "line", id: `${name}--text` }, shown(item.text));
    const row = make("div", { class: "row", role: "radiogroup", "aria-labelledby": text.id }, text);
    columns.forEach((each, place) => {
      const [input, line] = option("radio", name, each.code, shown(each.label));
      if (place >= question.points.length) line.classList.add("reason");
      input.addEventListener("change", () => store({ [key]: each.code }));
      sync.push(() => { input.checked = state.answers[key] === each.code; });
      row.append(line);
    });
    grid.append(row);
  }
  return grid;
}

function rankingField(question, sync) {
  const ranks = question.variables.length, box = make("ol", { class: "ranking" });
  const selects = question.variables.map((variable, place) => {
    const select = make("select", { id: `q-${variable.name}`, on: { change: () => choose(place, select.value) } });
    select.append(make("option", { value: "" }, "…"));
    for (const point of ordered(question, question.points)) {
      select.append(make("option", { value: point.code }, shown(point.label)));
    }
    box.append(make("li", {}, said("rank", { number: place + 1 }, "label", { for: select.id }), select));
    return select;
  });
  const chosen = () => question.variables.map((variable) => state.answers[variable.key] || "").filter(Boolean);
  const choose = (place, answer) => {
    const list = chosen();
    list[place] = answer;
    const kept = list.filter(Boolean);
    store(Object.fromEntries(question.variables.map((variable, rank) => [variable.key, kept[rank] || ""])));
  };
  sync.push(() => {
    const list = chosen();
    selects.forEach((select, place) => {
      select.value = list[place] || "";
      select.disabled = place > list.length;
      for (const each of select.options) {
        each.disabled = each.value !== "" && list.includes(each.value) && list[place] !== each.value;
      }
    });
  });
  return make("div", {}, ranks > 1 ? said("ranking", {}, "p", { class: "hint" }) : null, box);
}
