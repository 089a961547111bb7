"""What Meta would say to a template that is submitted, and to a message of one. Written apart from the checks of the shop's
side, so that each shows the other's mistakes."""

import re
from typing import Any, Final

from conversations.transport.providers.simulator.rules import Refused, error_object
from conversations.transport.rules import template_limits as limits

Json = dict[str, Any]
SENTENCES: Final = {
    2388019: "Template limit reached for this account.",
    2388023: "The template's language is being deleted.",
    2388024: "Content in this language already exists.",
    2388039: "The template cannot be edited in its present status.",
    2388040: "A field has too many characters.",
    2388047: "The header's format is not correct.",
    2388072: "The body's format is not correct.",
    2388073: "The footer's format is not correct.",
    2388293: "Too many variables for the length of the message.",
    2388299: "Variables cannot be at the start or end of the template.",
}
_MEDIA: Final = ("IMAGE", "VIDEO", "DOCUMENT")


class BadTemplate(ValueError):
    """A template Meta would not take, by its subcode of error 100."""

    def __init__(self, subcode: int) -> None:
        super().__init__(SENTENCES[subcode])
        self.subcode = subcode


def bad_template(subcode: int) -> Json:
    """Meta's error envelope for a template."""
    answer = error_object(100, "Invalid parameter", subcode=subcode)
    answer["error"] |= {"error_user_title": "Template not accepted", "error_user_msg": SENTENCES[subcode]}
    return answer


def check_submitted(wish: Json) -> None:
    """Refuse components Meta refuses. Refuses: `BadTemplate`, `Refused`."""
    parts = wish.get("components")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise Refused(100, "The parameter components is required.")
    found = {str(part.get("type", "")).upper(): part for part in parts}
    if "BODY" not in found:
        raise Refused(100, "A template needs a body.")
    _check_body(found["BODY"])
    _check_header(found.get("HEADER", {}))
    _check_footer(found.get("FOOTER", {}))
    _check_buttons(found.get("BUTTONS", {}).get("buttons", []))


def _check_body(part: Json) -> None:
    text = str(part.get("text", ""))
    if len(text) > limits.most("body"):
        raise BadTemplate(2388040)
    if not text.strip() or "\n\n\n" in text:
        raise BadTemplate(2388072)
    if re.match(r"\s*\{\{", text) or re.search(r"\}\}\s*$", text):
        raise BadTemplate(2388299)
    names = limits.variables_in(text)
    digits = sorted({int(name) for name in names if name.isdigit()})
    if digits and (digits != list(range(1, len(digits) + 1)) or not all(name.isdigit() for name in names)):
        raise BadTemplate(2388072)
    if names and len(limits.VARIABLE.sub(" ", text).split()) <= limits.most("words_per_variable") * len(set(names)):
        raise BadTemplate(2388293)
    if names and not part.get("example"):
        raise Refused(100, "The parameter example is required for variables.")


def _check_header(part: Json) -> None:
    if not part:
        return
    form, text = str(part.get("format", "")).upper(), str(part.get("text", ""))
    if form in _MEDIA and not (part.get("example") or {}).get("header_handle"):
        raise Refused(100, "A media header needs a sample.")
    if form == "TEXT" and (not text or len(text) > limits.most("header")):
        raise BadTemplate(2388040)
    if len(limits.variables_in(text)) > limits.most("header_variables") or re.search(r"[\n*]", text):
        raise BadTemplate(2388047)


def _check_footer(part: Json) -> None:
    text = str(part.get("text", ""))
    if len(text) > limits.most("footer"):
        raise BadTemplate(2388040)
    if limits.variables_in(text) or "\n" in text:
        raise BadTemplate(2388073)


def _check_buttons(buttons: list[Json]) -> None:
    if len(buttons) > limits.most("buttons"):
        raise Refused(100, "A template has at most 10 buttons.")
    kinds = [str(button.get("type", "")).upper() for button in buttons]
    for kind in set(kinds):
        if kinds.count(kind) > limits.most_buttons(kind):
            raise Refused(100, f"Too many buttons of the type {kind}.")
    runs = [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]
    if [kind == "QUICK_REPLY" for kind in runs].count(True) > 1:
        raise Refused(100, "Quick replies must stand together.")
    for button in buttons:
        if len(str(button.get("text", ""))) > limits.most("button_label"):
            raise BadTemplate(2388040)


