// Discord's markdown as DOM nodes: nothing a user wrote becomes HTML.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// Names of what is mentioned; the page fills them in.
export const names = { users: new Map(), roles: new Map(), channels: new Map() };

const mention = (text) => el("span", { class: "mention" }, text);
const link = (text, url) => el("a", { href: url, target: "_blank", rel: "noreferrer" }, text);

const INLINE = [
  [/\\([^\w\s])/y, (m) => m[1]],
  [/``(.+?)``(?!`)/sy, (m) => el("code", {}, m[1].trim())],
  [/`([^`]+)`/y, (m) => el("code", {}, m[1])],
  [/\*\*\*(.+?)\*\*\*/sy, (m) => el("b", {}, el("i", {}, inline(m[1])))],
  [/\*\*(.+?)\*\*(?!\*)/sy, (m) => el("b", {}, inline(m[1]))],
  [/__(.+?)__(?!_)/sy, (m) => el("u", {}, inline(m[1]))],
  [/~~(.+?)~~/sy, (m) => el("s", {}, inline(m[1]))],
  [/\|\|(.+?)\|\|/sy, (m) => el("span", { class: "spoiler", onclick: (e) => e.currentTarget.classList.add("open") }, inline(m[1]))],
  [/\*(?!\s)([^*]+?)(?<!\s)\*/sy, (m) => el("i", {}, inline(m[1]))],
  [/(?<![\w\\])_([^_]+?)_(?!\w)/sy, (m) => el("i", {}, inline(m[1]))],
  [/\[([^\]]+)\]\(<?(https?:\/\/[^\s)>]+)>?(?: "[^"]*")?\)/y, (m) => link(inline(m[1]), m[2])],
  [/<@!?(\d+)>/y, (m) => mention("@" + (names.users.get(m[1]) ?? "unknown-user"))],
  [/<@&(\d+)>/y, (m) => mention("@" + (names.roles.get(m[1]) ?? "deleted-role"))],
  [/<#(\d+)>/y, (m) => mention("#" + (names.channels.get(m[1]) ?? "unknown"))],
  [/<\/([^:>]+):\d+>/y, (m) => mention("/" + m[1])],
  [/<a?:(\w+):\d+>/y, (m) => `:${m[1]}:`],
  [/<t:(-?\d+)(?::([tTdDfFR]))?>/y, (m) => el("span", { class: "stamp" }, stamp(Number(m[1]), m[2] ?? "f"))],
  [/<(https?:\/\/[^\s>]+)>/y, (m) => link(m[1], m[1])],
  [/https?:\/\/[^\s<>]*[^\s<>.,:;"')\]]/y, (m) => link(m[0], m[0])],
  [/@(everyone|here)\b/y, (m) => mention(m[0])],
];

export function inline(text) {
  const out = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    let found = null;
    if ("\\`*_~|[<h@".includes(text[at])) {
      for (const [pattern, make] of INLINE) {
        pattern.lastIndex = at;
        const match = pattern.exec(text);
        if (match) { found = [match, make]; break; }
      }
    }
    if (!found) { plain += text[at++]; continue; }
    if (plain) out.push(plain);
    plain = "";
    const length = found[0][0].length; // before the call: patterns are shared with what is inside
    out.push(found[1](found[0]));
    at += length;
  }
  if (plain) out.push(plain);
  return out;
}

function stamp(seconds, style) {
  const date = new Date(seconds * 1000);
  if (style === "R") {
    const gap = (date - Date.now()) / 1000, size = Math.abs(gap);
    const [unit, per] = size < 60 ? ["second", 1] : size < 3600 ? ["minute", 60] : size < 86400 ? ["hour", 3600] : size < 2.6e6 ? ["day", 86400] : size < 3.2e7 ? ["month", 2.6e6] : ["year", 3.2e7];
    return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(gap / per), unit);
  }
  const styles = { t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" }, f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" } };
  return new Intl.DateTimeFormat("en-GB", styles[style]).format(date);
}

const ANSI = { 30: "#4f545c", 31: "#dc322f", 32: "#859900", 33: "#b58900", 34: "#268bd2", 35: "#d33682", 36: "#2aa198", 37: "#fff" };

function ansi(text) {
  let style = "";
  return text.split(/(\u001b\[[\d;]*m)/).map((part) => {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part);
    if (!codes) return el("span", { style }, part);
    for (const code of codes[1].split(";")) {
      if (code === "" || code === "0") style = "";
      else if (code === "1") style += "font-weight:700;";
      else if (code === "4") style += "text-decoration:underline;";
      else if (ANSI[code]) style += `color:${ANSI[code]};`;
    }
    return "";
  });
}

export function markdown(text) {
  const out = el("div", { class: "md" });
  const parts = text.split(/```(?:([\w+-]*)\n)?(.+?)```\n?/s);
  for (let n = 0; n < parts.length; n += 3) {
    if (parts[n]) out.append(...blocks(parts[n]));
    if (parts[n + 2] !== undefined) {
      const code = parts[n + 2].replace(/^\n+|\s+$/g, "");
      out.append(el("pre", {}, parts[n + 1] === "ansi" ? ansi(code) : code));
    }
  }
  return out;
}

function blocks(text) {
  const out = [];
  const lines = text.replace(/\n$/, "").split("\n");
  let plain = [];
  const flush = () => { if (plain.length) out.push(el("div", {}, inline(plain.join("\n")))); plain = []; };
  for (let n = 0; n < lines.length; n++) {
    const heading = /^(#{1,3}) +(.+)$/.exec(lines[n]);
    const sub = /^-# +(.+)$/.exec(lines[n]);
    const item = /^(\s*)([-*]|\d+\.) +(.+)$/.exec(lines[n]);
    const quote = /^> ?(.*)$/.exec(lines[n]);
    if (heading || sub || item || quote) flush();
    if (heading) out.push(el("h" + heading[1].length, {}, inline(heading[2])));
    else if (sub) out.push(el("div", { class: "sub" }, inline(sub[1])));
    else if (item) {
      const ordered = /\d/.test(item[2]);
      const list = el(ordered ? "ol" : "ul", ordered ? { start: parseInt(item[2]) } : {});
      for (let next = item; next; next = /^(\s*)([-*]|\d+\.) +(.+)$/.exec(lines[++n] ?? ""))
        list.append(el("li", { style: `margin-left:${next[1].length * 8}px` }, inline(next[3])));
      n--;
      out.push(list);
    } else if (quote) {
      const quoted = [quote[1]];
      while (/^> ?/.test(lines[n + 1] ?? "")) quoted.push(lines[++n].replace(/^> ?/, ""));
      out.push(el("blockquote", {}, inline(quoted.join("\n"))));
    } else plain.push(lines[n]);
  }
  flush();
  return out;
}
