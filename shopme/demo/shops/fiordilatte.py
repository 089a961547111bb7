"""Fiordilatte, a gelateria in Bologna."""

from shopme.demo.plan import Dialogue, Item, Member, Shelf, ShopPlan, Size, Terms
from shopme.demo.shops.towns import BOLOGNA

CUPS = Shelf(
    "Coppette",
    {"en": "Cups"},
    (
        Item(
            "Coppetta classica",
            "Pistacchio, nocciola e fragola: i tre con cui abbiamo cominciato. Con cialda.",
            ("gelato_cup", "mint"),
            (Size("Piccola", 300), Size("Media", 380), Size("Grande", 480)),
            {"en": ("Classic cup", "Pistachio, hazelnut and strawberry: the three we began with. With a wafer.")},
        ),
        Item(
            "Coppetta amarena",
            "Fiordilatte e amarene di Vignola, con la ciliegia sopra.",
            ("gelato_cup", "rose", "amarena,fiordilatte", "#8a1737", "cherry"),
            (Size("Piccola", 320), Size("Media", 400), Size("Grande", 500)),
            {"en": ("Sour cherry cup", "Fiordilatte and sour cherries from Vignola, a cherry on top.")},
        ),
        Item(
            "Coppetta stracciatella",
            "Panna fresca e cioccolato versato a filo, mantecata al momento.",
            ("gelato_cup", "butter", "stracciatella,cioccolato", "#c9803f", "wafer"),
            (Size("Piccola", 300), Size("Media", 380), Size("Grande", 480)),
            {"en": ("Stracciatella cup", "Fresh cream and thin threads of chocolate, churned to order.")},
        ),
        Item(
            "Coppetta vegana",
            "Mirtillo, cocco e lampone: solo frutta e acqua.",
            ("gelato_cup", "lilac", "mirtillo,cocco,lampone", "#7b5ea8", "wafer"),
            (Size("Media", 380), Size("Grande", 480)),
            {"en": ("Vegan cup", "Blueberry, coconut and raspberry: fruit and water only.")},
        ),
    ),
)
CONES = Shelf(
    "Coni",
    {"en": "Cones"},
    (
        Item(
            "Cono due gusti",
            "Crema all'uovo e fondente 70%.",
            ("cone", "sky", "crema,cioccolato"),
            (Size("Classico", 340), Size("Senza glutine", 390, 12)),
            {"en": ("Two-flavour cone", "Egg custard and 70% dark chocolate.")},
        ),
        Item(
            "Cono al limone",
            "Limoni di Sorrento e nient'altro.",
            ("cone", "butter", "limone"),
            (Size("", 280),),
            {"en": ("Lemon cone", "Sorrento lemons and nothing else.")},
        ),
        Item(
            "Cono con la goccia",
            "Fiordilatte e fragola sotto il cioccolato caldo.",
            ("cone", "peach", "fiordilatte,fragola", "#d79a4c", "#5b3020"),
            (Size("", 390),),
            {"en": ("Dipped cone", "Fiordilatte and strawberry under warm chocolate.")},
        ),
        Item(
            "Cono menta e cioccolato",
            "Menta piperita di Pancalieri.",
            ("cone", "mint", "menta,cioccolato"),
            (Size("", 340),),
            {"en": ("Mint chocolate cone", "Peppermint from Pancalieri.")},
        ),
        Item(
            "Cono mango e caffè",
            "Sembra strano. Provatelo.",
            ("cone", "rose", "mango,caffe"),
            (Size("", 340),),
            {"en": ("Mango and coffee cone", "It sounds odd. Try it.")},
        ),
    ),
)
HOME = Shelf(
    "Da portare a casa",
    {"en": "To take home"},
    (
        Item(
            "Vaschetta",
            "Fino a quattro gusti, nel polistirolo: due ore di tenuta. Scrivete i gusti nella nota.",
            ("tub", "sage"),
            (Size("500 g", 1100, 30), Size("750 g", 1550, 24), Size("1 kg", 2000, 18)),
            {"en": ("Tub", "Up to four flavours, insulated: keeps for two hours. Write the flavours in the note.")},
        ),
        Item(
            "Vaschetta senza latte",
            "Mirtillo e limone, sorbetti di sola frutta.",
            ("tub", "lilac", "mirtillo,limone"),
            (Size("500 g", 1150, 9), Size("1 kg", 2100, 3)),
            {"en": ("Dairy-free tub", "Blueberry and lemon, pure fruit sorbets.")},
        ),
        Item(
            "Stecco fondente",
            "Fiordilatte ricoperto di fondente e granella di nocciola.",
            ("stick", "sand"),
            (Size("Uno", 300, 40), Size("Confezione da 4", 1080, 10)),
            {"en": ("Dark chocolate bar", "Fiordilatte in dark chocolate with hazelnut.")},
        ),
        Item(
            "Stecco lampone",
            "Sorbetto di lampone sotto il cioccolato bianco.",
            ("stick", "rose", "#f3dfe0", "#ef7f8d", "#d3475e"),
            (Size("", 300, 0),),
            {"en": ("Raspberry bar", "Raspberry sorbet under white chocolate.")},
        ),
    ),
)
CAKES = Shelf(
    "Torte e semifreddi",
    {"en": "Cakes"},
    (
        Item(
            "Torta gelato al pistacchio",
            "Pistacchio, pan di Spagna e lamponi. Si ordina il giorno prima.",
            ("whole_cake", "mint", "#b9c77a", "#6f8a3a", "#c8394d"),
            (Size("6 persone", 2800, 3), Size("10 persone", 4200, 2)),
            {"en": ("Pistachio gelato cake", "Pistachio, sponge and raspberries. Order a day ahead.")},
        ),
        Item(
            "Torta gelato al cioccolato",
            "Fondente, nocciola, croccante.",
            ("whole_cake", "peach", "#5b3020", "#3a1a0e", "#e2a33c"),
            (Size("6 persone", 2800, 4), Size("10 persone", 4200, 1)),
            {"en": ("Chocolate gelato cake", "Dark chocolate, hazelnut, brittle.")},
        ),
        Item(
            "Semifreddo al torroncino",
            "Morbido, con miele e mandorle.",
            ("slice_of_cake", "sand", "#e6c79a", "#fff8ea", "#d9a441"),
            (Size("Fetta", 450, 8), Size("Intero", 2400, 2)),
            {"en": ("Nougat semifreddo", "Soft, with honey and almonds.")},
        ),
        Item(
            "Zuppa inglese",
            "Il dolce di Bologna, al bicchiere: alchermes, crema, cioccolato.",
            ("pudding", "rose", "#b3324a", "#f7dd92"),
            (Size("", 420, 11),),
            {"en": ("Zuppa inglese", "Bologna's trifle: alchermes, custard, chocolate.")},
        ),
    ),
)
BAR = Shelf(
    "Al banco",
    {"en": "At the counter"},
    (
        Item(
            "Affogato",
            "Fiordilatte affogato nell'espresso.",
            ("affogato", "sand"),
            (Size("", 420),),
            {"en": ("Affogato", "Fiordilatte drowned in espresso.")},
        ),
        Item(
            "Brioche col tuppo",
            "Brioche siciliana, due gusti a scelta nella nota.",
            ("brioche", "butter"),
            (Size("", 480, 14),),
            {"en": ("Brioche with gelato", "Sicilian brioche, two flavours of your choice in the note.")},
        ),
        Item(
            "Granita al limone",
            "Alla messinese, con brioche a parte.",
            ("granita", "sky"),
            (Size("", 350),),
            {"en": ("Lemon granita", "Messina style.")},
        ),
        Item(
            "Granita alla fragola",
            "Fragole di Romagna, da aprile a settembre.",
            ("granita", "rose", "#ef7f8d", "#d3475e"),
            (Size("", 350),),
            {"en": ("Strawberry granita", "Strawberries from Romagna, April to September.")},
        ),
        Item(
            "Espresso",
            "Miscela della torrefazione Terzi.",
            ("cup", "peach", "#b3324a", "#4a2815", ""),
            (Size("", 130),),
            {"en": ("Espresso", "Roasted by Terzi.")},
        ),
        Item(
            "Cappuccino",
            "Con latte fresco di Granarolo.",
            ("cup", "mint"),
            (Size("", 170),),
            {"en": ("Cappuccino", "With fresh milk.")},
        ),
        Item(
            "Crema spalmabile al pistacchio",
            "60% pistacchio, 190 g.",
            ("jar", "sage", "#9aab52", "#fff6e6", "#5e7d3a"),
            (Size("", 890, 2),),
            {"en": ("Pistachio spread", "60% pistachio, 190 g.")},
        ),
        Item(
            "Panettone gelato",
            "Torna a dicembre.",
            ("cupcake", "peach", "#c9803f", "#f7e6b8", "#8a1737"),
            (Size("", 2600, 0),),
            status="draft",
        ),
    ),
)

