"""Crumb, a bakery in Cape Town."""

from shopme.demo.plan import Dialogue, Item, Member, Shelf, ShopPlan, Size, Terms
from shopme.demo.shops.towns import CAPE_TOWN

BREADS = Shelf(
    "Breads",
    {"it": "Pane"},
    (
        Item(
            "Country sourdough",
            "Our house loaf: stoneground flour, a starter older than the shop, 24 hours of patience and a dark crust.",
            ("boule", "sand"),
            (Size("Half", 4200, 18), Size("Whole", 7800, 24)),
            {
                "it": (
                    "Pane di campagna a lievito madre",
                    "Farina macinata a pietra, 24 ore di lievitazione, crosta scura.",
                )
            },
        ),
        Item(
            "Seeded rye",
            "Dense, moist and full of sunflower, flax and pumpkin seeds. Keeps for a week and toasts beautifully.",
            ("tin_loaf", "butter", "#7a4a22", "#b98a55", "#e9cf9b"),
            (Size("Loaf", 8600, 9), Size("Sliced", 8900, 5)),
        ),
        Item(
            "Black olive & rosemary boule",
            "Calamata olives folded into a rosemary dough. Best torn by hand.",
            ("boule", "sage", "#9b5a26", "#2e2019"),
            (Size("", 8900, 6),),
        ),
        Item(
            "Baguette",
            "Baked at six, at eleven and at three. The crackle is half the pleasure.",
            ("baguette", "peach"),
            (Size("", 3600, 30),),
        ),
        Item(
            "Ciabatta",
            "Wet dough, wild holes, olive oil from the Overberg.",
            ("ciabatta", "sage"),
            (Size("Pair", 4800, 14),),
        ),
        Item(
            "Milk bread",
            "Soft as a pillow. The one the children ask for.",
            ("tin_loaf", "sky", "#d08c45", "#fbf0d4"),
            (Size("", 5400, 0),),
        ),
    ),
)
PASTRIES = Shelf(
    "Pastries",
    {"it": "Sfoglie"},
    (
        Item(
            "Butter croissant",
            "Three days, twenty-seven layers, nothing but cultured butter.",
            ("croissant", "peach"),
            (Size("One", 3400, 40), Size("Box of four", 12800, 12)),
            {"it": ("Croissant al burro", "Tre giorni, ventisette strati, solo burro.")},
        ),
        Item(
            "Almond croissant",
            "Yesterday's croissant, a second life with frangipane and flaked almonds.",
            ("croissant", "butter", "#cf8a3a", "almond"),
            (Size("", 4600, 3),),
        ),
        Item(
            "Pain au chocolat",
            "Two batons of 55% chocolate in our croissant dough.",
            ("chocolate_roll", "sand"),
            (Size("", 3900, 22),),
        ),
        Item(
            "Cinnamon bun",
            "Rolled thin, baked soft, glazed while hot.",
            ("bun", "rose"),
            (Size("One", 3800, 26), Size("Tray of six", 21000, 4)),
        ),
        Item(
            "Koeksisters",
            "Plaited, fried and drowned in ginger syrup, the way Ouma did it. Sold by the half dozen.",
            ("braid", "butter"),
            (Size("Half dozen", 5200, 10), Size("Dozen", 9600, 6)),
        ),
        Item(
            "Chocolate chip cookies",
            "Crisp edge, soft heart, sea salt from Velddrif.",
            ("cookies", "sky"),
            (Size("Bag of five", 6500, 15),),
        ),
    ),
)
CAKES = Shelf(
    "Cakes & tarts",
    {"it": "Torte"},
    (
        Item(
            "Melktert",
            "Silky milk tart under a blanket of cinnamon. Serves eight.",
            ("tart", "butter"),
            (Size("Slice", 3800, 16), Size("Whole", 24500, 4)),
            {"it": ("Melktert, crostata al latte", "Crema di latte e cannella. Per otto persone.")},
        ),
        Item(
            "Carrot cake",
            "Pecans, pineapple and a proper cream cheese icing.",
            ("slice_of_cake", "mint"),
            (Size("Slice", 5500, 12), Size("Whole", 42000, 2, 46500)),
        ),
        Item(
            "Dark chocolate & berry cake",
            "Three layers of chocolate sponge, ganache and berries from the Koue Bokkeveld. Order a day ahead.",
            ("whole_cake", "rose"),
            (Size("18 cm", 52000, 3), Size("24 cm", 74000, 2)),
        ),
        Item(
            "Malva pudding",
            "Apricot sponge soaked in warm butter sauce. Comes with custard.",
            ("pudding", "peach"),
            (Size("For one", 4900, 11), Size("For six", 22500, 3)),
        ),
        Item(
            "Lemon drizzle loaf",
            "Sharp, sticky and gone by noon.",
            ("loaf_cake", "sky"),
            (Size("", 11500, 7),),
        ),
        Item(
            "Vanilla cupcake",
            "With a cherry. Or a candle, if you tell us the age.",
            ("cupcake", "lilac"),
            (Size("One", 3200, 20), Size("Box of six", 17500, 5)),
        ),
    ),
)
SAVOURY = Shelf(
    "Savoury",
    {"it": "Salato"},
    (
        Item(
            "Chicken & leek pie",
            "Free-range chicken, leeks, white wine, a lattice lid.",
            ("pie", "sage"),
            (Size("", 6800, 13),),
        ),
        Item(
            "Spinach & feta quiche",
            "A generous slice, warm or cold.",
            ("quiche", "mint"),
            (Size("Slice", 6200, 9), Size("Whole", 34000, 2)),
        ),
        Item(
            "Gatsby roll",
            "Masala steak, chips, atchar: the Cape Town classic on our own roll.",
            ("sandwich", "butter"),
            (Size("Half", 7900, 8), Size("Full", 14500, 8)),
        ),
    ),
)
PANTRY = Shelf(
    "Coffee & pantry",
    {"it": "Caffè e dispensa"},
    (
        Item(
            "Flat white",
            "Double shot, silky milk. Oat at no extra charge.",
            ("cup", "mint"),
            (Size("Regular", 3800), Size("Large", 4400)),
        ),
        Item(
            "Rooibos cappuccino",
            "Red espresso from the Cederberg, honey and cinnamon.",
            ("cup", "sand", "#c9803f", "#b5451f"),
            (Size("", 4200),),
        ),
        Item("Iced coffee", "Cold brew over milk ice.", ("glass", "sky"), (Size("", 4600),)),
        Item("Buttermilk rusks", "Twice baked, made for dunking. 500 g bag.", ("rusks", "sky"), (Size("", 8900, 21),)),
        Item("Youngberry jam", "From Elgin, with hardly any sugar. 330 g.", ("jar", "rose"), (Size("", 7200, 2),)),
        Item(
            "House espresso beans",
            "Roasted in Woodstock every Tuesday.",
            ("bag", "sand"),
            (Size("250 g", 12500, 12), Size("1 kg", 42500, 4)),
        ),
        Item(
            "Christmas mince pies",
            "Coming back in November.",
            ("pie", "rose", "#d3953f", "#5a2d1a"),
            (Size("Box of six", 12500, 0),),
            status="draft",
        ),
    ),
)

