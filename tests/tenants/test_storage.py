"""A shop's files: drawn anew, named by us, behind the shop's own host."""

import resource
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from tenants import storage
from tenants.context import NoShop, inside
from tenants.models import Shop
from tenants.storage import NotAnImage, image_url, save_image

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: Any) -> BytesIO:
    out = BytesIO()
    Image.new(mode, size, "red").save(out, kind, **options)
    out.seek(0)
    return out


def fetched(host: str, path: str) -> Any:
    return Client(HTTP_HOST=host).get(path)


def path_of(key: str) -> str:
    return f"/files/{key}"


def test_a_picture_is_kept_as_a_jpeg_of_its_shop_and_served_on_its_host(shop: Shop) -> None:
    kept = save_image(picture(size=(3000, 1500)))
    assert (kept.width, kept.height) == (1600, 800)
    assert kept.key.startswith(f"{shop.uuid}/")
    assert image_url(kept.key) == f"http://amber.localhost:8000/files/{kept.key}"
    answer = fetched(shop.host, path_of(kept.key))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Image.open(BytesIO(b"".join(answer.streaming_content))).size == (1600, 800)


def test_the_uploaders_name_and_metadata_do_not_survive(shop: Shop) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    upload = picture("JPEG", exif=exif)
    assert b"secret place" in upload.getvalue()
    upload.name = "../../etc/passwd.png"
    kept = save_image(upload)
    assert "passwd" not in kept.key
    assert b"secret place" not in default_storage.open(kept.key).read()


def test_a_sideways_photo_stands_upright(shop: Shop) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = save_image(picture("JPEG", size=(40, 20), exif=exif))
    assert (kept.width, kept.height) == (20, 40)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_usual_formats_are_taken(shop: Shop, kind: str) -> None:
    assert save_image(picture(kind)).width == 40


def test_a_transparent_picture_lies_on_white(shop: Shop) -> None:
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    out.seek(0)
    drawn = Image.open(default_storage.open(save_image(out).key))
    assert drawn.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\0" * 40,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        picture().getvalue()[:60],
        b"x" * (10 * 1024 * 1024 + 1),
    ],
    ids=["empty", "text", "svg", "gif", "broken png", "cut off", "too big"],
)
def test_anything_else_is_refused(shop: Shop, upload: bytes, media: Path) -> None:
    with pytest.raises(NotAnImage):
        save_image(BytesIO(upload))
    assert [path for path in media.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("side", [8_000, 20_000])
def test_a_small_file_that_unpacks_into_a_huge_picture_is_refused(shop: Shop, side: int) -> None:
    bomb = picture("PNG", size=(side, side), mode="1")
    assert len(bomb.getvalue()) < 200_000
    with pytest.raises(NotAnImage):
        save_image(bomb)


def test_drawing_a_large_picture_costs_the_web_process_nothing(shop: Shop) -> None:
    large = picture("PNG", size=(4000, 4000), mode="RGBA")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept = save_image(large)
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (kept.width, kept.height) == (1600, 1600)
    assert grown_kb < 32 * 1024  # unpacked it takes 64 MB


def test_more_than_24_megapixels_are_refused_with_the_reason(shop: Shop) -> None:
    with pytest.raises(NotAnImage, match="at most 24 megapixels"):
        save_image(picture(size=(7070, 7070), mode="1"))


def test_pictures_are_drawn_one_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PATIENCE_SECONDS", 0.01)
    with storage._ONE_AT_A_TIME, pytest.raises(NotAnImage, match="Try again in a moment"):
        save_image(picture())


def test_a_picture_of_ours_is_drawn_where_it_is_needed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_drawn_apart", None)
    assert storage.save_own_image(picture(size=(3000, 1500)).getvalue()).width == 1600


def test_a_file_is_not_served_on_another_shops_host(amber: Shop, blue: Shop) -> None:
    with inside(amber):
        key = save_image(picture()).key
    assert fetched(blue.host, path_of(key)).status_code == 404
    assert fetched("localhost", path_of(key)).status_code == 404
    swapped = key.replace(str(amber.uuid), str(blue.uuid))
    assert fetched(blue.host, path_of(swapped)).status_code == 404
    assert fetched(amber.host, path_of(swapped)).status_code == 404


@pytest.mark.parametrize(
    "tail",
    [
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "..\\secret.txt",
        "secret.txt%00.jpg",
        "",
        "a.jpg",
        ".htaccess",
    ],
)
def test_guesses_and_climbs_find_nothing(amber: Shop, media: Path, tail: str) -> None:
    (media / "secret.txt").write_text("canary")
    answer = fetched(amber.host, f"/files/{amber.uuid}/{tail}")
    assert answer.status_code == 404
    assert b"canary" not in answer.content


def test_code_inside_one_shop_cannot_touch_anothers_file(amber: Shop, blue: Shop) -> None:
    with inside(amber):
        key = default_storage.save("note.txt", ContentFile(b"canary"))
    with inside(blue):
        for act in (default_storage.open, default_storage.delete, default_storage.exists, default_storage.size):
            with pytest.raises(SuspiciousFileOperation):
                act(key)
    with pytest.raises(NoShop):
        default_storage.open(key)
    with inside(amber):
        assert default_storage.open(key).read() == b"canary"
