"""The file on top of a template: kept in the shop's own storage for previews and sends, and shown to Meta's reviewers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from conversations.templates.accounts import Account
from conversations.transport.providers.base import Outcome
from conversations.transport.providers.registry import template_parts
from conversations.transport.providers.template_desk import DeskAnswer, TemplateWish
from conversations.transport.replies import Media
from conversations.transport.rules.template_limits import table
from shopme.lib.errors import BusinessError
from tenants.storage import image_url, save_image

Json = dict[str, Any]
# How a file of each type begins; the claim of a browser is not believed.
_SIGNS: Final = {"application/pdf": (0, b"%PDF-"), "video/mp4": (4, b"ftyp")}
_KINDS: Final = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document"}
_ENDINGS: Final = {"VIDEO": ("video/mp4", "mp4"), "DOCUMENT": ("application/pdf", "pdf")}


class BadSample(BusinessError):
    """The file is not of the kind the header needs, or too big."""


def keep_sample(upload: "File[Any]", kind: str) -> Json:
    """Keep an upload as the sample of a header of `kind` (`IMAGE`, `VIDEO`, `DOCUMENT`). Refuses: `BadSample`, `NotAnImage`."""
    most = int(table()["sample_octets"][kind])
    if (upload.size or 0) > most:
        raise BadSample(f"Choose a file of at most {most // 1024 // 1024} MB.")
    name = str(upload.name or "file")[:120]
    if kind == "IMAGE":
        return {"kind": kind, "key": save_image(upload).key, "mime": "image/jpeg", "name": name}
    mime, ending = _ENDINGS[kind]
    content = upload.read()
    start, sign = _SIGNS[mime]
    if content[start : start + len(sign)] != sign:
        raise BadSample("Choose an MP4 video." if kind == "VIDEO" else "Choose a PDF document.")
    key = default_storage.save(f"sample.{ending}", ContentFile(content))
    return {"kind": kind, "key": key, "mime": mime, "name": name}


def with_sample(account: Account, sample: Mapping[str, Any], wish: TemplateWish) -> TemplateWish | DeskAnswer:
    """The wish with the handle of its header's sample, which is uploaded; an answer when that did not work."""
    kind = template_parts().read(wish.parts).header_kind
    if kind not in _KINDS:
        return wish
    if sample.get("kind") != kind:
        return DeskAnswer(
            Outcome.REFUSED, sentence="The sample of the header is missing. Upload it, then submit again."
        )
    with default_storage.open(sample["key"]) as kept:
        content = kept.read()
    answer = account.desk.keep_sample(filename=sample["name"], mime_type=sample["mime"], content=content)
    if not answer.is_accepted:
        # Only the upload failed: nothing was submitted, whatever became of the file.
        return DeskAnswer(Outcome.REFUSED, code=answer.code, sentence=answer.sentence)
    return replace(wish, handle=answer.data["handle"])


def sample_as_media(sample: Mapping[str, Any]) -> Media | None:
    """The kept sample as the top of a message; None without one."""
    if sample.get("kind") not in _KINDS:
        return None
    filename = sample["name"] if sample["kind"] == "DOCUMENT" else ""
    return Media(_KINDS[sample["kind"]], url=image_url(sample["key"]), filename=filename)  # type: ignore[arg-type]
