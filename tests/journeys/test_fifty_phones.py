"""Fifty phones on the shared number at once: signed webhooks, real lane workers, Celery and senders; each in its shop."""

import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from conversations.transport.providers.simulator.exchange import Exchange, send_octets
from tests.directory import distorted
from tests.fakes.graph import FakeGraph
from tests.rig import meta
from tests.rig.stage import BuiltShop, Stage, staged

pytestmark = pytest.mark.load

PHONES = 50
WAIT_SECONDS = 90
SHARED = meta.Line("pn-shared-50", "waba-shared", "+27215550950")
NAMES = ("Crumb Corner", "Fjord Fish", "Rangoli House", "Velvet Vinyl", "Quokka Coffee")
# Run inside the stage's own database: names, codes of all purposes, and shops some phones keep already.
FURNISH = """
import json, sys, django; django.setup()
from tenants.models import Shop, Shopper, ShopperName, Favourite, WhatsAppNumber
from tenants.services.qr_codes import create_codes, CodeWish
names, keepers, pnid = json.loads(sys.argv[1])
shops = list(Shop.objects.order_by("id"))
number = WhatsAppNumber.objects.get(phone_number_id=pnid)
for shop, name in zip(shops, names):
    Shop.objects.filter(pk=shop.pk).update(name=name)
for phone, place in keepers:
    shopper = Shopper.objects.create(number=number, phone="+" + phone)
    ShopperName.objects.create(number=number, shopper=shopper, value=phone)
    for shop in (shops[place], shops[(place + 1) % len(shops)]):
        Favourite.objects.create(shopper=shopper, shop=shop)
print(json.dumps([[code.code for code in create_codes(shop=shop, wishes=[CodeWish("menu")] * 14)] for shop in shops]))
"""