DIALOGUES = (
    Dialogue(
        (
            ("in", "Ciao"),
            ("bot", "welcome"),
            ("wait", "2"),
            ("in", "Mi serve una torta per 14 persone, sabato. Senza glutine si può?"),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "3"),
            ("in", "Compie 8 anni, va pazza per il pistacchio 🎈"),
        ),
        "needs_person",
        7,
        unread=2,
    ),
    Dialogue(
        (
            ("in", "Scusate, è arrivato un po' sciolto"),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "5"),
            (
                "staff",
                "Ciao, sono Nina. Mi dispiace tanto! Con questo caldo il fattorino doveva usare la borsa termica. Te ne rimando una subito, va bene?",
            ),
            ("wait", "2"),
            ("in", "Ma che gentili, grazie!"),
            ("wait", "1"),
            ("staff", "Figurati. È già partita, e ti ho aggiunto qualche punto."),
            ("wait", "25"),
            ("in", "Arrivata perfetta 😍"),
        ),
        "closed",
        60 * 20,
    ),
    Dialogue((("in", "punti"), ("bot", "points")), "open", 47),
    Dialogue(
        (
            ("in", "Avete il gusto fichi e ricotta?"),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "6"),
            ("staff", "Da domani! I fichi arrivano stamattina da Forlì."),
            ("wait", "4"),
            ("in", "Allora mettetemi da parte mezzo chilo, passo alle 18"),
        ),
        "with_person",
        13,
        unread=1,
    ),
    Dialogue(
        (("in", "buongiorno"), ("bot", "welcome"), ("wait", "1"), ("tap", "browse"), ("bot", "browse")), "open", 3
    ),
    Dialogue(
        (("in", "Fate anche eventi aziendali?"), ("tap", "agent"), ("bot", "person")), "needs_person", 120, unread=1
    ),
)

