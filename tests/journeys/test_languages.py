"""Two languages: what is chosen, what is guessed, what is remembered."""

from collections.abc import Callable

from loyalty.models import Customer as Person
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery


def test_whoever_says_ciao_is_answered_in_italian(thandi: Customer) -> None:
    assert thandi.says("Ciao!") == chat("""
        Ciao Thandi! 👋 Ti diamo il benvenuto da Amber Bakery.

        Guarda i prodotti, ordina e paga direttamente in questa chat. Con ogni ordine guadagni punti.
        _Se non vuoi ricevere offerte, scrivi STOP._
        [Menù] [Vedi i prodotti] [Parla con noi]
    """)
    assert thandi.says("lievito madre") == chat("""
        *Pane a lievito madre*

        Baked every morning from stone-ground flour.

        *45,00 ZAR* · disponibile
        [Metti nel carrello] [Vedi altro] [Carrello]
    """)
    assert Person.objects.get().language == "it"


def test_an_italian_phone_is_greeted_in_italian(person: Callable[..., Customer]) -> None:
    giulia = person("Giulia Rossi", "393331234567")

    assert giulia.says("buono il pane?").startswith("Ciao Giulia! 👋 Ti diamo il benvenuto da Amber Bakery.")


def test_the_language_is_switched_and_stays(thandi: Customer) -> None:
    thandi.says("hi")
    assert thandi.says("language") == "Which language do you prefer?\nQuale lingua preferisci?\n[English] [Italiano]"
    assert thandi.taps("Italiano") == chat("""
        Volentieri! Da ora ti scrivo in italiano.
        [Menù] [Vedi i prodotti]
    """)
    assert thandi.says("punti").startswith("Non hai ancora punti.")
    assert thandi.says("menu").startswith("Che cosa vuoi fare?")
    assert thandi.says("inglese") == chat("""
        Gladly. From now on I write in English.
        [Menu] [Browse products]
    """)
    assert thandi.says("menù").startswith("What would you like to do?")


def test_a_shop_with_one_language_does_not_offer_others(bakery: Bakery, thandi: Customer) -> None:
    bakery.shop.languages = ["en"]

    assert thandi.says("Ciao").startswith("Hi Thandi! 👋 Welcome to Amber Bakery.")
    assert "Language" not in thandi.says("menu")


def test_the_whole_way_to_an_order_in_italian(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("ciao")
    assert thandi.taps_id(f"product:{bakery.product['Carrot cake']}") == chat("""
        *Torta di carote*

        With a cream cheese top.

        Slice: *38,00 ZAR*
        Whole cake: *320,00 ZAR* · ne restano solo 2
        [Slice] [Whole cake] [Vedi altro]
    """)
    assert thandi.taps("Slice") == chat("""
        Fatto! ✓ 1 × Torta di carote, Slice.
        Nel carrello: 1 articolo, 38,00 ZAR.
        [Vai alla cassa] [Continua] [Carrello]
    """)
    assert thandi.taps("Vai alla cassa") == chat("""
        Come preferisci riceverlo?

        🛵 *Consegna*: 35,00 ZAR, gratis da 300,00 ZAR
        🛍️ *Ritiro*: gratis, in 12 Loop Street, Cape Town
        [Consegna] [Ritiro]
    """)
    assert thandi.says("consegna") == chat("""
        Dove lo portiamo?

        Scrivi l'indirizzo, o tocca il pulsante per inviare la tua posizione.
        [⌖ Send location]
    """)
    assert thandi.says("Via Roma") == chat("""
        Ci siamo quasi! È tutto giusto?

        1 × Torta di carote, Slice – 38,00 ZAR

        Consegna: 35,00 ZAR
        *Totale: 73,00 ZAR*

        🛵 A: Via Roma
        [Ordina · 73,00 ZAR] [Aggiungi una nota] [Cambia consegna]
    """)
    assert thandi.says("Sì") == chat(f"""
        Grazie! Il tuo ordine è il *#1001*.

        Totale: *73,00 ZAR*
        Ti teniamo tutto da parte fino alle {thandi.until()}.
        [→ Paga 73,00 ZAR]
    """)
    assert thandi.pays() == chat("""
        Grazie, il pagamento è arrivato! ✅ L'ordine *#1001* è confermato. Ti scrivo appena parte.

        Hai guadagnato *3 punti* e ora ne hai 3. ⭐
        [Vedi l'ordine] [I miei punti] [Menù]
    """)
