"""Addresses of the customer pages, under /customers/ on a shop's host."""

from django.urls import path

from shopme.customers import views

app_name = "customers"
urlpatterns = [
    path("", views.customer_list, name="customer_list"),
    path("<int:customer_id>/", views.customer_detail, name="customer_detail"),
    path("<int:customer_id>/save/", views.customer_save, name="customer_save"),
    path("<int:customer_id>/points/", views.points_adjust, name="points_adjust"),
    path("<int:customer_id>/block/", views.customer_block, name="customer_block"),
]
