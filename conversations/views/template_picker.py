"""The picker of templates in a thread: choose, fill in, look, send."""

import json

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from conversations.inbox import handover
from conversations.inbox.thread_numbers import NumberIsSilent
from conversations.models import Conversation
from conversations.templates.contents import Written
from conversations.templates.errors import CannotUse
from conversations.templates.offered import key_of
from conversations.templates.picking import Picker, picker_for
from conversations.templates.using import template_message
from conversations.transport.replies import TemplateMessage
from conversations.views.inbox import thread_context
from shopme.lib.ids import new_token
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view

PART = "conversations/template_picker.html"


@dashboard_view()
@require_GET
def template_pick(request: DashboardRequest, conversation_id: int) -> HttpResponse:
    """The picker alone; `?template=` is the one that was chosen. A plain browser gets the thread with it."""
    if not request.htmx:
        return redirect(f"/inbox/{conversation_id}/?{request.GET.urlencode()}#composer-form")
    return render(request, PART, thread_context(request, conversation_id))


@dashboard_view()
@require_POST
def template_fill(request: DashboardRequest, conversation_id: int, template_key: str) -> HttpResponse:
    """How the message reads with the values so far."""
    conversation = _conversation(conversation_id)
    picker = picker_for(conversation, chosen=template_key, given=request.POST.dict())
    return render(request, f"{PART}#filled", {"picker": picker, "conversation": conversation})


@dashboard_view()
@require_POST
def template_send(request: DashboardRequest, conversation_id: int, template_key: str) -> HttpResponse:
    """Send the chosen template; what does not fit comes back with its reasons, and the words stay."""
    conversation = _conversation(conversation_id)
    picker = picker_for(conversation, chosen=template_key, given=request.POST.dict())
    if picker.chosen is None:
        raise Http404
    try:
        handover.send_template(
            conversation_id=conversation_id,
            user_id=request.user.pk,
            message=_filled_in(picker, picker.chosen),
            request_id=clean_text(request.POST.get("request_id", ""), limit=64) or new_token(),
        )
    except (CannotUse, NumberIsSilent) as problem:
        return _refused(request, conversation_id, picker, str(problem))
    if not request.htmx:
        messages.success(request, "The template is on its way.")
        return redirect("conversations:thread_show", conversation_id)
    # The thread fetches itself anew, as it does for everything that is said.
    response = render(request, "conversations/composer.html", thread_context(request, conversation_id))
    response["HX-Trigger"] = json.dumps({"live:poll": None, "toast": "On its way."})
    return response


def _filled_in(picker: Picker, template: Written) -> TemplateMessage:
    """The message to send. Refuses: `CannotUse`."""
    if refusal := picker.refusal or picker.missing:
        raise CannotUse(refusal)
    return template_message(template, picker.values)


def _refused(request: DashboardRequest, conversation_id: int, picker: Picker, reason: str) -> HttpResponse:
    if not request.htmx:
        messages.error(request, reason)
        return redirect(
            f"/inbox/{conversation_id}/?template={key_of(picker.chosen) if picker.chosen else 'choose'}#composer-form"
        )
    context = thread_context(request, conversation_id) | {
        "picker": picker,
        "refusal": reason,
        "composer_mode": request.POST.get("composer", "closed"),
    }
    return render(request, PART, context, status=422)


def _conversation(conversation_id: int) -> Conversation:
    found = Conversation.objects.select_related("customer").filter(pk=conversation_id).first()
    if found is None:
        raise Http404
    return found