def check_sent(template: Json, sent: Json) -> None:
    """Refuse a message of `template` (Meta's own record) whose values do not fit. Refuses: `Refused`."""
    status = str(template.get("status"))
    if status == "PAUSED":
        raise Refused(132015, "The template is paused.")
    if status == "DISABLED":
        raise Refused(132016, "The template is disabled.")
    if status != "APPROVED":
        raise Refused(132001, "The template is not approved.")
    _check_sent_parts(template, sent)


def _check_sent_parts(template: Json, sent: Json) -> None:
    """The same of a template that may be sent, or of one of its cards."""
    given = {_key(part): part for part in sent.get("components") or [] if isinstance(part, dict)}
    for part in template.get("components", []):
        kind = str(part.get("type", "")).upper()
        if kind == "HEADER":
            _check_sent_header(part, given.get(("header", "")))
        elif kind == "BODY":
            named = template.get("parameter_format") == "NAMED"
            _check_words(limits.variables_in(str(part.get("text", ""))), given.get(("body", "")), is_named=named)
        elif kind == "BUTTONS":
            _check_sent_buttons(part.get("buttons", []), given)
        elif kind == "CAROUSEL":
            _check_sent_cards(part.get("cards", []), given.get(("carousel", ""), {}))


def _check_sent_cards(written: list[Json], given: Json) -> None:
    """Each card that was approved comes with its own values."""
    sent = {str(card.get("card_index")): card for card in given.get("cards") or [] if isinstance(card, dict)}
    if set(sent) != {str(place) for place in range(len(written))}:
        raise Refused(132000, f"{len(written)} cards are expected, {len(sent)} were given.")
    for place, card in enumerate(written):
        _check_sent_parts(card, sent[str(place)])


def _key(part: Json) -> tuple[str, str]:
    return str(part.get("type", "")).lower(), str(part.get("index", ""))


def _values(part: Json | None) -> list[Json]:
    values = (part or {}).get("parameters") or []
    return [value for value in values if isinstance(value, dict)]


def _check_words(names: list[str], part: Json | None, *, is_named: bool) -> None:
    wanted, values = list(dict.fromkeys(names)), _values(part)
    if len(values) != len(wanted):
        raise Refused(132000, f"{len(wanted)} values are expected, {len(values)} were given.")
    if is_named and {value.get("parameter_name") for value in values} != set(wanted):
        raise Refused(132000, "The names of the values do not fit.")
    for value in values:
        if value.get("type") == "text" and not value.get("text"):
            raise Refused(132012, "A value is empty.")


def _check_sent_header(part: Json, given: Json | None) -> None:
    form = str(part.get("format", "")).upper()
    if form == "TEXT":
        names = limits.variables_in(str(part.get("text", "")))
        _check_words(names, given, is_named=bool(names) and not names[0].isdigit())
        return
    values = _values(given)
    if len(values) != 1 or str(values[0].get("type", "")).upper() != form or not values[0].get(form.lower()):
        raise Refused(132012, f"The header needs one value of the type {form}.")


def _check_sent_buttons(buttons: list[Json], given: dict[tuple[str, str], Json]) -> None:
    for place, button in enumerate(buttons):
        kind, values = str(button.get("type", "")).upper(), _values(given.get(("button", str(place))))
        if kind == "URL" and limits.variables_in(str(button.get("url", ""))) and len(values) != 1:
            raise Refused(132000, f"The button {place} needs one value.")
        if kind == "COPY_CODE" and len(values) != 1:
            raise Refused(132000, f"The button {place} needs its code.")
        if kind == "URL" and values and not limits.variables_in(str(button.get("url", ""))):
            raise Refused(132000, f"The button {place} takes no value.")
