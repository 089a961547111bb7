"""Addresses of the customer pages, under /customers/ on a shop's host."""

from django.urls import path

from shopme.customers import views, views_merging

app_name = "customers"
urlpatterns = [
    path("", views.customer_list, name="customer_list"),
    path("<int:customer_id>/", views.customer_detail, name="customer_detail"),
    path("<int:customer_id>/save/", views.customer_save, name="customer_save"),
    path("<int:customer_id>/points/", views.points_adjust, name="points_adjust"),
    path("<int:customer_id>/block/", views.customer_block, name="customer_block"),
    path("<int:customer_id>/offers/", views_merging.offers_record, name="offers_record"),
    path("<int:customer_id>/merge/", views_merging.customer_merge, name="customer_merge"),
    path("<int:customer_id>/merge/<int:other_id>/", views_merging.customer_join, name="customer_join"),
    path("merges/<int:merge_id>/undo/", views_merging.merge_undo, name="merge_undo"),
    path("doubts/<int:doubt_id>/different/", views_merging.doubt_different, name="doubt_different"),
]
