"""Addresses of the codes' pages, under /settings/qr-codes/ on a shop's host."""

from django.urls import path

from shopme.qr_codes import views

app_name = "qr_codes"
urlpatterns = [
    path("", views.code_list, name="code_list"),
    path("new/", views.code_create, name="code_create"),
    path("sheet/", views.code_sheet, name="code_sheet"),
    path("<int:code_id>/", views.code_edit, name="code_edit"),
    path("<int:code_id>/try/", views.code_try, name="code_try"),
    path("<int:code_id>/print.svg", views.code_svg, name="code_svg"),
    path("<int:code_id>/print.png", views.code_png, name="code_png"),
]
