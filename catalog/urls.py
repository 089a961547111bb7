"""Addresses of the product pages, under /products/ on a shop's host."""

from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.product_list, name="product_list"),
    path("new/", views.product_create, name="product_create"),
    path("<int:product_id>/", views.product_edit, name="product_edit"),
    path("<int:product_id>/availability/", views.product_availability, name="product_availability"),
    path("<int:product_id>/archive/", views.product_archive, name="product_archive"),
    path("<int:product_id>/restore/", views.product_restore, name="product_restore"),
    path("categories/", views.category_list, name="category_list"),
    path("categories/<int:category_id>/", views.category_edit, name="category_edit"),
    path("categories/<int:category_id>/delete/", views.category_delete, name="category_delete"),
]
