"""Everything Meta refuses in a template, found before it is asked. Figures come from the dated table of limits. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from conversations.templates.drafts import BUTTON_KINDS, HEADER_KINDS, MEDIA_HEADERS, Draft
from conversations.transport.providers.template_parts import Button
from conversations.transport.rules import template_limits as limits
from conversations.transport.rules.limits import length
from shopme.lib.phone import NotAPhoneNumber, normalise_phone

_AT_EDGE: Final = re.compile(r"^\s*\{\{|\}\}[\s.,!?;:]*$")
_STRAY_BRACE: Final = re.compile(r"\{\{|\}\}")
_FORMATTING: Final = re.compile(r"[*_~`\n\r]")
_CODE: Final = re.compile(r"^[A-Za-z0-9]+$")
_WORDS_OF_KIND: Final = {
    "QUICK_REPLY": "quick replies",
    "URL": "buttons with an address",
    "PHONE_NUMBER": "buttons with a phone number",
    "COPY_CODE": "buttons that copy a code",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of the editor, and what to do."""

    field: str
    words: str


def problems_of(draft: Draft) -> list[Problem]:
    """Everything that stops `draft` from being submitted; empty when nothing does."""
    return [
        *_name(draft),
        *_kind_and_time(draft),
        *_header(draft),
        *_body(draft),
        *_footer(draft),
        *_variables(draft),
        *_buttons(draft),
    ]


def _name(draft: Draft) -> Iterator[Problem]:
    most = limits.most("name")
    if not re.fullmatch(str(limits.table()["name_pattern"]), draft.name):
        yield Problem("name", "Use small letters a to z, digits and underscores only, such as order_ready.")
    elif len(draft.name) > most:
        yield Problem("name", f"Shorten the name to at most {most} characters.")
    if draft.language not in limits.languages():
        yield Problem("language", "Choose a language from the list.")


def _kind_and_time(draft: Draft) -> Iterator[Problem]:
    if draft.category not in limits.table()["categories"]:
        yield Problem("category", "Choose a category.")
        return
    least, longest = limits.ttl_range(draft.category)
    ttl = draft.ttl_seconds
    if ttl is not None and ttl != limits.most("ttl_full") and not least <= ttl <= longest:
        words = f"Choose between {span(least)} and {span(longest)} for this category, or leave it empty."
        yield Problem("ttl_seconds", words)


def span(seconds: int) -> str:
    """`43200` → `12 hours`."""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def _header(draft: Draft) -> Iterator[Problem]:
    if draft.header_kind not in HEADER_KINDS:
        yield Problem("header_kind", "Choose what stands on top.")
    if draft.header_kind in MEDIA_HEADERS and not draft.has_sample:
        yield Problem("header_file", "Upload a sample: Meta's reviewers look at it.")
    if draft.header_kind != "TEXT":
        return
    text, most = draft.header_text, limits.most("header")
    if not text.strip():
        yield Problem("header_text", "Write the line on top, or choose a template without one.")
    elif length(text) > most:
        yield Problem("header_text", f"Shorten the line on top to at most {most} characters.")
    elif _FORMATTING.search(limits.VARIABLE.sub("", text)) or _has_emoji(text):
        yield Problem("header_text", "Leave out line breaks, emoji and the signs * _ ~ ` here.")
    if len(set(limits.variables_in(text))) > limits.most("header_variables"):
        yield Problem("header_text", "Keep one variable at most in the line on top.")


def _body(draft: Draft) -> Iterator[Problem]:
    text, most = draft.body, limits.most("body")
    if not text.strip():
        yield Problem("body", "Write the text of the message.")
        return
    if length(text) > most:
        yield Problem("body", f"Shorten the text to at most {most:,} characters; it has {length(text):,}.")
    if _AT_EDGE.search(text):
        yield Problem(
            "body", "Put a word before the first and after the last variable: Meta refuses them at the edges."
        )
    breaks = limits.most("line_breaks")
    if re.search(r"\n\s*" * (breaks + 1), text):
        yield Problem("body", f"Leave at most {breaks} line breaks in a row.")
    count = len(set(limits.variables_in(text)))
    words = len(limits.VARIABLE.sub(" ", text).split())
    if count and words <= count * limits.most("words_per_variable"):
        yield Problem("body", f"Write more words around the {count} variables: Meta refuses so short a text.")


def _footer(draft: Draft) -> Iterator[Problem]:
    text, most = draft.footer, limits.most("footer")
    if length(text) > most:
        yield Problem("footer", f"Shorten the small print to at most {most} characters.")
    if limits.variables_in(text):
        yield Problem("footer", "Take the variables out of the small print; they may stand in the text.")
    elif _FORMATTING.search(text) or _has_emoji(text):
        yield Problem("footer", "Leave out line breaks, emoji and the signs * _ ~ ` here.")


