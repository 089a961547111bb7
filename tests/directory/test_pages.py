"""The pages of codes, and the address that is printed."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
import zxingcpp
from django.test import Client
from django.utils import timezone
from PIL import Image

from tenants import directory
from tenants.models import AuditEntry, QrCode, QrCodeDay, Role, Shop, WhatsAppNumber
from tenants.queries import forget
from tenants.services.numbers import add_number
from tenants.services.qr_codes import CodeWish, create_codes

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130 Safari/537.36"
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"


@pytest.fixture
def number(amber: Shop) -> WhatsAppNumber:
    return add_number(shop=amber, provider="meta_cloud", phone="+27215550100", phone_number_id="pn-1").number


@pytest.fixture
def code(amber: Shop, number: WhatsAppNumber) -> QrCode:
    return create_codes(shop=amber, wishes=[CodeWish("place", "Table 7")])[0]


def platform() -> Client:
    return Client(HTTP_HOST="localhost")


def test_a_phone_goes_straight_to_whatsapp_with_the_code_in_its_words(code: QrCode) -> None:
    answer = platform().get(f"/r/{code.code}", HTTP_USER_AGENT=PHONE)
    words = f"Amber Bakery · Table 7 · {code.code[:4]}-{code.code[4:8]}-{code.code[8:]}"
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-store")
    assert answer.headers["Location"] == directory.lead_of(code.code).whatsapp_url  # type: ignore[union-attr]
    assert answer.headers["Location"].startswith("https://wa.me/27215550100?text=Amber%20Bakery%20%C2%B7%20Table%207")
    assert directory.prefilled(code) == words
    assert len(words) <= 140


@pytest.mark.parametrize(
    "write", [str.lower, lambda code: f"{code[:4]}-{code[4:8]}-{code[8:]}", lambda code: f"{code[:6]} {code[6:]}"]
)
def test_a_code_typed_by_hand_works_as_well(code: QrCode, write: Callable[[str], str]) -> None:
    assert platform().get(f"/r/{write(code.code)}").status_code == 302


def test_opening_is_counted_and_asking_for_the_head_is_not(code: QrCode) -> None:
    browser = platform()
    for _ in range(3):
        browser.get(f"/r/{code.code}", HTTP_USER_AGENT=PHONE)
    browser.get(f"/r/{code.code}", HTTP_USER_AGENT=DESK)
    assert browser.head(f"/r/{code.code}").status_code == 302
    assert [(day.scans, day.chats) for day in QrCodeDay.objects.all()] == [(4, 0)]


def test_on_a_desk_there_is_a_page_with_the_code_and_a_button(code: QrCode) -> None:
    page = platform().get(f"/r/{code.code}", HTTP_USER_AGENT=DESK)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Open WhatsApp" in text
    assert "https://wa.me/27215550100?text=" in text
    assert "<svg" in text


def test_on_a_desk_the_page_speaks_the_shops_language(code: QrCode, amber: Shop) -> None:
    Shop.objects.filter(pk=amber.pk).update(language="it")
    assert "Apri WhatsApp" in platform().get(f"/r/{code.code}", HTTP_USER_AGENT=DESK).content.decode()


def test_whatever_leads_nowhere_gets_one_and_the_same_page(code: QrCode, amber: Shop, blue: Shop) -> None:
    def page_of(written: str, host: str = "localhost") -> tuple[int, bytes]:
        answer = Client(HTTP_HOST=host).get(f"/r/{written}")
        return answer.status_code, re.sub(rb"X-CSRFToken[^}]*", b"", answer.content)

    nowhere = page_of("34679CDFGHJK")
    assert nowhere[0] == 404
    assert b"This code is not in use" in nowhere[1]
    assert page_of("x") == nowhere
    assert page_of("%00" * 5) == nowhere
    QrCode.objects.filter(pk=code.pk).update(is_active=False)
    assert page_of(code.code) == nowhere
    QrCode.objects.filter(pk=code.pk).update(is_active=True, expires_at=timezone.now() - timedelta(seconds=1))
    assert page_of(code.code) == nowhere
    QrCode.objects.filter(pk=code.pk).update(expires_at=None)
    Shop.objects.filter(pk=amber.pk).update(status=Shop.Status.SUSPENDED)
    assert page_of(code.code) == nowhere
    Shop.objects.filter(pk=amber.pk).update(status=Shop.Status.ACTIVE)
    WhatsAppNumber.objects.update(is_active=False)
    assert page_of(code.code) == nowhere
    assert not QrCodeDay.objects.exists()


def test_a_shops_host_knows_its_own_codes_only(code: QrCode, amber: Shop, blue: Shop) -> None:
    assert Client(HTTP_HOST=amber.host).get(f"/r/{code.code}").status_code == 302
    assert Client(HTTP_HOST=blue.host).get(f"/r/{code.code}").status_code == 404


def test_without_a_number_of_its_own_the_shop_is_reached_on_the_shared_one(blue: Shop) -> None:
    code = create_codes(shop=blue, wishes=[CodeWish("menu")])[0]
    assert platform().get(f"/r/{code.code}").status_code == 404
    add_number(shop=None, provider="meta_cloud", phone="+27215550199", phone_number_id="pn-shared")
    assert platform().get(f"/r/{code.code}").headers["Location"].startswith("https://wa.me/27215550199?text=Blue")


def test_agents_do_not_make_codes(amber: Shop, client_of: ClientOf) -> None:
    for path in ("", "new/", "sheet/"):
        assert client_of(amber, Role.AGENT).get(f"/settings/qr-codes/{path}").status_code == 403
        assert client_of(amber, Role.MANAGER).get(f"/settings/qr-codes/{path}").status_code == 200


def test_a_row_of_tables_is_made_with_one_form(amber: Shop, client_of: ClientOf) -> None:
    browser = client_of(amber, Role.MANAGER)
    made = browser.post("/settings/qr-codes/new/", {"purpose": "place", "label": "Table", "first": "1", "last": "20"})
    assert made.headers["Location"] == "/settings/qr-codes/"
    assert sorted(QrCode.objects.values_list("label", flat=True), key=lambda label: int(label[6:]))[-1] == "Table 20"
    page = browser.get("/settings/qr-codes/").content.decode()
    assert "Table 13" in page
    sheet = browser.get("/settings/qr-codes/sheet/").content.decode()
    assert sheet.count("print.svg") == 20


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"purpose": "place"}, "Say what is printed"),
        ({"purpose": "product", "label": "x"}, "Choose the product"),
        ({"purpose": "place", "label": "T", "first": "1"}, "Give both numbers"),
        ({"purpose": "place", "label": "T", "first": "1", "last": "900"}, "at most 60"),
        ({"purpose": "gift", "label": "T"}, "not one of the available"),
    ],
)
def test_a_refused_form_makes_nothing(amber: Shop, client_of: ClientOf, fields: dict[str, str], refusal: str) -> None:
    answer = client_of(amber, Role.MANAGER).post("/settings/qr-codes/new/", fields)
    assert answer.status_code == 422
    assert refusal in answer.content.decode()
    assert not QrCode.objects.exists()


def test_a_printed_code_is_turned_elsewhere_and_off(amber: Shop, code: QrCode, client_of: ClientOf) -> None:
    browser = client_of(amber, Role.MANAGER)
    browser.post(f"/settings/qr-codes/{code.pk}/", {"purpose": "campaign", "label": "Summer", "is_active": ""})
    code.refresh_from_db()
    assert (code.purpose, code.label, code.is_active) == ("campaign", "Summer", False)
    entry = AuditEntry.objects.get(action="qr_code.changed")
    assert entry.detail == {"changed": ["is_active", "label", "purpose"]}
    assert platform().get(f"/r/{code.code}").status_code == 404


def test_another_shops_code_is_not_found(blue: Shop, code: QrCode, client_of: ClientOf) -> None:
    forget()
    browser = client_of(blue, Role.ADMIN)
    for path in ("", "print.svg", "print.png"):
        assert browser.get(f"/settings/qr-codes/{code.pk}/{path}").status_code == 404
    assert browser.post(f"/settings/qr-codes/{code.pk}/", {"purpose": "menu"}).status_code == 404


@pytest.mark.parametrize("size", ["small", "medium", "large"])
@pytest.mark.parametrize("level", ["Q", "H"])
def test_the_picture_can_be_read_and_carries_its_words(
    amber: Shop, code: QrCode, client_of: ClientOf, size: str, level: str
) -> None:
    answer = client_of(amber, Role.MANAGER).get(f"/settings/qr-codes/{code.pk}/print.png?size={size}&level={level}")
    picture = Image.open(BytesIO(answer.content))
    (read,) = zxingcpp.read_barcodes(picture)
    assert read.text == directory.code_address(code)
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=1)
    assert picture.getpixel((2, 2)) == 255


def test_the_drawing_names_shop_purpose_and_code_and_nothing_runs_in_it(amber: Shop, client_of: ClientOf) -> None:
    Shop.objects.filter(pk=amber.pk).update(name='A<script>"&B')
    forget()
    code = create_codes(shop=amber, wishes=[CodeWish("place", "Table <7>")])[0]
    drawing = client_of(amber, Role.MANAGER).get(f"/settings/qr-codes/{code.pk}/print.svg?download=1")
    text = drawing.content.decode()
    assert drawing.headers["Content-Disposition"].endswith(f'table-7-{code.code}.svg"')
    assert "Table &lt;7&gt;" in text
    assert f"{code.code[:4]}-{code.code[4:8]}-{code.code[8:]}" in text
    assert "<script" not in text
    assert " style=" not in text


def test_every_picture_of_a_code_is_kept_under_a_name_of_its_own(
    code: QrCode, amber: Shop, client_of: ClientOf
) -> None:
    browser, name = client_of(amber, Role.MANAGER), f"amber-bakery-table-7-{code.code}"
    wanted = {"svg": "", "svg?level=H": "-stickers", "png?size=small": "-small", "png?size=large": "-large"}
    for what, ending in wanted.items():
        joint = "&" if "?" in what else "?"
        answer = browser.get(f"/settings/qr-codes/{code.pk}/print.{what}{joint}download=1")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}{ending}.{what[:3]}"'
