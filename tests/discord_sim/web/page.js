// The page: state and events from the simulator, writing, slash commands, forms.

import { avatar, message, names } from "./message.js";
import { el } from "./markdown.js";

const $ = (id) => document.getElementById(id);
let state = null, me = null, here = new URLSearchParams(location.search).get("channel"), picked = null, waiting = null;

async function post(path, data) {
  const answer = await (await fetch(path, { method: "POST", body: JSON.stringify({ user: me, channel: here, ...data }) })).json();
  $("note").textContent = answer.error ?? (answer.seconds !== undefined ? `answered in ${Math.round(answer.seconds * 1000)} ms` : "");
  $("note").className = answer.error ? "bad" : "";
  if (answer.modal) form(answer);
  return answer;
}

async function load() {
  state = await (await fetch(`/state?channel=${here ?? ""}`)).json();
  here = state.channel;
  names.users = new Map(state.members.map((m) => [m.user.id, m.nick ?? m.user.global_name ?? m.user.username]));
  names.roles = new Map(state.roles.map((r) => [r.id, r.name.replace(/^@/, "")]));
  names.channels = new Map(state.channels.map((c) => [c.id, c.name]));
  me ??= state.members.find((m) => !m.user.bot && m.user.username === "Ada")?.user.id ?? state.members.find((m) => !m.user.bot).user.id;
  show();
}

function show() {
  const channel = state.channels.find((c) => c.id === here);
  $("guild").textContent = state.guild.name;
  $("title").textContent = "# " + channel.name;
  $("text").placeholder = `Message #${channel.name}, or / for commands`;
  status(state);
  const place = (c) => el("button", { class: [c.id === here ? "on" : "", c.type === 11 ? "thread" : ""].join(" "), onclick: () => { here = c.id; load(); } }, { 2: "♪ ", 11: "↳ ", 15: "≡ " }[c.type] ?? "# ", c.name);
  const tops = state.channels.filter((c) => c.type !== 11);
  $("channels").replaceChildren(...tops.flatMap((c) => [place(c), ...state.channels.filter((t) => t.parent_id === c.id && t.type === 11).map(place)]));
  $("me").replaceChildren(...state.members.filter((m) => !m.user.bot).map((m) => el("option", { value: m.user.id, selected: m.user.id === me }, m.user.username)));
  $("members").replaceChildren(el("h2", {}, `Members – ${state.members.length}`), ...state.members.map((m) => el("div", {}, avatar(m.user), el("span", { style: m.color ? `color:#${m.color.toString(16).padStart(6, "0")}` : "" }, m.nick ?? m.user.username), m.user.bot ? el("span", { class: "tag" }, "APP") : null)));
  draw(true);
}

function status(now) {
  const counts = now.counts;
  $("bot").className = now.connected ? "on" : "";
  $("bot").textContent = `bot ${now.connected ? "connected" : "away"} · logins ${counts.identifies ?? 0}, resumes ${counts.resumes ?? 0}`;
}

function draw(down) {
  const seen = state.messages.filter((m) => !m.seen_by || m.seen_by === me);
  $("messages").replaceChildren(...seen.map((m, n) => message(m, seen[n - 1], me, post)));
  if (down) {
    const bottom = () => ($("scroll").scrollTop = $("scroll").scrollHeight);
    bottom();
    for (const image of document.querySelectorAll("#messages img")) image.addEventListener("load", bottom, { once: true });
  }
}

function took({ what, channel, message: changed }) {
  if (channel !== here) return;
  const at = state.messages.findIndex((m) => m.id === changed.id);
  if (what === "delete") state.messages.splice(at, at < 0 ? 0 : 1);
  else if (at >= 0) state.messages[at] = changed;
  else state.messages = [...state.messages.slice(-150), changed];
  if (!waiting) requestAnimationFrame(() => { draw(waiting === "down"); waiting = null; });
  if (waiting !== "down") waiting = what === "create" || $("scroll").scrollHeight - $("scroll").scrollTop - $("scroll").clientHeight < 200 ? "down" : "stay";
}

// Slash commands

function leaves(command) {
  const walk = (options, path) => options.some((o) => o.type < 3) ? options.flatMap((o) => walk(o.options ?? [], [...path, o.name])) : [{ words: path.join(" "), options }];
  const described = (words) => words.split(" ").slice(1).reduce((at, word) => at.options.find((o) => o.name === word), command).description;
  return command.type === 1 ? walk(command.options ?? [], [command.name]).map((leaf) => ({ ...leaf, description: described(leaf.words) })) : [];
}

function popup(buttons) {
  $("popup").hidden = !buttons.length;
  $("popup").replaceChildren(...buttons);
}

