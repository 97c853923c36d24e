// One message: text, embeds, files, buttons and menus.

import { el, inline, markdown, names } from "./markdown.js";

const COLORS = ["#5865f2", "#757e8a", "#3ba55c", "#faa61a", "#ed4245", "#eb459e"];
const hex = (color) => "#" + color.toString(16).padStart(6, "0");
const local = (url) => (url ?? "").replace(/^https?:\/\/127\.0\.0\.1:\d+\/attachments/, "/attachments");

export function avatar(user) {
  const color = user.bot ? COLORS[0] : COLORS[Number(BigInt(user.id) % 5n) + 1];
  return el("span", { class: "avatar", style: `background:${color}` }, [...(user.global_name ?? user.username)][0].toUpperCase());
}

function clock(iso) {
  const date = new Date(iso), today = new Date().toDateString() === date.toDateString();
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return today ? time : `${date.toLocaleDateString("en-GB")} ${time}`;
}

export function message(m, before, me, act) {
  const answered = m.interaction_metadata && m.type === 20, reply = m.referenced_message;
  const near = before && before.author.id === m.author.id && new Date(m.timestamp) - new Date(before.timestamp) < 420000;
  const first = !near || answered || reply || before.seen_by !== m.seen_by;
  const pinged = m.mention_everyone || m.mentions.some((user) => user.id === me);
  const node = el("li", { class: "message" + (first ? " first" : "") + (m.seen_by ? " seen" : "") + (pinged ? " ping" : ""), id: "m" + m.id });
  if (answered) node.append(el("div", { class: "context" }, el("b", {}, m.interaction_metadata.user.username), ` used /${m.interaction_metadata.name}`));
  else if (reply) node.append(el("div", { class: "context" }, el("b", {}, reply.author.username), " ", reply.content ? inline(reply.content.slice(0, 90)) : "…"));
  if (first) {
    const tag = m.author.bot ? el("span", { class: "tag" }, m.webhook_id && !m.application_id ? "WEBHOOK" : "APP") : null;
    node.append(avatar(m.author), el("div", {}, el("span", { class: "name", style: m.color ? `color:${hex(m.color)}` : "" }, m.author.global_name ?? m.author.username), tag, el("span", { class: "time" }, clock(m.timestamp))));
  }
  if (m.flags & 128) node.append(el("div", { class: "thinking" }, `${m.author.username} is thinking`));
  if (m.content) {
    const text = markdown(m.content);
    if (m.edited_timestamp) (text.lastChild.tagName === "DIV" ? text.lastChild : text).append(el("span", { class: "edited" }, " (edited)"));
    node.append(text);
  }
  node.append(...m.embeds.map(embed), files(m.attachments), ...m.components.map((c) => component(c, m, act)));
  if (m.reactions) node.append(el("div", { class: "reactions" }, m.reactions.map((r) => el("span", {}, `${r.emoji.name} ${r.count}`))));
  if (m.seen_by) node.append(el("div", { class: "only" }, "Only you can see this"));
  return node;
}

function embed(e) {
  const node = el("article", { class: "embed" + (e.thumbnail?.url ? " thumbed" : ""), style: e.color !== undefined && e.color !== null ? `border-color:${hex(e.color)}` : "" });
  if (e.author?.name) node.append(el("div", { class: "author" }, e.author.icon_url ? el("img", { src: local(e.author.icon_url) }) : null, linked(e.author.name, e.author.url)));
  if (e.title) node.append(el("div", { class: "title" }, linked(inline(e.title), e.url)));
  if (e.description) node.append(el("div", { class: "description" }, markdown(e.description)));
  if (e.fields?.length) node.append(fields(e.fields));
  if (e.thumbnail?.url) node.append(el("div", { class: "thumb" }, picture(e.thumbnail)));
  if (e.image?.url) node.append(el("div", { class: "image" }, picture(e.image)));
  const foot = [e.footer?.text, e.timestamp ? clock(e.timestamp) : null].filter(Boolean).join(" • ");
  if (foot) node.append(el("div", { class: "foot" }, foot));
  return node;
}

const linked = (text, url) => (url ? el("a", { href: url, target: "_blank", rel: "noreferrer" }, text) : text);
const picture = (image) => el("img", { src: local(image.url), alt: "", onclick: () => open(local(image.url)) });

function fields(list) {
  const node = el("div", { class: "fields" });
  for (let at = 0; at < list.length; ) {
    let run = 1;
    if (list[at].inline) while (run < 3 && list[at + run]?.inline) run++;
    for (const field of list.slice(at, at + run))
      node.append(el("div", { class: "field", style: `grid-column: span ${12 / run}` }, el("b", {}, inline(field.name)), markdown(field.value)));
    at += run;
  }
  return node;
}

function files(list) {
  return el("div", { class: "files" }, list.map((file) =>
    file.content_type.startsWith("image/") && file.width
      ? picture(file)
      : el("a", { class: "file", href: local(file.url), download: file.filename }, el("span", {}, file.filename, el("small", {}, `${(file.size / 1024).toFixed(1)} KB`)))));
}

function component(c, m, act) {
  switch (c.type) {
    case 1: return el("div", { class: "row" }, c.components.map((child) => component(child, m, act)));
    case 2: return button(c, m, act);
    case 3: return menu(c, m, act);
    case 9: return el("div", { class: "section" }, el("div", {}, c.components.map((child) => component(child, m, act))), component(c.accessory, m, act));
    case 10: return markdown(c.content);
    case 11: return picture(c.media);
    case 12: return el("div", { class: "gallery" }, c.items.map((item) => picture(item.media)));
    case 14: return c.divider === false ? el("br") : el("hr");
    case 17: return el("article", { class: "embed container", style: c.accent_color ? `border-color:${hex(c.accent_color)}` : "" }, c.components.map((child) => component(child, m, act)));
    default: return el("div", { class: "row" }, el("button", { disabled: true }, `component ${c.type}`));
  }
}

function button(c, m, act) {
  const face = [c.emoji?.name, c.label].filter(Boolean).join(" ");
  const press = () => (c.style === 5 ? open(c.url) : act("click", { message: m.id, custom_id: c.custom_id }));
  return el("button", { class: "s" + c.style, disabled: c.disabled, onclick: press }, face + (c.style === 5 ? " ↗" : ""));
}

function menu(c, m, act) {
  const many = (c.max_values ?? 1) > 1;
  const options = c.options.map((o) => el("option", { value: o.value, selected: o.default }, [o.emoji?.name, o.label, o.description ? `– ${o.description}` : ""].filter(Boolean).join(" ")));
  if (!many && !c.options.some((o) => o.default)) options.unshift(el("option", { value: "", selected: true, hidden: true }, c.placeholder ?? "Make a selection"));
  const chosen = (event) => act("choose", { message: m.id, custom_id: c.custom_id, values: [...event.target.selectedOptions].map((o) => o.value) });
  return el("select", { multiple: many, disabled: c.disabled, onchange: chosen }, options);
}

export { names };
