// The page of a server: search and explanation, with nothing but its own API behind them.

const $ = (id) => document.getElementById(id);
const PARTS = ["vectors", "sentence", "words"];
const state = { collection: "", names: [], hits: [], at: -1, asked: 0, query: "" };

/** An element with attributes and children; texts are texts and never markup. */
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? `the server answered ${status}`);
    Object.assign(this, { status, field: body.field, column: body.column, kind: body.kind });
  }
}

/** Asks the server. The key is kept in this tab alone. */
async function ask(method, path, body, signal) {
  const headers = {};
  const key = sessionStorage.getItem("key");
  if (key) headers.authorization = `Bearer ${key}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body) });
  const text = await answer.text();
  const json = text.startsWith("{") ? JSON.parse(text) : {};
  if (!answer.ok) {
    $("key-form").hidden = answer.status !== 401;
    throw new Problem(answer.status, json);
  }
  $("key-form").hidden = true;
  return json;
}

const base = () => `/v1/collections/${encodeURIComponent(state.collection)}`;
const number = (value) => value.toLocaleString("en-US");
const tenant = () => ($("tenant-field").hidden || !$("tenant").value ? undefined : $("tenant").value);

/** The address says what is asked, so that it can be kept and sent. */
function remember() {
  const params = new URLSearchParams();
  const set = (name, value) => value && params.set(name, value);
  set("c", state.collection);
  set("q", $("query").value);
  for (const id of ["filter", "mode", "recall", "tenant"]) set(id, $(id).value);
  if ($("k").value !== "10") set("k", $("k").value);
  history.replaceState(null, "", `?${params}${location.hash}`);
}

function recall() {
  const params = new URLSearchParams(location.search);
  $("query").value = params.get("q") ?? "";
  for (const id of ["filter", "mode", "recall", "tenant", "k"]) if (params.has(id)) $(id).value = params.get(id);
  state.collection = params.get("c") ?? "";
}

function tell(text, isBusy = false) {
  $("status").textContent = text;
  $("status").classList.toggle("busy", isBusy);
}

function tellProblem(problem) {
  if (problem.field === "filter") {
    $("filter-error").textContent = problem.message;
    $("filter").setAttribute("aria-invalid", "true");
    tell("");
    return;
  }
  tell("");
  $("hits").replaceChildren(el("li", { class: "nothing problem" }, problem.message));
}

async function start() {
  recall();
  try {
    const { collections } = await ask("GET", "/v1/collections?limit=1000");
    state.names = collections.map((found) => found.name);
    $("collection").replaceChildren(...state.names.map((name) => el("option", {}, name)));
    if (!state.names.length) {
      $("hits").replaceChildren(el("li", { class: "nothing" }, "There is no collection yet: pleiad add, or PUT /v1/collections/NAME."));
      return;
    }
    if (!state.names.includes(state.collection)) state.collection = state.names[0];
    $("collection").value = state.collection;
    await choose();
  } catch (problem) {
    tellProblem(problem);
  }
  $("query").focus();
}

/** Shows what the collection is, and asks what the address asks. */
async function choose() {
  const info = await ask("GET", base());
  $("tenant-field").hidden = !info.schema?.tenants;
  const rows = [
    ["Documents", info.num_documents],
    ["Token vectors", info.num_tokens],
    ["Dimension", info.schema?.dim],
    ["Encoder", info.schema?.encoder ?? "none: ready-made vectors"],
    ["Words", info.schema?.words?.analyzer ?? "none"],
    ["Segments", info.num_segments],
    ["Bytes", info.total_bytes],
    ["Last batch", info.sequence],
  ].filter(([, value]) => value !== undefined);
  const list = el("dl");
  for (const [name, value] of rows) list.append(el("dt", {}, name), el("dd", {}, typeof value === "number" ? number(value) : value));
  $("about").replaceChildren(el("h2", {}, state.collection), list);
  if ($("query").value.trim()) await search();
  else clear();
}

function clear() {
  state.hits = [];
  $("hits").replaceChildren();
  $("about").hidden = false;
  tell("");
}

async function search() {
  const text = $("query").value.trim();
  $("filter-error").textContent = "";
  $("filter").removeAttribute("aria-invalid");
  remember();
  if (!text) return clear();
  const number_ = ++state.asked;
  const value = (id) => $(id).value.trim() || undefined;
  const request = { query: { text }, k: Number($("k").value), filter: value("filter"), mode: value("mode"), tenant: tenant(), include: ["attributes", "snippet"] };
  if (value("recall") === "exact") request.exact = true;
  else if (value("recall")) request.recall = Number(value("recall"));
  tell("…", true);
  try {
    const answer = await ask("POST", `${base()}/search`, request);
    if (number_ !== state.asked) return;
    Object.assign(state, { hits: answer.hits, at: -1, query: text });
    $("about").hidden = true;
    show(answer);
  } catch (problem) {
    if (number_ === state.asked) tellProblem(problem);
  }
}

function show(answer) {
  const promised = answer.promised_recall === null ? "no recall promised" : answer.promised_recall === 1 ? "exact" : `recall ${answer.promised_recall.toFixed(2)} promised`;
  tell(`${number(answer.num_matched)} documents match · ${answer.mode} · ${promised} · ${answer.took_ms.toFixed(1)} ms`);
  const warnings = (answer.warnings ?? []).map((text) => el("li", { class: "nothing problem" }, text));
  const none = answer.hits.length || warnings.length ? [] : [el("li", { class: "nothing" }, "No document has these words or passes the filter.")];
  $("hits").replaceChildren(...warnings, ...none, ...answer.hits.map(hitOf));
}

function hitOf(hit, at) {
  const { title, ...rest } = hit.attributes ?? {};
  const open = () => explain(hit.key, hit.tenant);
  const head = el("div", { class: "hit-head" },
    el("button", { class: "title", type: "button", onclick: open, onfocus: () => (state.at = at) }, title ?? hit.key),
    el("span", { class: "score", title: "score" }, hit.score.toFixed(3)));
  const chips = Object.entries(rest).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value)).slice(0, 6);
  return el("li", {},
    el("span", { class: "rank" }, String(hit.rank)),
    el("div", {}, head, title === undefined ? null : el("div", { class: "key" }, hit.tenant ? `${hit.key} of ${hit.tenant}` : hit.key),
      hit.snippet ? el("p", { class: "snippet" }, ...marked(hit.snippet)) : null,
      hit.parts ? barOf(hit.parts) : null,
      chips.length ? el("div", { class: "chips" }, ...chips.map(chipOf)) : null));
}

/** A snippet with the words that answer. Its places are bytes of UTF-8. */
function marked({ text, marks }) {
  const bytes = new TextEncoder().encode(text);
  const part = (start, end) => new TextDecoder().decode(bytes.subarray(start, end));
  const pieces = [];
  let at = 0;
  for (const mark of marks) {
    const word = el("mark", {}, part(mark.start, mark.end));
    word.style.setProperty("--weight", mark.weight);
    pieces.push(part(at, mark.start), word);
    at = mark.end;
  }
  return [...pieces, part(at, bytes.length)];
}

function barOf(parts) {
  const label = PARTS.filter((name) => parts[name] > 0).map((name) => `${name} ${parts[name].toFixed(3)}`).join(", ");
  const bar = el("div", { class: "bar", role: "img", "aria-label": `parts of the score: ${label}`, title: label });
  for (const name of PARTS) if (parts[name] > 0) bar.append(sized(el("i", { class: name }), parts[name]));
  return bar;
}

function sized(node, share) {
  node.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
  return node;
}

function chipOf([name, value]) {
  const path = /^[\w-]+$/.test(name) ? name : `\`${name}\``;
  const condition = `${path} = ${JSON.stringify(value)}`;
  const add = () => {
    const filter = $("filter");
    filter.value = filter.value.trim() ? `(${filter.value}) AND ${condition}` : condition;
    search();
  };
  return el("button", { type: "button", title: `only ${condition}`, onclick: add }, `${name} ${value}`);
}

