"""Addresses of the inbox and of the simulator on a shop's host."""

from django.urls import path

from conversations.views import acts, inbox, simulator, template_editor, template_picker, templates, weather

app_name = "conversations"
urlpatterns = [
    path("inbox/", inbox.inbox_list, name="inbox_list"),
    path("inbox/rows/", inbox.inbox_rows, name="inbox_rows"),
    path("inbox/why/<int:message_id>/", inbox.why_show, name="why_show"),
    path("inbox/<int:conversation_id>/", inbox.thread_show, name="thread_show"),
    path("inbox/<int:conversation_id>/log/", inbox.thread_log, name="thread_log"),
    path("inbox/<int:conversation_id>/before/<int:before>/", inbox.thread_earlier, name="thread_earlier"),
    path("inbox/<int:conversation_id>/customer/", inbox.customer_show, name="customer_show"),
    path("inbox/<int:conversation_id>/send/", acts.message_send, name="message_send"),
    path("inbox/<int:conversation_id>/messages/<int:message_id>/again/", acts.message_again, name="message_again"),
    path("inbox/<int:conversation_id>/template/", template_picker.template_pick, name="template_pick"),
    path(
        "inbox/<int:conversation_id>/template/<int:template_id>/fill/",
        template_picker.template_fill,
        name="template_fill",
    ),
    path(
        "inbox/<int:conversation_id>/template/<int:template_id>/send/",
        template_picker.template_send,
        name="template_send",
    ),
    path("inbox/<int:conversation_id>/seen/", acts.thread_seen, name="thread_seen"),
    path("inbox/<int:conversation_id>/take-over/", acts.take_over, name="take_over"),
    path("inbox/<int:conversation_id>/hand-back/", acts.hand_back, name="hand_back"),
    path("inbox/<int:conversation_id>/close/", acts.chat_close, name="chat_close"),
    path("inbox/<int:conversation_id>/open/", acts.chat_reopen, name="chat_reopen"),
    path("inbox/<int:conversation_id>/notes/", acts.note_create, name="note_create"),
    path("settings/templates/", templates.template_list, name="template_list"),
    path("settings/templates/compare/", templates.template_sync, name="template_sync"),
    path("settings/templates/ready/", template_editor.starter_list, name="starter_list"),
    path("settings/templates/new/", template_editor.template_create, name="template_create"),
    path("settings/templates/preview/", template_editor.template_preview, name="template_preview"),
    path("settings/templates/<int:template_id>/", templates.template_show, name="template_show"),
    path("settings/templates/<int:template_id>/edit/", template_editor.template_edit, name="template_edit"),
    path("settings/templates/<int:template_id>/submit/", templates.template_submit, name="template_submit"),
    path("settings/templates/<int:template_id>/delete/", templates.template_delete, name="template_delete"),
    path("settings/templates/<int:template_id>/unpause/", templates.template_unpause, name="template_unpause"),
    path("simulator/", simulator.phone_show, name="phone_show"),
    path("simulator/number/", simulator.number_create, name="number_create"),
    path("simulator/<str:digits>/screen/", simulator.screen_show, name="screen_show"),
    path("simulator/<str:digits>/behind/", simulator.behind_show, name="behind_show"),
    path("simulator/<str:digits>/send/", simulator.phone_send, name="phone_send"),
    path("simulator/<str:digits>/seen/", simulator.phone_seen, name="phone_seen"),
    path("simulator/<str:digits>/kind/", weather.kind_send, name="kind_send"),
    path("simulator/<str:digits>/webhooks/", weather.webhooks_switch, name="webhooks_switch"),
    path("simulator/<str:digits>/sends/", weather.sends_switch, name="sends_switch"),
    path("simulator/<str:digits>/calm/", weather.weather_calm, name="weather_calm"),
    path("simulator/<str:digits>/change/", weather.phone_change, name="phone_change"),
    path("simulator/<str:digits>/template/", weather.template_switch, name="template_switch"),
    path("simulator/<str:digits>/window/", weather.window_move, name="window_move"),
    path("simulator/<str:digits>/start-over/", simulator.phone_start_over, name="phone_start_over"),
]
