// Fields of questions whose answer is typed in.

/** "Don't know" and the refusal beside a typed answer: one of them at most, and no answer beside it. */
function typedReasons(question, sync) {
  const { code, reason_key: key } = question;
  if (!key) return null;
  const box = make("div", { class: "options reasons" });
  for (const reason of offered(question)) {
    const [input, line] = option("checkbox", `q-${key}`, reason.code, shown(reason.label));
    input.addEventListener("change", () => store(input.checked ? { [code]: "", [key]: reason.code } : { [key]: "" }));
    sync.push(() => { input.checked = state.answers[key] === reason.code; });
    box.append(line);
  }
  return box;
}

/** What is typed, as it is stored: numbers with a point and without spaces. */
function asStored(question, typed) {
  if (question.type !== "number") return typed;
  return typed.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".");
}

function typedField(question, sync) {
  const { code } = question, id = `q-${code}`;
  const common = { id, class: `typed typed-${question.type}`, "aria-labelledby": `${id}--text`, autocomplete: "off" };
  const input = question.type === "long_text"
    ? make("textarea", { ...common, rows: 5 })
    : make("input", {
      ...common,
      type: question.type === "date" ? "date" : "text",
      inputmode: question.type === "number" ? "decimal" : null,
      min: question.type === "date" ? question.minimum : null,
      max: question.type === "date" ? question.maximum : null,
    });
  input.addEventListener("input", () => {
    const entries = { [code]: asStored(question, input.value) };
    if (question.reason_key && input.value) entries[question.reason_key] = "";
    store(entries);
  });
  sync.push(() => {
    const stored = state.answers[code] || "";
    if (asStored(question, input.value) !== stored) input.value = stored;
  });
  return make("div", {}, input, typedReasons(question, sync));
}

const FIELDS = {
  single: singleField,
  yes_no: singleField,
  multiple: multipleField,
  rating: ratingField,
  battery: batteryField,
  ranking: rankingField,
  number: typedField,
  date: typedField,
  text: typedField,
  long_text: typedField,
};
