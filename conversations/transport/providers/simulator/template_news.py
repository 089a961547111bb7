"""What happens to a template at Meta, as pure steps: the changed record and the webhook's value that tells of it."""

from dataclasses import dataclass, replace
from typing import Any, Final

from conversations.transport.providers.simulator.shelf import Thing

Json = dict[str, Any]
TEMPLATE: Final = "template"
# One a WABA: `approve`, `reject`, `wait`, or by the words of the template.
REVIEW: Final = "template_review"
# A template whose body says this is rejected as promotional.
REJECTED_WORDS: Final = ("free money", "guaranteed income", "click here to win")
PAUSES: Final = ("FIRST_PAUSE", "SECOND_PAUSE", "DISABLED")


@dataclass(frozen=True, slots=True)
class Told:
    """A template after something happened to it, and the news of it."""

    thing: Thing
    field: str
    value: Json


def reviewed(thing: Thing, event: str, *, reason: str = "NONE", info: Json | None = None) -> Told:
    """Its status becomes `event`."""
    data = {**thing.data, "status": event, "rejected_reason": reason}
    value: Json = {
        "event": event,
        "message_template_id": int(thing.key),
        "message_template_name": data["name"],
        # As Meta writes it here, though not elsewhere.
        "message_template_language": str(data["language"]).replace("_", "-"),
        "message_template_category": data["category"],
        "reason": reason,
    }
    if info:
        value["other_info"] = {"description": "", **info}
    return Told(replace(thing, data=data), "message_template_status_update", value)


def verdict_of(thing: Thing, switch: str = "") -> Told | None:
    """The end of a review: by the switch, else by what the template says; None while it waits."""
    if switch == "wait":
        return None
    words = str(next((part.get("text", "") for part in thing.data["components"] if part.get("type") == "BODY"), ""))
    is_bad = any(bad in words.lower() for bad in REJECTED_WORDS)
    if switch == "reject" or (is_bad and switch != "approve"):
        told = reviewed(thing, "REJECTED", reason="PROMOTIONAL")
        told.value["rejection_info"] = {
            "reason": "The words promise what a utility message may not promise.",
            "recommendation": "Say what happened to the order and leave the promise out.",
        }
        return told
    return reviewed(thing, "APPROVED")


def paused(thing: Thing) -> Told:
    """The next step of Meta's pauses: three hours, six hours, then off for good."""
    step = min(int(thing.data.get("_pauses", 0)), len(PAUSES) - 1)
    counted = replace(thing, data={**thing.data, "_pauses": step + 1})
    event = "DISABLED" if PAUSES[step] == "DISABLED" else "PAUSED"
    return reviewed(counted, event, info={"title": PAUSES[step]})


def rated(thing: Thing, score: str) -> Told:
    """Its quality becomes `GREEN`, `YELLOW`, `RED` or `UNKNOWN`."""
    before = (thing.data.get("quality_score") or {}).get("score", "UNKNOWN")
    value = {
        "previous_quality_score": before,
        "new_quality_score": score,
        "message_template_id": int(thing.key),
        "message_template_name": thing.data["name"],
        "message_template_language": str(thing.data["language"]).replace("_", "-"),
    }
    data = {**thing.data, "quality_score": {"score": score}}
    return Told(replace(thing, data=data), "message_template_quality_update", value)


def recategorised(thing: Thing, category: str) -> Told:
    """Meta moves it to another category."""
    value = {**_named(thing), "previous_category": thing.data["category"], "new_category": category}
    return Told(replace(thing, data={**thing.data, "category": category}), "template_category_update", value)


def to_be_recategorised(thing: Thing, category: str, *, at: int) -> Told:
    """Meta announces that it will be in `category` from `at` (unix seconds) on; nothing has changed yet."""
    value = {
        **_named(thing),
        "correct_category": category,
        "new_category": thing.data["category"],
        "category_update_timestamp": at,
    }
    return Told(thing, "template_category_update", value)


def doubted(thing: Thing) -> Told:
    """Meta thinks that the category is not the right one; no more is known of this news."""
    value = {name: part for name, part in _named(thing).items() if not name.endswith("language")}
    return Told(thing, "template_correct_category_detection", value)


def reworded(thing: Thing, words: str) -> Told:
    """Somebody changed its body at Meta."""
    parts = [{**part, "text": words} if part.get("type") == "BODY" else part for part in thing.data["components"]]
    value = {**_named(thing), "message_template_element": words}
    names = {"HEADER": "message_template_title", "FOOTER": "message_template_footer"}
    value |= {names[part["type"]]: part["text"] for part in parts if part.get("type") in names and part.get("text")}
    buttons = [button for part in parts if part.get("type") == "BUTTONS" for button in part["buttons"]]
    if buttons:
        value["message_template_buttons"] = [_as_told(button) for button in buttons]
    return Told(replace(thing, data={**thing.data, "components": parts}), "message_template_components_update", value)


def _as_told(button: Json) -> Json:
    """A button under the long names of this news."""
    names = {name: button[name] for name in ("type", "text", "url", "phone_number") if name in button}
    return {f"message_template_button_{name}": value for name, value in names.items()}


def _named(thing: Thing) -> Json:
    """Which template the news is about, with the language as Meta writes it here, though not elsewhere."""
    return {
        "message_template_id": int(thing.key),
        "message_template_name": thing.data["name"],
        "message_template_language": str(thing.data["language"]).replace("_", "-"),
    }
