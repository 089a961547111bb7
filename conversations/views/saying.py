"""The menu beside the composer: a small form for each thing that is more than words, with a preview, sent from there."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from conversations.chat_settings import chat_settings
from conversations.inbox import offering
from conversations.inbox.day_window import WINDOW_IS_CLOSED
from conversations.inbox.forms import FORMS, Saying
from conversations.inbox.threads import About, products_of
from conversations.models import Conversation, Message
from conversations.transport.replies import Reply, reply_kind, reply_text, reply_to_json
from conversations.views.around import around
from shopme.lib.errors import BusinessError
from shopme.lib.htmx import render_part
from shopme.lib.ids import new_token
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view

PAGE = "conversations/saying.html"
PART = f"{PAGE}#saying"


@dashboard_view()
@require_GET
def saying_show(request: DashboardRequest, conversation_id: int, what: str) -> HttpResponse:
    """The form: in a dialog over the chat, or as a page of its own."""
    conversation, entry = _found(conversation_id, what)
    form = FORMS[what](conversation=conversation)
    if form.initial:
        # What stands in the fields already may be all that is needed: then the preview shows it.
        begun = FORMS[what](form.initial, conversation=conversation)
        begun.is_valid()
        form.replies = begun.replies
    return render(request, PART if request.htmx else PAGE, _context(conversation, entry, form))


@dashboard_view()
@require_POST
def saying_preview(request: DashboardRequest, conversation_id: int, what: str) -> HttpResponse:
    """How it looks with what is filled in so far; for products also what a search finds."""
    conversation, entry = _found(conversation_id, what)
    form = FORMS[what](request.POST, conversation=conversation)
    form.is_valid()
    return render(
        request, f"{PAGE}#preview", _context(conversation, entry, form) | {"is_search": "searching" in request.POST}
    )


@dashboard_view()
@require_POST
def saying_send(request: DashboardRequest, conversation_id: int, what: str) -> HttpResponse:
    """Say it; the same `request_id` again says nothing. What does not fit comes back with its reasons."""
    conversation, entry = _found(conversation_id, what)
    form = FORMS[what](request.POST, conversation=conversation)
    if form.is_valid():
        try:
            offering.say(
                conversation=conversation,
                actor=request.user,
                what=what,
                replies=form.replies,
                request_id=clean_text(request.POST.get("request_id", ""), limit=64) or new_token(),
            )
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _said(request, conversation_id)
    return render_part(request, PART, _context(conversation, entry, form), status=422)


def _said(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    """The dialog closes, and the thread fetches itself anew."""
    if not request.htmx:
        messages.success(request, "On its way.")
        return redirect("conversations:thread_show", conversation_id)
    response = HttpResponse(status=204)
    response["HX-Trigger"] = '{"saying:done": null, "live:poll": null, "toast": "On its way."}'
    return response


def _found(conversation_id: int, what: str) -> tuple[Conversation, offering.Entry]:
    """The thread and the line of its menu; 404 for what is not offered there."""
    conversation = Conversation.objects.select_related("customer").filter(pk=conversation_id, moved_to=None).first()
    entries = (
        {entry.key: entry for entry in offering.entries_for(conversation, chat_settings())} if conversation else {}
    )
    if conversation is None or what not in entries:
        raise Http404
    return conversation, entries[what]


def _context(conversation: Conversation, entry: offering.Entry, form: Saying) -> dict[str, Any]:
    is_open = conversation.is_window_open(timezone.now())
    return {
        "page": "inbox",
        "conversation": conversation,
        "customer": conversation.customer,
        "entry": entry,
        "form": form,
        "previews": [_preview(conversation, reply) for reply in form.replies],
        "request_id": form.data.get("request_id") or new_token(),
        "closed": "" if is_open else WINDOW_IS_CLOSED,
    }


def _preview(conversation: Conversation, reply: Reply) -> dict[str, Any]:
    """The reply as the thread will show it."""
    content = reply_to_json(reply)
    message = Message(
        conversation=conversation, direction="out", author="staff", kind=reply_kind(reply), content=content
    )
    message.text = reply_text(reply)
    about = About({}, {}, products_of([message]))
    return {"message": message, "around": around(message, about, customer=conversation.customer.display_name)}
