"""Addresses a paying customer sees, on a shop's host."""

from django.urls import path

from payments import views, views_simulator

app_name = "payments"
urlpatterns = [
    path("pay/return/<uuid:public_id>/", views.return_page, name="return_page"),
    path("pay/<str:token>/", views.link_page, name="link_page"),
    path("simulator/pay/<uuid:checkout_id>/", views_simulator.simulated_page, name="simulated_page"),
]
