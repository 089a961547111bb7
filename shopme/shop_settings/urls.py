"""Addresses of the settings, under /settings/ on a shop's host."""

from django.urls import path

from shopme.shop_settings import owner_phone, views

app_name = "shop_settings"
urlpatterns = [
    path("", views.profile_edit, name="profile_edit"),
    path("delivery/", views.delivery_edit, name="delivery_edit"),
    path("chat/", views.chat_edit, name="chat_edit"),
    path("phone/", owner_phone.phone_show, name="phone_show"),
    path("phone/register/", owner_phone.phone_register, name="phone_register"),
    path("phone/forget/", owner_phone.phone_forget, name="phone_forget"),
    path("phone/pin/", owner_phone.pin_set, name="pin_set"),
    path("team/", views.member_list, name="member_list"),
    path("team/<int:membership_id>/role/", views.member_role, name="member_role"),
    path("team/<int:membership_id>/deactivate/", views.member_deactivate, name="member_deactivate"),
    path("team/<int:membership_id>/link/", views.member_link, name="member_link"),
]
