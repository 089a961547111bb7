"""The product pages of the dashboard: the list, one product, and the shelves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog import queries, services
from catalog.forms import CategoryForm, ProductForm, VariantFormSet, variant_initial, variant_wishes
from catalog.models import Category, Product
from shopme.lib.errors import BusinessError
from shopme.lib.htmx import render_part
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role
from tenants.storage import NotAnImage, save_image

PAGE_SIZE = 30
TABS = (("", "All"), ("published", "Published"), ("draft", "Drafts"), ("archived", "Archived"))


@dashboard_view()
@require_GET
def product_list(request: DashboardRequest) -> HttpResponse:
    """Products in the shop's order; `?q=`, `?category=`, `?status=`, `?page=`."""
    search = clean_text(request.GET.get("q", ""), limit=80).strip()
    status = request.GET.get("status", "")
    status = status if status in Product.Status.values else ""
    asked = request.GET.get("category", "")
    category_id = int(asked) if asked.isdecimal() and len(asked) < 18 else None
    products = queries.products_for_dashboard(search=search, category_id=category_id, status=status)
    counts = queries.counts_by_status()
    counts[""] = counts["published"] + counts["draft"]
    context = {
        "page": "products",
        "search": search,
        "status": status,
        "category_id": category_id,
        "categories": queries.categories_for_dashboard(),
        "tabs": [(key, label, counts[key]) for key, label in TABS],
        "page_obj": Paginator(products, PAGE_SIZE).get_page(request.GET.get("page")),
        "can_edit": request.membership.may_act_as(Role.MANAGER),
    }
    part = "#products-list" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"catalog/product_list.html{part}", context)


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def product_create(request: DashboardRequest) -> HttpResponse:
    """A new product."""
    return _product_page(request, None)


@dashboard_view()
@require_http_methods(["GET", "POST"])
def product_edit(request: DashboardRequest, product_id: int) -> HttpResponse:
    """One product: everybody may look, Managers may change."""
    product = get_object_or_404(Product.objects.select_related("category"), pk=product_id)
    if request.method == "POST" and not request.membership.may_act_as(Role.MANAGER):
        raise PermissionDenied
    return _product_page(request, product)


def _product_page(request: DashboardRequest, product: Product | None) -> HttpResponse:
    form = ProductForm(request.POST or None, request.FILES or None, shop=request.shop, product=product)
    variants = _variant_formset(request, product)
    status = 200
    if request.method == "POST" and "more" not in request.POST:
        if form.is_valid() and variants.is_valid():
            saved = _save(form, variants, product)
            if saved is not None:
                messages.success(request, f"{saved.name} is saved.")
                return redirect("catalog:product_edit", saved.pk)
        status = 422
    context = {
        "page": "products",
        "form": form,
        "variants": variants,
        "product": product,
        "can_edit": request.membership.may_act_as(Role.MANAGER),
        "currency": request.shop.currency,
    }
    return render(request, "catalog/product_edit.html", context, status=status)


def _variant_formset(request: DashboardRequest, product: Product | None) -> Any:
    """The rows as they stand, or as the person left them. Without scripts, the button `more` adds an empty row."""
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and "more" in data:
        rows = data.get("variants-TOTAL_FORMS", "0")
        data["variants-TOTAL_FORMS"] = str(int(rows) + 1 if rows.isdecimal() and len(rows) < 3 else 1)
    return VariantFormSet(
        data, initial=variant_initial(product), prefix="variants", form_kwargs={"currency": request.shop.currency}
    )


def _save(form: ProductForm, variants: Any, product: Product | None) -> Product | None:
    """The saved product, or None with the reason on the form."""
    try:
        image_key = _image_key(form)
        wish = form.wish(variant_wishes(variants), product=product, image_key=image_key)
        return services.save_product(wish=wish, product_id=product.pk if product else None)
    except NotAnImage as refusal:
        form.add_error("image", str(refusal))
    except BusinessError as refusal:
        form.add_error(None, str(refusal))
    return None


def _image_key(form: ProductForm) -> str | None:
    """The key of a new picture, empty to take it away, None to leave it."""
    if upload := form.cleaned_data["image"]:
        return save_image(upload).key
    return "" if form.cleaned_data["remove_image"] else None


@dashboard_view()
@require_POST
def product_availability(request: DashboardRequest, product_id: int) -> HttpResponse:
    """Sold out for now, or back on the shelf."""
    product = get_object_or_404(Product, pk=product_id)
    product = services.set_availability(product_id=product.pk, is_available=request.POST.get("is_available") == "yes")
    toast = f"{product.name} is on sale again." if product.is_available else f"{product.name} is sold out for now."
    part = "catalog/product_switch.html"
    return render_part(request, part, {"product": product}, page="catalog:product_list", events={"toast": toast})


@dashboard_view(role=Role.MANAGER)
@require_POST
def product_archive(request: DashboardRequest, product_id: int) -> HttpResponse:
    """Put a product away for good."""
    product = services.archive_product(product_id=get_object_or_404(Product, pk=product_id).pk)
    messages.success(request, f"{product.name} is archived. Its orders and figures stay.")
    return redirect("catalog:product_list")


@dashboard_view(role=Role.MANAGER)
@require_POST
def product_restore(request: DashboardRequest, product_id: int) -> HttpResponse:
    """Bring an archived product back as a draft."""
    product = services.restore_product(product_id=get_object_or_404(Product, pk=product_id).pk)
    messages.success(request, f"{product.name} is back as a draft.")
    return redirect("catalog:product_edit", product.pk)


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def category_list(request: DashboardRequest) -> HttpResponse:
    """The shelves; a POST adds one."""
    form = CategoryForm(request.POST or None, shop=request.shop)
    if form.is_valid():
        saved = services.save_category(**form.wish())
        messages.success(request, f"{saved.name} is added.")
        return redirect("catalog:category_list")
    return _category_page(request, new_form=form, status=422 if form.errors else 200)


@dashboard_view(role=Role.MANAGER)
@require_POST
def category_edit(request: DashboardRequest, category_id: int) -> HttpResponse:
    """Rename, move, hide or show a shelf."""
    category = get_object_or_404(Category, pk=category_id)
    form = CategoryForm(request.POST, shop=request.shop, category=category)
    if form.is_valid():
        saved = services.save_category(category_id=category.pk, **form.wish())
        messages.success(request, f"{saved.name} is saved.")
        return redirect("catalog:category_list")
    return _category_page(request, changed=form, status=422)


@dashboard_view(role=Role.MANAGER)
@require_POST
def category_delete(request: DashboardRequest, category_id: int) -> HttpResponse:
    """Take a shelf away; its products stay."""
    category = get_object_or_404(Category, pk=category_id)
    services.delete_category(category_id=category.pk)
    messages.success(request, f"{category.name} is gone; its products stay.")
    return redirect("catalog:category_list")


def _category_page(
    request: DashboardRequest,
    *,
    new_form: CategoryForm | None = None,
    changed: CategoryForm | None = None,
    status: int = 200,
) -> HttpResponse:
    categories = queries.categories_for_dashboard()
    same = changed.category.pk if changed and changed.category else None
    forms = [
        (category, changed if category.pk == same else CategoryForm(shop=request.shop, category=category))
        for category in categories
    ]
    context = {"page": "products", "forms": forms, "new_form": new_form or CategoryForm(shop=request.shop)}
    return render(request, "catalog/category_list.html", context, status=status)
