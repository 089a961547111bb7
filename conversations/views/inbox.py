"""The inbox: the list of threads, one thread, and the customer beside it. Reading only; acts are in `acts`."""

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET

from conversations.chat_settings import chat_settings
from conversations.inbox import offering, queries
from conversations.inbox.addressee import addressee_of
from conversations.inbox.threads import answerable
from conversations.inbox.windows import ad_window_until
from conversations.models import Conversation, Message
from conversations.templates.picking import picker_for
from conversations.transport.sending.leftovers import silence_of
from conversations.views.around import quote_of
from conversations.views.bubbles import bubbles_of
from conversations.views.fixes import buttons_for
from loyalty.services import balance_of
from orders.basket import basket_of
from orders.queries import latest_order_of, spending_of
from shopme.lib.ids import new_token
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import User

PAGE: Final = "conversations/inbox.html"
TABS: Final = (
    ("open", "Open"),
    ("needs_you", "Needs you"),
    ("assistant", "Assistant"),
    ("closed", "Closed"),
)
# What a tap puts on a customer's message.
REACTIONS: Final = (
    ("👍", "Thumbs up"),
    ("❤️", "Heart"),
    ("😂", "Laughing"),
    ("😮", "Surprised"),
    ("🙏", "Thank you"),
)
# Counts that help; how many threads are closed helps nobody.
_COUNTED: Final = ("open", "needs_you")


@dashboard_view()
@require_GET
def inbox_list(request: DashboardRequest) -> HttpResponse:
    """Threads without one opened; `?customer=` opens that customer's thread."""
    customer = request.GET.get("customer", "")
    if customer.isascii() and customer.isdigit() and len(customer) <= 18:
        conversation = queries.conversation_of_customer(int(customer))
        if conversation is None:
            raise Http404
        return redirect("conversations:thread_show", conversation.pk)
    context = {"page": "inbox", **list_context(request)}
    return render(request, f"{PAGE}{'#inbox' if request.htmx else ''}", context)


@dashboard_view()
@require_GET
def inbox_rows(request: DashboardRequest) -> HttpResponse:
    """The list alone: when something changed, while searching, and further pages (`?before=`)."""
    part = "rows" if request.GET.get("before") else "list"
    return render(request, f"conversations/list.html#{part}", list_context(request))


