"""Addresses of the problems, under /settings/problems/ on a shop's host."""

from django.urls import path

from shopme.problems import views

app_name = "problems"
urlpatterns = [
    path("", views.problem_list, name="problem_list"),
    path("retry/", views.problems_retry, name="problems_retry"),
    path("discard/", views.problems_discard, name="problems_discard"),
    path("<str:kind>/<int:problem_id>/", views.problem_show, name="problem_show"),
    path("<str:kind>/<int:problem_id>/content/", views.problem_content, name="problem_content"),
]
