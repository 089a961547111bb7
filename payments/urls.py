"""Addresses a paying customer sees, and the settings of payment accounts, on a shop's host."""

from django.urls import path

from payments import views, views_accounts, views_refunds, views_simulator

app_name = "payments"
urlpatterns = [
    path("settings/payments/", views_accounts.account_list, name="account_list"),
    path("settings/payments/add/<str:gateway>/", views_accounts.account_add, name="account_add"),
    path("settings/payments/<int:account_id>/test/", views_accounts.account_test, name="account_test"),
    path("settings/payments/<int:account_id>/register/", views_accounts.account_register, name="account_register"),
    path("settings/payments/<int:account_id>/default/", views_accounts.account_default, name="account_default"),
    path("settings/payments/<int:account_id>/retire/", views_accounts.account_retire, name="account_retire"),
    path("payments/<int:attempt_id>/refund/", views_refunds.refund_create, name="refund_create"),
    path("pay/return/<uuid:public_id>/", views.return_page, name="return_page"),
    path("pay/<str:token>/", views.link_page, name="link_page"),
    path("simulator/pay/<uuid:checkout_id>/", views_simulator.simulated_page, name="simulated_page"),
]
