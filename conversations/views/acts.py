"""What a person of the shop does in a thread. Each door makes one call and shows the thread again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from conversations.files.composing import send_staff_file
from conversations.inbox import handover
from conversations.inbox.mending import send_again
from conversations.inbox.notes import EmptyNote, write_note
from conversations.inbox.reacting import react
from conversations.inbox.seeing import mark_read
from conversations.inbox.thread_numbers import NumberIsSilent
from conversations.inbox.threads import NoSuchMessage
from conversations.models import Conversation, Message
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.providers.registry import verdict_on
from conversations.views.inbox import customer_context, id_in, thread_context
from shopme.lib.errors import BusinessError
from shopme.lib.htmx import render_part
from shopme.lib.ids import new_token
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view

FRESH = "conversations/thread.html#fresh"


@dashboard_view()
@require_POST
def message_send(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    """Write to the customer as a person, perhaps with a file; the same `request_id` again sends nothing."""
    upload = request.FILES.get("file")
    said: dict[str, Any] = {
        "conversation_id": conversation_id,
        "user_id": request.user.pk,
        "text": request.POST.get("text", ""),
        "request_id": _request_id(request),
        "answers": id_in(request.POST.get("quote", "")),
    }
    try:
        if isinstance(upload, UploadedFile):
            send_staff_file(**said, upload=upload)
        else:
            handover.send_staff_message(**said)
    except handover.NoSuchConversation as refusal:
        raise Http404 from refusal
    except BusinessError as refusal:
        return refused(request, conversation_id, str(refusal))
    return _thread(request, conversation_id, is_sent=True)


@dashboard_view()
@require_POST
def message_again(request: DashboardRequest, conversation_id: int, message_id: int) -> HttpResponse:
    """Send a message that did not go out once more: the same message, not a copy."""
    message = get_object_or_404(Message, pk=message_id, conversation_id=conversation_id, direction="out")
    try:
        send_again(shop=request.shop, message=message, by=Decision(request.user, "from the thread"))
    except BusinessError as refusal:
        return refused(request, conversation_id, str(refusal))
    return _thread(request, conversation_id, toast="On its way again.")


@dashboard_view()
@require_POST
def phone_ask(request: DashboardRequest, conversation_id: int, message_id: int) -> HttpResponse:
    """Ask for the phone that a message could not go without, by WhatsApp's own button; once a message."""
    failed = Message.objects.filter(conversation_id=conversation_id, state=Message.State.FAILED)
    message = get_object_or_404(failed, pk=message_id, direction="out")
    if not (message.error_code.isdigit() and verdict_on(int(message.error_code)).fix.action == "ask_phone"):
        raise Http404("This message does not wait for a phone number.")
    try:
        handover.ask_for_phone(conversation_id=conversation_id, user_id=request.user.pk, cause=f"fix:{message.pk}")
    except NumberIsSilent as refusal:
        return refused(request, conversation_id, str(refusal))
    return _thread(request, conversation_id, toast="Asked for the phone number.")


@dashboard_view()
@require_POST
def message_react(request: DashboardRequest, conversation_id: int, message_id: int) -> HttpResponse:
    """Put an emoji on a message of the customer's; without one the shop's is taken back."""
    emoji = clean_text(request.POST.get("emoji", ""), limit=32)
    try:
        react(conversation_id=conversation_id, user_id=request.user.pk, message_id=message_id, emoji=emoji)
    except (handover.NoSuchConversation, NoSuchMessage) as refusal:
        raise Http404 from refusal
    except BusinessError as refusal:
        return refused(request, conversation_id, str(refusal))
    return _thread(request, conversation_id)


@dashboard_view()
@require_POST
def take_over(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    return _act(request, conversation_id, handover.take_over, "You answer now; the assistant is paused.")


@dashboard_view()
@require_POST
def hand_back(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    return _act(request, conversation_id, handover.hand_back, "The assistant answers again.")


@dashboard_view()
@require_POST
def chat_close(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    return _act(request, conversation_id, handover.close, "Chat closed. It opens again when the customer writes.")


@dashboard_view()
@require_POST
def chat_reopen(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    return _act(request, conversation_id, handover.reopen, "Chat open again.")


@dashboard_view()
@require_POST
def thread_seen(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    """The page shows the thread to somebody."""
    mark_read(conversation_id=conversation_id)
    return HttpResponse(status=204)


@dashboard_view()
@require_POST
def note_create(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    """Write something down about the customer."""
    conversation = get_object_or_404(Conversation.objects.select_related("customer"), pk=conversation_id)
    part, page = "conversations/customer.html", f"/inbox/{conversation_id}/"
    try:
        write_note(customer_id=conversation.customer_id, author_id=request.user.pk, text=request.POST.get("text", ""))
    except EmptyNote as refusal:
        context = {**customer_context(conversation), "note_error": str(refusal)}
        if not request.htmx:
            messages.error(request, str(refusal))
            return redirect(page)
        return render(request, part, context, status=422)
    return render_part(request, part, customer_context(conversation), page=page, events={"toast": "Noted."})


def _act(request: DashboardRequest, conversation_id: int, act: Callable[..., Any], done: str) -> HttpResponse:
    try:
        act(conversation_id=conversation_id, user_id=request.user.pk)
    except handover.NoSuchConversation as refusal:
        raise Http404 from refusal
    return after_act(request, conversation_id, done)


def after_act(request: DashboardRequest, conversation_id: int, done: str) -> HttpResponse:
    """The thread as it is now, and a word about what was done."""
    if not request.htmx:
        messages.success(request, done)
    return _thread(request, conversation_id, toast=done)


def _thread(request: DashboardRequest, conversation_id: int, *, toast: str = "", is_sent: bool = False) -> HttpResponse:
    context = {**thread_context(request, conversation_id), "is_sent": is_sent}
    events = {"toast": toast} if toast else None
    return render_part(request, FRESH, context, page=f"/inbox/{conversation_id}/", events=events)


def refused(request: DashboardRequest, conversation_id: int, reason: str) -> HttpResponse:
    """The reason above the composer; the text stays where it was typed."""
    if not request.htmx:
        messages.error(request, reason)
        return redirect("conversations:thread_show", conversation_id)
    context = {**thread_context(request, conversation_id, quoting=request.POST.get("quote", "")), "refusal": reason}
    return render(request, FRESH, context, status=422)


def _request_id(request: DashboardRequest) -> str:
    """The form's own id, within what a key can hold."""
    return clean_text(request.POST.get("request_id", ""), limit=64) or new_token()