function suggest() {
  const text = $("text").value;
  if (!text.startsWith("/")) return popup([]);
  const all = state.commands.flatMap(leaves).filter((c) => c.words.startsWith(text.slice(1).trimStart()));
  popup(all.map((c, n) => el("button", { type: "button", class: n ? "" : "on", onclick: () => open_command(c) }, `/${c.words}`, el("small", {}, c.description))));
}

function open_command(command) {
  popup([]);
  $("text").value = "";
  if (!command.options.length) return post("slash", { command: command.words, options: {} });
  picked = command;
  const go = el("button", { class: "go" }, "Send"), stop = el("button", { class: "stop", type: "button", onclick: close_command }, "✕");
  $("slash").replaceChildren(el("b", {}, "/" + command.words), ...command.options.map(field), go, stop);
  $("slash").hidden = false;
  $("slash").querySelector("input, select").focus();
}

function close_command() {
  picked = null;
  $("slash").hidden = true;
  popup([]);
  $("text").focus();
}

function field(option) {
  const lists = { 5: [["true", "true"], ["false", "false"]], 6: state.members.map((m) => [m.user.id, "@" + m.user.username]), 7: state.channels.map((c) => [c.id, "#" + c.name]), 8: state.roles.map((r) => [r.id, r.name]) };
  const choices = option.choices?.length ? option.choices.map((c) => [c.value, c.name]) : lists[option.type];
  const attributes = { name: option.name, required: option.required, title: option.description, autocomplete: "off" };
  let entry;
  if (choices) entry = el("select", attributes, el("option", { value: "" }), choices.map(([value, name]) => el("option", { value }, name)));
  else {
    entry = el("input", { ...attributes, type: option.type === 4 || option.type === 10 ? "number" : "text", step: option.type === 10 ? "any" : undefined, min: option.min_value, max: option.max_value });
    if (option.autocomplete) for (const kind of ["input", "focus"]) entry.addEventListener(kind, () => complete(option, entry));
  }
  return el("label", {}, option.name + (option.required ? " *" : ""), entry);
}

const values = (form) => Object.fromEntries([...form.querySelectorAll("[name]")].map((i) => [i.name, i.dataset.value && i.dataset.shown === i.value ? i.dataset.value : i.value]));

async function complete(option, entry) {
  const typed = entry.value, command = picked;
  const answer = await post("autocomplete", { command: command.words, focused: option.name, typed, options: values($("slash")) });
  if (entry.value !== typed || picked !== command) return;
  const take = (choice) => { entry.value = choice.name; entry.dataset.shown = choice.name; entry.dataset.value = choice.value; popup([]); entry.focus(); popup([]); };
  popup((answer.choices ?? []).map((choice) => el("button", { type: "button", onmousedown: (e) => { e.preventDefault(); take(choice); } }, choice.name)));
}

// Forms

function form({ form: token, modal }) {
  const parts = modal.components.flatMap((row) => (row.component ? [[row.label, row.component]] : (row.components ?? []).map((c) => [c.label, c])));
  const entries = parts.map(([label, c]) => [c, el(c.style === 2 ? "textarea" : "input", { name: c.custom_id, placeholder: c.placeholder, maxlength: c.max_length, value: c.value, required: c.required !== false }), label]);
  const send = (event) => { event.preventDefault(); $("modal").close(); post("submit", { form: token, values: Object.fromEntries(entries.map(([c, e]) => [c.custom_id, e.value])) }); };
  $("modal").replaceChildren(el("form", { onsubmit: send }, el("b", {}, modal.title), entries.map(([, e, label]) => el("label", {}, label, e)), el("div", { class: "row" }, el("button", { type: "button", onclick: () => $("modal").close() }, "Cancel"), el("button", { class: "s1" }, "Submit"))));
  $("modal").showModal();
}

// Wiring

$("text").addEventListener("input", () => { $("text").rows = Math.min(10, $("text").value.split("\n").length); suggest(); });
$("text").addEventListener("focus", async () => { state.commands = (await (await fetch("/status")).json()).commands; });
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Escape") popup([]);
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  const first = $("popup").hidden ? null : $("popup").querySelector("button"), content = $("text").value.trim();
  if (first) return first.click();
  if (content) post("say", { content });
  $("text").value = "";
});
$("slash").addEventListener("submit", (event) => { event.preventDefault(); post("slash", { command: picked.words, options: values($("slash")) }); close_command(); });
$("slash").addEventListener("keydown", (event) => { if (event.key === "Escape") close_command(); });
$("me").addEventListener("change", () => { me = $("me").value; draw(true); });
$("phone").addEventListener("click", () => { document.body.classList.toggle("phone"); draw(true); });
$("fault").addEventListener("change", () => { post("fault", { name: $("fault").value }); $("fault").value = ""; });
if (location.search.includes("phone")) document.body.classList.add("phone");
await load();
new EventSource("/events").onmessage = (event) => took(JSON.parse(event.data));
setInterval(async () => status(await (await fetch("/status")).json()), 3000);