@dashboard_view()
@require_GET
def thread_show(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    """One thread between the list and its customer."""
    context = {
        "page": "inbox",
        "full_screen": True,
        **list_context(request, current=conversation_id),
        **thread_context(request, conversation_id),
    }
    context |= customer_context(context["conversation"])
    return render(request, f"{PAGE}{'#inbox' if request.htmx else ''}", context)


@dashboard_view()
@require_GET
def thread_log(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    """The messages and what stands above and below them, as they are now."""
    return render(request, "conversations/thread.html#fresh", thread_context(request, conversation_id))


@dashboard_view()
@require_GET
def thread_earlier(request: DashboardRequest, conversation_id: int, before: int) -> HttpResponse:
    """Messages before one, for whoever scrolls up."""
    context = thread_context(request, conversation_id, before=before)
    if not request.htmx:
        return render(request, "conversations/earlier.html", {"page": "inbox", "full_screen": True, **context})
    return render(request, "conversations/thread.html#messages", context)


@dashboard_view()
@require_GET
def customer_show(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    """The panel about the customer."""
    conversation = get_object_or_404(Conversation.objects.select_related("customer"), pk=conversation_id)
    return render(request, "conversations/customer.html", customer_context(conversation))


@dashboard_view()
@require_GET
def why_show(request: DashboardRequest, message_id: int) -> HttpResponse:
    """What was behind a reply of the assistant."""
    message = get_object_or_404(Message, pk=message_id)
    context = {"page": "inbox", "message": message, "trace": queries.trace_of(message_id)}
    return render(request, f"conversations/why.html{'#why' if request.htmx else ''}", context)


def list_context(request: DashboardRequest, *, current: int | None = None) -> dict[str, Any]:
    """The list as `?filter=`, `?q=` and `?before=` say; `current` is the thread that is open."""
    chosen = request.GET.get("filter", "open")
    chosen = chosen if chosen in queries.FILTERS else "open"
    search = clean_text(request.GET.get("q", ""), limit=80).strip()
    counts = queries.inbox_counts(user_id=request.user.pk)
    return {
        "filter": chosen,
        "search": search,
        "current": current or id_in(request.GET.get("current", "")),
        "tabs": [(key, label, counts[key] if key in _COUNTED else 0) for key, label in TABS],
        "inbox": queries.conversations_for_inbox(
            filter=chosen, search=search, user_id=request.user.pk, before=request.GET.get("before", "")
        ),
        "is_bot_on": chat_settings().bot_enabled,
    }


def thread_context(
    request: DashboardRequest, conversation_id: int, *, before: int | None = None, quoting: str = ""
) -> dict[str, Any]:
    """One thread. `quoting` is the message that is answered, if the address does not name it. 404 for what is not here."""
    thread = queries.thread(conversation_id=conversation_id, before=before)
    if thread is None:
        raise Http404
    conversation = thread.conversation
    is_mine, chat = conversation.assignee_id == request.user.pk, chat_settings()
    fixes = buttons_for(thread.messages, conversation=conversation, membership=request.membership)
    assignee = None if is_mine else User.objects.filter(pk=conversation.assignee_id or 0).first()
    quoted = _quoted(conversation, quoting or request.GET.get("quote", ""))
    return {
        "thread": thread,
        "conversation": conversation,
        "customer": conversation.customer,
        "bubbles": bubbles_of(thread.messages, fixes, thread.about, customer=conversation.customer.display_name),
        "is_mine": is_mine,
        "assignee": assignee,
        "takeover_minutes": chat.takeover_minutes,
        "entries": SimpleLazyObject(lambda: offering.entries_for(conversation, chat)),
        "request_id": new_token(),
        "quote": quote_of(quoted, customer=conversation.customer.display_name) if quoted else None,
        "addressee": addressee_of(conversation, answers=quoted.wamid or "" if quoted else "", at=timezone.now()),
        "reactions": REACTIONS,
        **composer_context(request, conversation, is_window_open=thread.is_window_open),
        "now": timezone.now(),
        "ad_window_until": ad_window_until(conversation, at=timezone.now()),
    }


def composer_context(request: DashboardRequest, conversation: Conversation, *, is_window_open: bool) -> dict[str, Any]:
    """What stands under a thread: a box to write in, or the picker of templates.

    The picker is there when the window is closed, or asked for with `?template=` (`choose`, or the chosen one's id).
    A page that shows the wrong one of the two is given the right one.
    """
    wanted = request.GET.get("template", "")
    mode = "asked" if wanted and is_window_open else "text" if is_window_open else "closed"
    shown = request.GET.get("composer", "")
    return {
        "composer_mode": mode,
        "number_silence": silence_of(conversation.number_id),
        "composer_oob": shown in ("text", "closed") and shown != mode,
        "picker": SimpleLazyObject(lambda: picker_for(conversation, chosen=wanted)),
    }


def _quoted(conversation: Conversation, asked: str) -> Message | None:
    """What the composer answers: a message of the customer's in this thread."""
    wanted = id_in(asked)
    return answerable(conversation.pk, wanted) if wanted else None


def id_in(words: str) -> int | None:
    """The id that an address or a form names, if it is one."""
    return int(words) if words.isascii() and words.isdigit() and len(words) <= 18 else None


def customer_context(conversation: Conversation) -> dict[str, Any]:
    """Order, basket and points first, then what the team knows."""
    customer = conversation.customer
    return {
        "conversation": conversation,
        "customer": customer,
        "spending": spending_of(customer),
        "order": latest_order_of(customer),
        "basket": basket_of(customer),
        "balance": balance_of(customer),
        "notes": queries.notes_of(customer.pk)[:10],
    }
