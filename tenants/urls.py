"""Addresses of this room on a shop's host."""

from django.urls import path

from tenants import views

app_name = "tenants"
urlpatterns = [path("files/<uuid:shop_uuid>/<str:name>", views.file_show, name="file_show")]