DIALOGUES = (
    Dialogue(
        (
            ("in", "Hi there"),
            ("bot", "welcome"),
            ("wait", "2"),
            ("in", "Can you write “Happy 60th Gogo” on the chocolate cake? I need it Saturday morning"),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "4"),
            ("in", "The 24 cm one please, there are 15 of us 🎂"),
        ),
        "needs_person",
        11,
        unread=2,
    ),
    Dialogue(
        (
            ("in", "points"),
            ("bot", "points"),
            ("wait", "1"),
            ("in", "Nice! When can I spend them?"),
            ("tap", "agent"),
            ("bot", "person"),
        ),
        "needs_person",
        38,
        unread=1,
    ),
    Dialogue(
        (
            ("in", "My croissants arrived completely squashed 😕"),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "6"),
            (
                "staff",
                "Hi, Lebo here from Crumb. So sorry! That must have been a rough ride. Shall I send four new ones tomorrow before eight, on us?",
            ),
            ("wait", "3"),
            ("in", "That would be lovely, thank you Lebo"),
            ("wait", "1"),
            ("staff", "Done. They leave with the first run, and I put some extra points on your card. 🥐"),
            ("wait", "2"),
            ("in", "You are the best ❤️"),
        ),
        "closed",
        60 * 26,
    ),
    Dialogue(
        (
            ("in", "Do you have gluten free bread?"),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "5"),
            (
                "staff",
                "Hello! Not yet, our flour is everywhere in the bakery, so we would rather not promise it. The flourless chocolate torte is back on Friday, though.",
            ),
            ("wait", "8"),
            ("in", "Ok good to know. How much is that one?"),
        ),
        "with_person",
        17,
        unread=1,
    ),
    Dialogue((("in", "hello"), ("bot", "welcome"), ("wait", "1"), ("tap", "browse"), ("bot", "browse")), "open", 6),
    Dialogue(
        (("in", "Howzit, are you open on Sunday?"), ("tap", "agent"), ("bot", "person")), "needs_person", 95, unread=1
    ),
)

PLAN = ShopPlan(
    slug="crumb",
    name="Crumb",
    description="A small bakery in Gardens, Cape Town. Sourdough, pastry and proper coffee since 2014.",
    currency="ZAR",
    country="ZA",
    time_zone="Africa/Johannesburg",
    language="en",
    phone="+27214180101",
    welcome="Fresh from six every morning. Order and pay right here; every order earns you points.",
    terms=Terms(fee=4500, free_over=45000, minimum=6000, address="31 Kloof Street, Gardens, Cape Town"),
    team=(
        Member("thandi", "Thandi Maseko", "admin"),
        Member("pieter", "Pieter Joubert", "manager"),
        Member("lebo", "Lebo Motaung", "agent"),
    ),
    shelves=(BREADS, PASTRIES, CAKES, SAVOURY, PANTRY),
    people=CAPE_TOWN,
    dialogues=DIALOGUES,
    order_notes=(
        "Gate code 4471", "Please slice the loaf", "No nuts please, my son is allergic", "Leave it with security",
        "Ring the bell twice", "It is a birthday, a candle would be great", "Oat milk in the coffee",
    ),
    staff_notes=(
        "Prefers delivery before 9.", "Nut allergy in the family.", "Orders for the office every Friday.",
        "Asked about a weekly bread subscription.", "Collects on a bicycle, pack it tight.",
    ),
    tags=("regular", "office", "allergy", "birthday club"),
    hours=(6, 17),
)  # fmt: skip
