"""Photos of printed codes as phones take them: turned, slanted, blurred, noisy, small, faint, squeezed by JPEG.

The same seed draws the same sixty pictures.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from shopme.qr_codes import drawing
from shopme.qr_codes.drawing import Print
from tenants.codes import ALPHABET, LENGTH, shown

SEED = 20_261
EACH = 6


@dataclass(frozen=True)
class Photo:
    """One picture, the code in it, and what was done to it."""

    how: str
    code: str
    octets: bytes


def photos(seed: int = SEED) -> Iterator[Photo]:
    """Six of each of ten kinds."""
    luck = Random(seed)
    for how, distort in KINDS.items():
        for _ in range(EACH):
            code = "".join(luck.choice(ALPHABET) for _ in range(LENGTH))
            yield Photo(how, code, distort(_printed(code, luck), luck))


def _printed(code: str, luck: Random) -> Image.Image:
    """The label as it comes from the printer."""
    what = Print(
        address=f"https://shops.example.com/r/{code}",
        shop_name=luck.choice(("Crumb & Co", "Fior di Latte", "Rangoli Saris")),
        label=f"Table {luck.randint(1, 40)}",
        code=shown(code),
    )
    return Image.open(BytesIO(drawing.as_png(what, module=10))).convert("RGB")


def _scene(label: Image.Image, luck: Random, *, size: tuple[int, int], wide: int) -> Image.Image:
    """The label on a table: a warm surface with stripes, things and shadow around it."""
    scene = Image.new("RGB", size, (luck.randint(90, 190), luck.randint(70, 150), luck.randint(50, 120)))
    draw = ImageDraw.Draw(scene)
    for _ in range(60):
        x, y, side = luck.randrange(size[0]), luck.randrange(size[1]), luck.randint(20, size[0] // 5)
        shade = tuple(luck.randint(30, 220) for _ in range(3))
        draw.ellipse((x, y, x + side, y + side // luck.randint(1, 5)), fill=shade)
    high = round(label.height * wide / label.width)
    small = label.resize((wide, high), Image.Resampling.LANCZOS)
    room = (size[0] - wide, size[1] - high)
    scene.paste(small, (luck.randint(room[0] // 4, 3 * room[0] // 4), luck.randint(room[1] // 4, 3 * room[1] // 4)))
    return scene


def _table(label: Image.Image, luck: Random) -> Image.Image:
    return _scene(label, luck, size=(1200, 1600), wide=luck.randint(420, 640))


def _jpeg(picture: Image.Image, quality: int = 80) -> bytes:
    out = BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def _noisy(picture: Image.Image, sigma: float, luck: Random) -> Image.Image:
    octets = bytes(min(255, max(0, round(luck.gauss(128, sigma)))) for _ in range(400 * 400))
    patch = Image.frombytes("L", (400, 400), octets)
    noise = Image.new("L", picture.size)
    for x in range(0, picture.width, 400):
        for y in range(0, picture.height, 400):
            noise.paste(patch.rotate(90 * luck.randrange(4)), (x, y))
    return ImageChops.add(picture, Image.merge("RGB", [noise] * 3), offset=-128)


def _slanted(picture: Image.Image, luck: Random, amount: float) -> Image.Image:
    """Seen from the side: the corners are pulled in by up to `amount` of the picture."""
    wide, high = picture.size
    corners = [(0, 0), (wide, 0), (wide, high), (0, high)]
    pulled = [(x + luck.uniform(-amount, amount) * wide, y + luck.uniform(-amount, amount) * high) for x, y in corners]
    quad = [value for x, y in (pulled[0], pulled[3], pulled[2], pulled[1]) for value in (x, y)]
    return picture.transform(
        picture.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=(120, 110, 100)
    )


def _turned(picture: Image.Image, luck: Random) -> Image.Image:
    return picture.rotate(luck.uniform(0, 360), Image.Resampling.BICUBIC, expand=True, fillcolor=(120, 110, 100))


def _faint(picture: Image.Image, luck: Random) -> Image.Image:
    pale = ImageEnhance.Contrast(picture).enhance(luck.uniform(0.13, 0.25))
    return ImageEnhance.Brightness(pale).enhance(luck.uniform(0.6, 1.2))


def _shaded(picture: Image.Image, luck: Random) -> Image.Image:
    """A shadow falls over half of it."""
    shadow = Image.linear_gradient("L").resize(picture.size).rotate(luck.choice((0, 90, 180, 270)))
    shadow = shadow.resize(picture.size).point(lambda value: 60 + value * 0.75)
    return ImageChops.multiply(picture, Image.merge("RGB", [shadow] * 3))


def _small(label: Image.Image, luck: Random) -> bytes:
    return _jpeg(_scene(label, luck, size=(3000, 4000), wide=luck.randint(230, 330)), 85)


def _everything(label: Image.Image, luck: Random) -> bytes:
    picture = _turned(_slanted(_table(label, luck), luck, 0.05), luck)
    return _jpeg(_noisy(picture.filter(ImageFilter.GaussianBlur(1.2)), 14, luck), 50)


Distort = Callable[[Image.Image, Random], bytes]
KINDS: dict[str, Distort] = {
    "turned": lambda label, luck: _jpeg(_turned(_table(label, luck), luck)),
    "slanted": lambda label, luck: _jpeg(_slanted(_table(label, luck), luck, 0.12)),
    "blurred": lambda label, luck: _jpeg(_table(label, luck).filter(ImageFilter.GaussianBlur(luck.uniform(2.5, 4.0)))),
    "noisy": lambda label, luck: _jpeg(_noisy(_table(label, luck), luck.uniform(35, 55), luck)),
    "small": _small,
    "faint": lambda label, luck: _jpeg(_faint(_table(label, luck), luck)),
    "squeezed": lambda label, luck: _jpeg(_table(label, luck).resize((700, 933)), 40),
    "shaded": lambda label, luck: _jpeg(_shaded(_table(label, luck), luck)),
    "turned and slanted, JPEG 40": lambda label, luck: _jpeg(
        _turned(_slanted(_table(label, luck), luck, 0.08), luck), 40
    ),
    "everything at once": _everything,
}