class PhotoGraph(FakeGraph):
    """Meta with the photos people sent: asked for by id, fetched from the address it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.photos: dict[str, bytes] = {}
        self._inner = self._server.config.app
        self._server.config.app = self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            exchange, media_id = Exchange(scope, receive, send), scope["path"].rstrip("/").split("/")[-1]
            if media_id in self.photos and "/photos/" in scope["path"]:
                await send_octets(send, 200, self.photos[media_id], b"image/jpeg")
                return
            if media_id in self.photos:
                size = len(self.photos[media_id])
                url = f"{self.url}/photos/{media_id}"
                await exchange.json(200, {"url": url, "mime_type": "image/jpeg", "file_size": size, "id": media_id})
                return
        await self._inner(scope, receive, send)  # type: ignore[operator]


@pytest.fixture(scope="module")
def graph() -> Iterator[PhotoGraph]:
    with PhotoGraph() as graph:
        yield graph


@pytest.fixture(scope="module")
def stage(graph: PhotoGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("fifty"), graph_url=graph.url) as stage:
        yield stage


@pytest.fixture(scope="module")
def shops(stage: Stage) -> list[BuiltShop]:
    built = stage.build(shops=len(NAMES), products=2)
    number = ("--phone", SHARED.phone, "--phone-number-id", SHARED.phone_number_id, "--waba-id", SHARED.waba_id)
    added = stage.run("manage.py", "add_number", "--shared", "--provider", "meta_cloud", "--token", "t", *number)
    assert "is attached to the platform." in added
    stage.start_edge()
    stage.start_lanes(processes=2, threads=4)
    stage.start_celery()
    return built


class Phone:
    """One person: how they look for their shop, and what they see."""

    def __init__(self, place: int, stage: Stage, graph: PhotoGraph) -> None:
        self.stage, self.graph, self.place = stage, graph, place
        self.person = meta.Person(f"2782{place:07d}", f"Person {place}")
        self.how = ("code", "photo", "search", "favourite")[place % 4]
        self.shop = place % len(NAMES)
        self.problem = ""

    def finds_the_shop(self, code: str) -> None:
        """Look for the shop in this phone's own way, then say one thing to it."""
        {
            "code": lambda: self.says(f"Hello! {code[:4]}-{code[4:8]}-{code[8:]}"),
            "photo": lambda: self.sends_photo(code),
            "search": lambda: (self.says(f"find {self._with_typing_error()}"), self.picks()),
            "favourite": lambda: (self.says("favourites"), self.picks()),
        }[self.how]()
        self.says(f"canary {self.person.phone}")

    def _with_typing_error(self) -> str:
        name = NAMES[self.shop]
        return name[:2] + name[3:]

    def sends_photo(self, code: str) -> None:
        luck = random.Random(self.place)
        label = distorted._printed(code, luck)
        self.graph.photos[f"photo{self.place}"] = distorted._jpeg(
            distorted._turned(distorted._table(label, luck), luck)
        )
        image = {"id": f"photo{self.place}", "mime_type": "image/jpeg", "sha256": ""}
        self.posts(meta._message(SHARED, self.person, {"type": "image", "image": image}))

    def picks(self) -> None:
        """Tap the row with the shop's name in the newest list."""
        payload = self.graph.sent_to(self.person.phone)[-1]
        rows = [row for section in payload["interactive"]["action"]["sections"] for row in section["rows"]]
        row = next(row for row in rows if row["title"] == NAMES[self.shop])
        self.posts(meta.tap(SHARED, self.person, row["id"], row["title"]))

    def says(self, words: str) -> None:
        self.posts(meta.text(SHARED, self.person, words))

    def posts(self, post: meta.Post) -> None:
        """Post it signed, and wait for the answer."""
        seen = len(self.graph.sent_to(self.person.phone))
        signed = {"X-Hub-Signature-256": post.signature, "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self.stage.port}/webhooks/whatsapp/"
        assert requests.post(url, data=post.body, headers=signed, timeout=20).status_code == 200
        deadline = time.monotonic() + WAIT_SECONDS
        while len(self.graph.sent_to(self.person.phone)) <= seen:
            assert time.monotonic() < deadline, f"{self.how}: no answer"
            time.sleep(0.05)

    def run(self, code: str, begin: threading.Barrier) -> None:
        begin.wait(60)
        try:
            self.finds_the_shop(code)
        except Exception as problem:
            self.problem = f"{self.place} by {self.how}: {problem!r}"


def test_fifty_phones_each_land_in_their_shop(
    stage: Stage, graph: PhotoGraph, shops: list[BuiltShop], capsys: pytest.CaptureFixture[str]
) -> None:
    phones = [Phone(place, stage, graph) for place in range(PHONES)]
    keepers = [(phone.person.phone, phone.shop) for phone in phones if phone.how == "favourite"]
    codes = json.loads(stage.run("-c", FURNISH, json.dumps([NAMES, keepers, SHARED.phone_number_id])).splitlines()[-1])
    time.sleep(6)  # the processes remember shops for five seconds
    began, barrier = time.monotonic(), threading.Barrier(PHONES)
    threads = [
        threading.Thread(target=phone.run, args=[codes[phone.shop][phone.place % 14], barrier]) for phone in phones
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(4 * WAIT_SECONDS)
    took = time.monotonic() - began

    assert [phone.problem for phone in phones if phone.problem] == [], stage.tail("lanes") + stage.tail("worker")
    for place, shop in enumerate(shops):
        rows = stage.ask(f'SELECT phone FROM "{shop.schema}".loyalty_customer ORDER BY phone')
        ours = sorted(f"+{phone.person.phone}" for phone in phones if phone.shop == place)
        assert [phone for (phone,) in rows] == ours
        said = stage.ask(f"SELECT text FROM \"{shop.schema}\".conversations_message WHERE text LIKE 'canary %'")
        assert sorted(text for (text,) in said) == [f"canary {phone.removeprefix('+')}" for phone in ours]
    landed = Counter(phone.how for phone in phones)
    assert stage.ask("SELECT count(*) FROM tenants_directorymessage WHERE text LIKE 'canary%'") == [(0,)]
    with capsys.disabled():
        sys.stdout.write(f"\n{PHONES} phones in {len(NAMES)} shops after {took:.1f} s: {dict(landed)}\n")