/** Explains a hit: the parts of its score, and which word of the question met which of the document. */
async function explain(key, ofTenant) {
  const dialog = $("explain");
  $("explain-title").textContent = key;
  $("explain-score").textContent = "…";
  $("explain-body").replaceChildren();
  if (!dialog.open) dialog.showModal();
  history.replaceState(null, "", `${location.search}#why=${encodeURIComponent(key)}`);
  try {
    const owner = ofTenant ?? tenant();
    const behind = owner ? `?tenant=${encodeURIComponent(owner)}` : "";
    const request = { query: { text: state.query }, key, mode: $("mode").value || undefined, tenant: owner };
    const [why, stored] = await Promise.all([
      ask("POST", `${base()}/explain`, request),
      ask("GET", `${base()}/documents/${encodeURIComponent(key)}${behind}`),
    ]);
    showWhy(why, stored);
  } catch (problem) {
    $("explain-score").textContent = "";
    $("explain-body").replaceChildren(el("p", { class: "problem" }, problem.message));
  }
}

/** What each word of the question gave, whatever the ranking. */
function given(why) {
  if (why.mode === "words") return { tokens: [], terms: why.parts };
  if (why.mode === "hybrid") return { tokens: why.tokens, terms: why.terms };
  return { tokens: why.parts.map((pair) => ({ ...pair, score: pair.similarity })), terms: [] };
}