def _variables(draft: Draft) -> Iterator[Problem]:
    for where, text in (("header_text", draft.header_text), ("body", draft.body)):
        if (where == "body" or draft.header_kind == "TEXT") and _STRAY_BRACE.search(limits.VARIABLE.sub("", text)):
            yield Problem(where, "Close every variable with two braces, such as {{first_name}}.")
    yield from _naming(draft)
    for where, name in draft.variables:
        if not draft.examples.get(f"{where}.{name}", "").strip():
            yield Problem(f"sample.{where}.{name}", "Give an example: Meta's reviewers read the message with it.")


def _naming(draft: Draft) -> Iterator[Problem]:
    names = [name for _where, name in draft.variables]
    numbers = [name for name in names if name.isdigit()]
    if numbers and len(numbers) != len(names):
        yield Problem("body", "Give all variables names, or number them all; not some of each.")
    elif numbers:
        yield from _numbering(draft)
    else:
        pattern = str(limits.table()["variable_pattern"])
        for where, name in draft.variables:
            if not re.fullmatch(pattern, name):
                field = "body" if where == "body" else "header_text"
                yield Problem(field, f"Call “{name}” something of small letters, digits and underscores.")


def _numbering(draft: Draft) -> Iterator[Problem]:
    for where, field in (("header", "header_text"), ("body", "body")):
        numbers = sorted(int(name) for place, name in draft.variables if place == where)
        if numbers != list(range(1, len(numbers) + 1)):
            yield Problem(field, "Number the variables 1, 2, 3 … without a gap.")


def _buttons(draft: Draft) -> Iterator[Problem]:
    kinds = [button.kind for button in draft.buttons]
    if len(kinds) > limits.most("buttons"):
        yield Problem("buttons", f"Keep at most {limits.most('buttons')} buttons.")
    for kind in dict.fromkeys(kinds):
        if kind in BUTTON_KINDS and kinds.count(kind) > limits.most_buttons(kind):
            yield Problem("buttons", f"Keep at most {limits.most_buttons(kind)} {_WORDS_OF_KIND[kind]}.")
    if _quick_replies_stand_apart(kinds):
        yield Problem("buttons", "Put all quick replies next to each other, before or after the other buttons.")
    labels = [button.text.strip().lower() for button in draft.buttons if button.kind != "COPY_CODE"]
    if len(set(labels)) != len(labels):
        yield Problem("buttons", "Give each button a label of its own.")
    for place, button in enumerate(draft.buttons):
        yield from _button(place, button)


def _quick_replies_stand_apart(kinds: list[str]) -> bool:
    places = [place for place, kind in enumerate(kinds) if kind == "QUICK_REPLY"]
    return bool(places) and places[-1] - places[0] + 1 != len(places)


def _button(place: int, button: Button) -> Iterator[Problem]:
    most = limits.most("button_label")
    if button.kind not in BUTTON_KINDS:
        yield Problem(f"button.{place}.kind", "Choose what the button does.")
        return
    if button.kind != "COPY_CODE":
        if not button.text.strip():
            yield Problem(f"button.{place}.text", "Write what stands on the button.")
        elif length(button.text) > most:
            yield Problem(f"button.{place}.text", f"Shorten the label to at most {most} characters.")
        elif limits.variables_in(button.text) or "\n" in button.text:
            yield Problem(f"button.{place}.text", "Labels hold plain words on one line.")
    check = {"URL": _address, "PHONE_NUMBER": _phone, "COPY_CODE": _code}.get(button.kind)
    if check:
        yield from check(place, button)


def _address(place: int, button: Button) -> Iterator[Problem]:
    url, most = button.value.strip(), limits.most("button_url")
    found = limits.variables_in(url)
    if not url.startswith(("https://", "http://")) or not urlsplit(limits.VARIABLE.sub("x", url)).hostname:
        yield Problem(f"button.{place}.value", "Give the whole address, beginning with https://.")
    elif len(url) > most:
        yield Problem(f"button.{place}.value", f"Shorten the address to at most {most:,} characters.")
    if len(found) > 1 or (found and (found != ["1"] or not url.endswith("}}"))):
        yield Problem(f"button.{place}.value", "Only the end of the address may vary: put {{1}} there, once.")
    elif found and not button.example.startswith(url.partition("{{")[0]):
        yield Problem(f"button.{place}.example", "Give an example of the whole address with its ending filled in.")


def _phone(place: int, button: Button) -> Iterator[Problem]:
    try:
        is_too_long = len(normalise_phone(button.value)) > limits.most("button_phone")
    except NotAPhoneNumber:
        is_too_long = True
    if is_too_long:
        yield Problem(f"button.{place}.value", "Give the phone number with its country code, such as +27 21 555 0100.")


def _code(place: int, button: Button) -> Iterator[Problem]:
    most = limits.most("button_code")
    if not _CODE.fullmatch(button.value) or len(button.value) > most:
        yield Problem(f"button.{place}.value", f"Give an example code of letters and digits, at most {most} of them.")


def _has_emoji(text: str) -> bool:
    return any(sign > "\U0001efff" or "\u2600" <= sign <= "\u27bf" or sign == "\ufe0f" for sign in text)
