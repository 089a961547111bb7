"""What comes in from the product pages."""

from typing import Any

from babel import Locale
from django import forms
from django.forms import BaseFormSet, formset_factory

from catalog.models import Category, Product
from catalog.services import ProductWish
from catalog.variants import MOST_ON_HAND, VariantWish
from shopme.lib.forms import MoneyField
from tenants.models import Shop

STATUS_CHOICES = [
    (Product.Status.PUBLISHED, "Published: customers may order it"),
    (Product.Status.DRAFT, "Draft: only the team sees it"),
]


def language_in_english(code: str) -> str:
    """`it` → `Italian`: the dashboard speaks English."""
    return str(Locale.parse(code, sep="-" if "-" in code else "_").get_display_name("en"))


class ProductForm(forms.Form):
    """The words, place and picture of a product. `name_<language>` fields exist for the shop's other languages."""

    name = forms.CharField(max_length=120)
    description = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    category = forms.ModelChoiceField(Category.objects.none(), required=False, empty_label="No category")
    status = forms.ChoiceField(choices=STATUS_CHOICES, widget=forms.RadioSelect)
    image = forms.FileField(
        label="Picture",
        required=False,
        help_text="JPEG, PNG or WebP, up to 10 MB. Square pictures look best in the chat.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp", "data-preview": "#picture"}),
    )
    remove_image = forms.BooleanField(label="Take the picture away", required=False)

    def __init__(self, data: Any = None, files: Any = None, *, shop: Shop, product: Product | None = None) -> None:
        self.languages = [code for code in shop.languages if code != shop.language]
        super().__init__(data, files, initial=self._initial(product))
        self.fields["category"].queryset = Category.objects.order_by("position", "id")  # type: ignore[attr-defined]
        if product is not None and product.status == Product.Status.ARCHIVED:
            del self.fields["status"]
        for code in self.languages:
            language = language_in_english(code)
            self.fields[f"name_{code}"] = forms.CharField(label=f"Name in {language}", max_length=120, required=False)
            self.fields[f"description_{code}"] = forms.CharField(
                label=f"Description in {language}",
                max_length=2000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def _initial(self, product: Product | None) -> dict[str, Any]:
        if product is None:
            return {"status": Product.Status.PUBLISHED}
        texts = {f"name_{code}": product.names.get(code, "") for code in self.languages}
        texts |= {f"description_{code}": product.descriptions.get(code, "") for code in self.languages}
        return texts | {
            "name": product.name,
            "description": product.description,
            "category": product.category_id,
            "status": product.status,
        }

    def translations(self) -> list[forms.BoundField]:
        """The fields of the shop's other languages."""
        return [self[f"{field}_{code}"] for code in self.languages for field in ("name", "description")]

    def wish(self, variants: list[VariantWish], *, product: Product | None, image_key: str | None) -> ProductWish:
        """What the person asked for. A language the shop no longer speaks keeps its words."""
        data = self.cleaned_data
        names, descriptions = (dict(product.names), dict(product.descriptions)) if product else ({}, {})
        names |= {code: data[f"name_{code}"] for code in self.languages}
        descriptions |= {code: data[f"description_{code}"] for code in self.languages}
        return ProductWish(
            name=data["name"],
            description=data["description"],
            names=names,
            descriptions=descriptions,
            category_id=data["category"].pk if data["category"] else None,
            status=data.get("status") or Product.Status.ARCHIVED,
            is_available=product.is_available if product else True,
            position=product.position if product else 0,
            image_key=image_key,
            variants=variants,
        )


class VariantForm(forms.Form):
    """One size, flavour or colour with its price and stock."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    on_hand_seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label="Variant", max_length=80, required=False, widget=forms.TextInput(attrs={"placeholder": "e.g. Large"})
    )
    price_cents = MoneyField(label="Price")
    compare_at_cents = MoneyField(label="Before", required=False)
    sku = forms.CharField(label="SKU", max_length=60, required=False)
    is_tracked = forms.BooleanField(label="Count stock", required=False)
    on_hand = forms.IntegerField(label="In stock", min_value=0, max_value=MOST_ON_HAND, required=False)
    allow_backorder = forms.BooleanField(label="Sell below zero", required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("price_cents", "compare_at_cents"):
            field = self.fields[name]
            if isinstance(field, MoneyField):
                field.currency = currency

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        price, before = data.get("price_cents"), data.get("compare_at_cents")
        if price is not None and before is not None and before <= price:
            self.add_error("compare_at_cents", "Must be above the price.")
        return data

    def wish(self) -> VariantWish:
        """What the person asked for."""
        data = self.cleaned_data
        return VariantWish(
            id=data["id"],
            name=data["name"],
            sku=data["sku"],
            price_cents=data["price_cents"],
            compare_at_cents=data["compare_at_cents"],
            is_tracked=data["is_tracked"],
            on_hand=data["on_hand"] or 0,
            on_hand_seen=data["on_hand_seen"],
            allow_backorder=data["allow_backorder"],
        )


VariantFormSet = formset_factory(VariantForm, extra=0, can_delete=True, max_num=50, absolute_max=60)


def variant_initial(product: Product | None) -> list[dict[str, Any]]:
    """The rows of the variant form; a new product begins with one empty row."""
    if product is None:
        return [{}]
    return [
        {
            "id": variant.pk,
            "name": variant.name,
            "price_cents": variant.price_cents,
            "compare_at_cents": variant.compare_at_cents,
            "sku": variant.sku or "",
            "is_tracked": variant.is_tracked,
            "on_hand": variant.on_hand,
            "on_hand_seen": variant.on_hand,
            "allow_backorder": variant.allow_backorder,
        }
        for variant in product.variants.filter(is_active=True)
    ]


def variant_wishes(formset: "BaseFormSet[VariantForm]") -> list[VariantWish]:
    """The rows that stay, in their order."""
    deleted = set(formset.deleted_forms)
    return [form.wish() for form in formset if form not in deleted and (form.has_changed() or form.initial.get("id"))]


class CategoryForm(forms.Form):
    """A shelf of the shop."""

    name = forms.CharField(max_length=80)
    position = forms.IntegerField(min_value=0, max_value=10_000, initial=0)
    is_visible = forms.BooleanField(label="Customers see it", required=False)

    def __init__(self, data: Any = None, *, shop: Shop, category: Category | None = None) -> None:
        self.languages = [code for code in shop.languages if code != shop.language]
        prefix = f"c{category.pk}" if category else "new"
        super().__init__(data, initial=self._initial(category), prefix=prefix)
        self.category = category
        for code in self.languages:
            label = f"Name in {language_in_english(code)}"
            self.fields[f"name_{code}"] = forms.CharField(label=label, max_length=80, required=False)

    def _initial(self, category: Category | None) -> dict[str, Any]:
        if category is None:
            return {"is_visible": True, "position": Category.objects.count()}
        names = {f"name_{code}": category.names.get(code, "") for code in self.languages}
        return names | {"name": category.name, "position": category.position, "is_visible": category.is_visible}

    def translations(self) -> list[forms.BoundField]:
        """The fields of the shop's other languages."""
        return [self[f"name_{code}"] for code in self.languages]

    def wish(self) -> dict[str, Any]:
        """What `save_category` wants."""
        data = self.cleaned_data
        kept = dict(self.category.names) if self.category else {}
        return {
            "name": data["name"],
            "names": kept | {code: data[f"name_{code}"] for code in self.languages},
            "position": data["position"],
            "is_visible": data["is_visible"],
        }