function showWhy(why, stored) {
  const { tokens, terms } = given(why);
  $("explain-title").textContent = stored.attributes.title ?? stored.key;
  $("explain-score").textContent = `${why.mode} score ${why.score.toFixed(4)}`;
  const parts = why.mode === "hybrid" ? why.parts : { [why.mode]: why.score };
  const total = Math.max(why.score, 1e-9);
  const sum = el("div", { class: "sum", role: "img", "aria-label": "the parts add up to the score" });
  const legend = el("div", { class: "legend" });
  for (const name of PARTS.filter((name) => parts[name] > 0)) {
    sum.append(sized(el("i", { class: name }), parts[name] / total));
    legend.append(el("span", {}, el("b", { class: name }), `${name} ${parts[name].toFixed(4)}`));
  }
  legend.append(el("span", { class: "plain" }, `= ${why.score.toFixed(4)}`));

  const text = el("div", { class: "document", tabindex: "0", role: "region", "aria-label": "the document" });
  const rows = [
    ...tokens.map((pair) => ({ word: pair.query_text, met: pair.doc_text, score: pair.score, kind: "token" })),
    ...terms.map((term) => ({ word: term.term, met: term.term, score: term.score, kind: "term" })),
  ].filter((row) => row.word);
  const most = Math.max(...rows.map((row) => row.score), 1e-9);
  const light = (row) => paint(text, stored.text ?? "", rows, row);
  const asked = el("div", { class: "asked", role: "group", "aria-label": "words of the question" });
  let held;
  for (const row of rows) {
    const press = () => {
      held = held === row ? undefined : row;
      for (const other of asked.children) other.setAttribute("aria-pressed", String(other === button && held === row));
      light(held);
    };
    const button = el("button", { type: "button", class: row.kind, "aria-pressed": "false", onclick: press,
      onmouseenter: () => light(row), onmouseleave: () => light(held), onfocus: () => light(row), onblur: () => light(held) },
      row.word, el("small", {}, `${row.score.toFixed(4)}${row.kind === "term" ? " as a word" : ""}`), sized(el("i"), row.score / most));
    asked.append(button);
  }
  const table = el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "asked"), el("th", {}, "met"), el("th", {}, "gave"))),
    el("tbody", {}, ...[...rows].sort((a, b) => b.score - a.score).map((row) => el("tr", {}, el("td", {}, row.word), el("td", {}, row.met ?? "–"), el("td", {}, row.score.toFixed(4))))));
  light();
  $("explain-body").replaceChildren(
    el("h3", {}, "The score is the sum of its parts"), sum, legend,
    el("h3", {}, "Words of the question: hover or press one to see what it met"), asked,
    ...(stored.text ? [el("h3", {}, "The document"), text] : []),
    el("h3", {}, "Matches by what they gave"), table);
}

/** Marks in a text the words that were met, by how much they gave; those of one word of the question stand out. */
function paint(node, text, rows, lit) {
  const weights = new Map();
  const most = Math.max(...rows.map((row) => row.score), 1e-9);
  const words = (phrase) => (phrase ?? "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const row of lit ? [lit] : rows)
    for (const word of words(row.met)) weights.set(word, Math.max(weights.get(word) ?? 0, row.score / most));
  const pieces = text.split(/([\p{L}\p{N}]+)/u).map((piece) => {
    const word = piece.toLowerCase();
    // A term is the beginning of its words.
    const weight = weights.get(word) ?? (lit?.kind === "term" && word.startsWith(lit.met.toLowerCase()) ? 1 : undefined);
    if (weight === undefined) return piece;
    const mark = el("mark", { class: lit ? "lit" : undefined }, piece);
    mark.style.setProperty("--weight", weight);
    return mark;
  });
  node.replaceChildren(...pieces);
  if (lit) node.querySelector("mark")?.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const titles = [...document.querySelectorAll(".title")];
  if (!titles.length) return;
  state.at = Math.max(0, Math.min(titles.length - 1, state.at + step));
  titles[state.at].focus();
}

let soon;
const later = () => { clearTimeout(soon); soon = setTimeout(search, 250); };
$("search").addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(soon); search(); });
$("query").addEventListener("input", later);
for (const id of ["filter", "tenant"]) $(id).addEventListener("change", search);
for (const id of ["mode", "recall", "k"]) $(id).addEventListener("change", search);
$("collection").addEventListener("change", async () => {
  state.collection = $("collection").value;
  remember();
  try { await choose(); } catch (problem) { tellProblem(problem); }
});
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", $("key").value.trim());
  start();
});
$("explain-close").addEventListener("click", () => $("explain").close());
$("explain").addEventListener("click", (event) => { if (event.target === $("explain")) $("explain").close(); });
$("explain").addEventListener("close", () => history.replaceState(null, "", location.search || location.pathname));
document.addEventListener("keydown", (event) => {
  if ($("explain").open || event.ctrlKey || event.metaKey || event.altKey) return;
  const isField = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "/" && !isField) { event.preventDefault(); $("query").select(); }
  if (event.key === "ArrowDown" && event.target.tagName !== "SELECT") { event.preventDefault(); move(1); }
  if (event.key === "ArrowUp" && !isField) { event.preventDefault(); move(-1); }
});

await start();
const why = new URLSearchParams(location.hash.slice(1)).get("why");
if (why && state.query) explain(why);