PLAN = ShopPlan(
    slug="fiordilatte",
    name="Fiordilatte",
    description="Gelato artigianale sotto i portici di Bologna: latte di montagna, frutta di stagione, niente fretta.",
    currency="EUR",
    country="IT",
    time_zone="Europe/Rome",
    language="it",
    phone="+390514180101",
    welcome="Gelato fatto ogni mattina. Ordina e paga qui in chat: ogni ordine ti regala punti.",
    terms=Terms(fee=250, free_over=2500, minimum=500, address="Via Santo Stefano 9, Bologna"),
    team=(
        Member("bianca", "Bianca Fabbri", "admin"),
        Member("dario", "Dario Monti", "manager"),
        Member("nina", "Nina Serra", "agent"),
    ),
    shelves=(CUPS, CONES, HOME, CAKES, BAR),
    people=BOLOGNA,
    dialogues=DIALOGUES,
    order_notes=(
        "Pistacchio, crema e fragola", "Citofono Venturi, secondo piano", "Senza panna, per favore", "Candelina numero 7",
        "Suonare due volte", "Un cucchiaino in più per il nonno", "Metà nocciola, metà limone",
    ),
    staff_notes=(
        "Intollerante al lattosio.", "Prende sempre il pistacchio.", "Ordina per l'ufficio il venerdì.",
        "Compleanno della figlia il 12 maggio.", "Preferisce ritirare dopo le 18.",
    ),
    tags=("abituale", "famiglia", "senza lattosio", "ufficio"),
    hours=(11, 22),
)  # fmt: skip
