"""The limits of a message, as Discord enforces them. Lengths are counted in code points."""

from typing import Any

from tests.discord_sim.errors import Problems
from tests.discord_sim.model import COMPONENTS_V2, walk
from tests.discord_sim.wire import Json

Path = list[str | int]

EMBED_TEXTS = {"title": 256, "description": 4096, "url": 2048}
SELECTS = {3, 5, 6, 7, 8}
MESSAGE_COMPONENTS = SELECTS | {1, 2, 9, 10, 11, 12, 13, 14, 17}
V2_ONLY = {9, 10, 11, 12, 13, 14, 17}


def check_message(body: Json, files: int, flags: int) -> None:
    """Raise ApiError 50035 for whatever is over a limit."""
    problems = Problems()
    if body.get("content") is not None:
        problems.length(["content"], body["content"], 0, 2000)
    if body.get("nonce") is not None:
        problems.length(["nonce"], str(body["nonce"]), 0, 25)
    if files > 10:
        problems.add(["files"], "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    check_mentions(problems, body.get("allowed_mentions"))
    embeds = body.get("embeds") or []
    if problems.length(["embeds"], embeds, 0, 10):
        check_embeds(problems, embeds)
    components = body.get("components") or []
    if flags & COMPONENTS_V2:
        check_v2(problems, body, components)
    elif problems.length(["components"], components, 0, 5):
        for index, row in enumerate(components):
            check_row(problems, ["components", index], row)
    check_ids(problems, components)
    problems.raise_any()


def check_mentions(problems: Problems, allowed: Json | None) -> None:
    if not allowed:
        return
    for kind in ("users", "roles"):
        problems.length(["allowed_mentions", kind], allowed.get(kind) or [], 0, 100)
        if allowed.get(kind) and kind in allowed.get("parse", ()):
            message = f"parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive."
            problems.add(["allowed_mentions"], "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def check_embeds(problems: Problems, embeds: list[Json]) -> None:
    total = 0
    for index, embed in enumerate(embeds):
        path: Path = ["embeds", index]
        for name, most in EMBED_TEXTS.items():
            if embed.get(name) is not None:
                problems.length([*path, name], embed[name], 0, most)
        for part, name, most in (("author", "name", 256), ("footer", "text", 2048)):
            if embed.get(part):
                problems.length([*path, part, name], embed[part].get(name, ""), 1, most)
        fields = embed.get("fields") or []
        if problems.length([*path, "fields"], fields, 0, 25):
            for number, one in enumerate(fields):
                problems.length([*path, "fields", number, "name"], str(one.get("name", "")).strip(), 1, 256)
                problems.length([*path, "fields", number, "value"], str(one.get("value", "")).strip(), 1, 1024)
        if embed.get("color") is not None:
            problems.number([*path, "color"], embed["color"], 0, 0xFFFFFF)
        for part in ("image", "thumbnail"):
            url = (embed.get(part) or {}).get("url")
            if url is not None and not url.startswith(("http://", "https://", "attachment://")):
                problems.add([*path, part, "url"], "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        total += embed_size(embed)
    if total > 6000:
        message = "Embed size exceeds maximum size of 6000"
        problems.add(["embeds"], "MAX_EMBED_SIZE_EXCEEDED", message)


def embed_size(embed: Json) -> int:
    """What counts towards the 6000 of a message."""
    parts: list[Any] = [embed.get("title"), embed.get("description")]
    parts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for one in embed.get("fields") or []:
        parts += [one.get("name"), one.get("value")]
    return sum(len(str(part)) for part in parts if part)


def check_row(problems: Problems, path: Path, row: Json) -> None:
    if row.get("type") != 1:
        problems.add([*path, "type"], "UNION_TYPE_CHOICES", "Value of field 'type' must be one of (1,).")
        return
    children = row.get("components") or []
    if not problems.length([*path, "components"], children, 1, 5):
        return
    selects = [child for child in children if child.get("type") in SELECTS]
    if selects and len(children) > 1:
        problems.add([*path, "components"], "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The total width is over 5.")
    for index, child in enumerate(children):
        where: Path = [*path, "components", index]
        if child.get("type") == 2:
            check_button(problems, where, child)
        elif child.get("type") in SELECTS:
            check_select(problems, where, child)
        else:
            problems.add([*where, "type"], "UNION_TYPE_CHOICES", "Value of field 'type' must be one of (2, 3, 5-8).")


def check_button(problems: Problems, path: Path, button: Json) -> None:
    style = button.get("style")
    problems.number([*path, "style"], style, 1, 6)
    if button.get("label"):
        problems.length([*path, "label"], button["label"], 0, 80)
    elif not button.get("emoji") and style != 6:
        problems.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji.")
    if style == 5:
        problems.length([*path, "url"], button.get("url") or "", 1, 512)
        if button.get("custom_id"):
            problems.add(
                path, "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "A button has a custom id or a url, not both."
            )
    elif style != 6:
        problems.length([*path, "custom_id"], button.get("custom_id") or "", 1, 100)


def check_select(problems: Problems, path: Path, select: Json) -> None:
    problems.length([*path, "custom_id"], select.get("custom_id") or "", 1, 100)
    problems.length([*path, "placeholder"], select.get("placeholder") or "", 0, 150)
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    problems.number([*path, "min_values"], least, 0, 25)
    problems.number([*path, "max_values"], most, 1, 25)
    if select["type"] != 3:
        return
    options = select.get("options") or []
    if not problems.length([*path, "options"], options, 1, 25):
        return
    for index, option in enumerate(options):
        where: Path = [*path, "options", index]
        problems.length([*where, "label"], option.get("label") or "", 1, 100)
        problems.length([*where, "value"], option.get("value") or "", 1, 100)
        problems.length([*where, "description"], option.get("description") or "", 0, 100)
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        problems.add([*path, "options"], "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "Option values must be unique.")
    if isinstance(most, int) and most > len(options):
        problems.add([*path, "max_values"], "NUMBER_TYPE_MAX", "max_values is over the number of options.")
    if sum(bool(option.get("default")) for option in options) > most:
        problems.add([*path, "options"], "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", "More defaults than max_values.")


def check_ids(problems: Problems, components: list[Json]) -> None:
    seen: set[str] = set()
    for component in walk(components):
        custom_id = component.get("custom_id")
        if custom_id in seen:
            message = "Component custom id cannot be duplicated"
            problems.add(["components"], "COMPONENT_CUSTOM_ID_DUPLICATED", message)
        elif custom_id:
            seen.add(custom_id)


def check_v2(problems: Problems, body: Json, components: list[Json]) -> None:
    """A message made of components only: 40 of them, 4000 characters of text, no content and no embeds."""
    for name in ("content", "embeds"):
        if body.get(name):
            message = "The field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            problems.add([name], "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
    every = list(walk(components))
    if len(every) > 40:
        problems.add(["components"], "BASE_TYPE_MAX_LENGTH", "Must be 40 or fewer in length.")
    if sum(len(c.get("content") or "") for c in every if c.get("type") == 10) > 4000:
        problems.add(["components"], "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Text is over 4000 characters.")
    for index, component in enumerate(components):
        if component.get("type") not in MESSAGE_COMPONENTS:
            problems.add(["components", index, "type"], "UNION_TYPE_CHOICES", "Unknown component type.")
    for row in (c for c in every if c.get("type") == 1):
        check_row(problems, ["components", every.index(row)], row)
