"""Addresses of the numbers, under /settings/numbers/ on a shop's host."""

from django.urls import path

from shopme.numbers import acts, keys, setup, views

app_name = "numbers"
urlpatterns = [
    path("", views.number_list, name="number_list"),
    path("add/", setup.number_add, name="number_add"),
    path("add/<str:provider>/", setup.number_begin, name="number_begin"),
    path("setup/<int:setup_id>/", setup.setup_show, name="setup_show"),
    path("setup/<int:setup_id>/check/<str:check>/", setup.setup_check, name="setup_check"),
    path("setup/<int:setup_id>/finish/", setup.setup_finish, name="setup_finish"),
    path("setup/<int:setup_id>/drop/", setup.setup_drop, name="setup_drop"),
    path("alerts/<int:number_alert_id>/read/", acts.alert_read, name="alert_read"),
    path("<int:number_id>/", views.number_detail, name="number_detail"),
    path("<int:number_id>/checks/", setup.number_checks_of, name="number_checks"),
    path("<int:number_id>/rename/", acts.number_rename, name="number_rename"),
    path("<int:number_id>/on/", acts.number_on, name="number_on"),
    path("<int:number_id>/off/", acts.number_off, name="number_off"),
    path("<int:number_id>/default/", acts.number_default, name="number_default"),
    path("<int:number_id>/up/", acts.number_up, name="number_up"),
    path("<int:number_id>/remove/", acts.number_remove, name="number_remove"),
    path("<int:number_id>/try-again/", acts.number_try_again, name="number_try_again"),
    path("<int:number_id>/token/", keys.number_token, name="number_token"),
    path("<int:number_id>/secret/", keys.number_secret, name="number_secret"),
    path("<int:number_id>/secret/drop/", keys.number_secret_drop, name="number_secret_drop"),
    path("<int:number_id>/verify-token/", keys.number_verify_token, name="number_verify_token"),
    path("<int:number_id>/pin/", keys.number_pin, name="number_pin"),
]
