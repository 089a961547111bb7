"""Addresses of the order pages, under /orders/ on a shop's host."""

from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("", views.order_list, name="order_list"),
    path("<int:order_id>/", views.order_detail, name="order_detail"),
    path("<int:order_id>/move/", views.order_move, name="order_move"),
]
