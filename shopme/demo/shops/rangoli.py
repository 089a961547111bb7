"""Rangoli, a sari shop in Pune."""

from shopme.demo.plan import Dialogue, Item, Member, Shelf, ShopPlan, Size, Terms
from shopme.demo.shops.towns import PUNE

SILK = Shelf(
    "Silk saris",
    {"it": "Sari di seta"},
    (
        Item(
            "Banarasi katan silk",
            "Wine-red katan with gold buti all over and a heavy zari pallu. Woven in Varanasi in eleven days.",
            ("drape", "butter", "#8e1f3f", "#d8a93f", "buti"),
            (Size("With blouse piece", 1845000, 3),),
            {"it": ("Seta katan di Varanasi", "Rosso vino con fiori d'oro e un ricco pallu in zari.")},
        ),
        Item(
            "Kanjivaram, temple border",
            "Purple mulberry silk, contrast temple border, pure zari. Comes with a silk mark.",
            ("drape", "lilac", "#5c2a73", "#d8a93f", "diamond"),
            (Size("With blouse piece", 2260000, 2),),
        ),
        Item(
            "Yeola Paithani",
            "Peacock green with parrots and lotus on the pallu, handwoven at Yeola. A Maharashtrian bride's first wish.",
            ("drape", "mint", "#1f5a52", "#d8a93f", "paisley"),
            (Size("Single muniya", 1490000, 4), Size("Brocade", 3475000, 1)),
        ),
        Item(
            "Tussar with kantha work",
            "Raw honey-coloured tussar, kantha embroidery by hand from Shantiniketan.",
            ("drape", "sand", "#d9b077", "#7a3b2a", "flower", "#a8412f"),
            (Size("", 895000, 6),),
        ),
        Item(
            "Mysore crepe silk",
            "Light, fluid and plain, with a slim gold border. The one for long office days.",
            ("drape", "rose", "#b5245a", "#e6c25a", "stripes", "#d4668b"),
            (Size("Rani pink", 642000, 8), Size("Bottle green", 642000, 0)),
        ),
    ),
)
COTTON = Shelf(
    "Cotton & linen",
    {"it": "Cotone e lino"},
    (
        Item(
            "Bengal tant",
            "Crisp white cotton with a red border. Washes softer every year.",
            ("drape", "sage", "#f4efe2", "#b3242f", "stripes", "#d8c9a4"),
            (Size("", 165000, 22),),
        ),
        Item(
            "Pochampally ikat",
            "Double ikat diamonds in indigo and cream.",
            ("drape", "sky", "#22386b", "#e8e4d8", "diamond", "#f5f0e2"),
            (Size("Indigo", 348000, 9), Size("Rust", 348000, 5)),
        ),
        Item(
            "Jaipur block print",
            "Mul cotton, printed by hand with vegetable colours. Cool in May.",
            ("drape", "peach", "#f0d8c8", "#c9803f", "flower", "#b5506a"),
            (Size("", 189000, 17),),
        ),
        Item(
            "Ajrakh on modal",
            "Sixteen steps of printing and washing, in Kutch, by the Khatri family.",
            ("drape", "sand", "#243a5e", "#8e2b2b", "leaf", "#e0b48a"),
            (Size("", 275000, 7),),
        ),
        Item(
            "Chettinad checks",
            "Bold Karaikudi checks in mustard and aubergine.",
            ("drape", "butter", "#d99a2b", "#5a2350", "checks", "#8c3a5f"),
            (Size("", 212000, 13),),
        ),
        Item(
            "Handloom linen",
            "120 count linen with a silver zari edge. Irons itself, almost.",
            ("drape", "mint", "#a9c4b4", "#c9c9c2", "stripes", "#dfe9e1"),
            (Size("Sage", 295000, 10), Size("Blush", 295000, 3)),
        ),
        Item(
            "Lucknow chikankari",
            "White on white shadow work on cotton mul.",
            ("drape", "sky", "#f7f3ea", "#dcd3bd", "stitches", "#b9ae94"),
            (Size("", 468000, 2),),
        ),
    ),
)
PARTY = Shelf(
    "Festive & light",
    {"it": "Da festa"},
    (
        Item(
            "Bandhani georgette",
            "Thousands of tied dots on wine georgette, gota border.",
            ("drape", "rose", "#8a1c4f", "#f2b632", "dot", "#ffe9b8"),
            (Size("Wine", 425000, 6), Size("Mustard", 425000, 4)),
        ),
        Item(
            "Organza with hand paint",
            "Sheer powder-blue organza with painted peonies.",
            ("drape", "lilac", "#c4d8ea", "#e3cfd8", "flower", "#c2587c"),
            (Size("", 539000, 5, 610000),),
        ),
        Item(
            "Chanderi tissue",
            "Featherlight tissue that catches every lamp on Diwali.",
            ("drape", "peach", "#e9c67a", "#9a6a1c", "buti", "#fff3cf"),
            (Size("", 585000, 4),),
        ),
        Item(
            "Leheriya chiffon",
            "Waves of orange and white from Jaipur, for the monsoon.",
            ("drape", "butter", "#e8743b", "#2f6f63", "leheriya", "#fbe7c0"),
            (Size("", 236000, 12),),
        ),
        Item(
            "Ready-to-wear sari",
            "Pleats stitched in, hook and go: two minutes before the wedding.",
            ("drape", "sage", "#3f5f7f", "#d8a93f", "paisley", "#e8dcb8"),
            (Size("S", 315000, 5), Size("M", 315000, 6), Size("L", 315000, 0), Size("XL", 315000, 4)),
        ),
    ),
)
WITH_IT = Shelf(
    "Blouses & dupattas",
    {"it": "Bluse e dupatta"},
    (
        Item(
            "Brocade blouse, stitched",
            "Lined, padded, hooks in front. Alteration margin of two inches.",
            ("blouse", "peach"),
            (Size("34", 125000, 4), Size("36", 125000, 6), Size("38", 125000, 5), Size("40", 125000, 2)),
        ),
        Item(
            "Ikat blouse",
            "Round neck, elbow sleeves, goes with half your cupboard.",
            ("blouse", "sage", "#8e1f3f", "#d8a93f", "diamond"),
            (Size("34", 98000, 3), Size("36", 98000, 3), Size("38", 98000, 0)),
        ),
        Item("Leheriya dupatta", "Two and a half metres of colour.", ("stole", "sky"), (Size("", 89000, 14),)),
        Item(
            "Bandhani dupatta",
            "Silk, tied by hand in Bhuj.",
            ("stole", "butter", "#a3285c", "#e8b33c", "dot", "#fff3cf"),
            (Size("", 146000, 9),),
        ),
        Item(
            "Cotton lengths, set of three",
            "Two and a half metres each, for kurtas or cushions.",
            ("folded", "sand"),
            (Size("", 135000, 8),),
        ),
        Item(
            "Petticoat, cotton",
            "Six panels, drawstring, thirty colours: tell us which sari.",
            ("folded", "rose", "#22577a,#c9803f,#e9e2d0", "#e6c25a", "checks"),
            (Size("M", 45000), Size("L", 45000)),
        ),
    ),
)
FINISH = Shelf(
    "Finishing touches",
    {"it": "Accessori"},
    (
        Item(
            "Glass bangles, two dozen",
            "From Firozabad. Choose 2.4, 2.6 or 2.8.",
            ("bangles", "butter"),
            (Size("2.4", 32000, 11), Size("2.6", 32000, 15), Size("2.8", 32000, 1)),
        ),
        Item(
            "Jhumka earrings",
            "Gold-plated, with pearls and a ruby-red stone.",
            ("earrings", "rose"),
            (Size("", 118000, 7),),
        ),
        Item(
            "Potli bag",
            "Zardozi on velvet, big enough for a phone and a handkerchief.",
            ("pouch", "mint"),
            (Size("", 79000, 10),),
        ),
        Item("Gift box with ribbon", "We wrap it, you take the credit.", ("gift", "peach"), (Size("", 15000),)),
    ),
)

DIALOGUES = (
    Dialogue(
        (
            ("in", "Namaste, hello"),
            ("bot", "welcome"),
            ("wait", "1"),
            (
                "in",
                "I am looking for a Paithani for my sister's wedding on the 28th. Can you show me the pallu on video?",
            ),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "5"),
            ("in", "Budget around 35 thousand. Green or purple"),
        ),
        "needs_person",
        9,
        unread=2,
    ),
    Dialogue(
        (
            ("in", "Can you stitch the blouse as well? I will send a sample"),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "7"),
            (
                "staff",
                "Yes madam, our tailor Sharad ji needs six days. Fall and pico we do the same day, no charge. You can send the sample with Dunzo.",
            ),
            ("wait", "4"),
            ("in", "Perfect 👌 sending tomorrow morning"),
            ("wait", "2"),
            ("staff", "Lovely. Please keep a note inside with neck depth and sleeve length."),
            ("wait", "9"),
            ("in", "Done. Also do you have the same in rust?"),
        ),
        "with_person",
        22,
        unread=1,
    ),
    Dialogue(
        (
            ("in", "The colour is darker than in the picture"),
            ("tap", "agent"),
            ("bot", "person"),
            ("wait", "12"),
            (
                "staff",
                "Sorry to hear that, madam. Ikat indigo is deeper in daylight. We exchange within ten days, shall we pick it up tomorrow?",
            ),
            ("wait", "20"),
            ("in", "No no, my mother saw it and now she wants it 😄"),
            ("wait", "1"),
            ("staff", "Then it found the right person! I have added a few points for the trouble."),
        ),
        "closed",
        60 * 31,
    ),
    Dialogue((("in", "points"), ("bot", "points")), "open", 55),
    Dialogue((("in", "hi"), ("bot", "welcome"), ("wait", "2"), ("tap", "browse"), ("bot", "browse")), "open", 4),
    Dialogue(
        (("in", "Is COD available in Nashik?"), ("tap", "agent"), ("bot", "person")), "needs_person", 140, unread=1
    ),
)

PLAN = ShopPlan(
    slug="rangoli",
    name="Rangoli Saris",
    description="Handloom saris from eleven states, chosen by three generations of the Deshpande family in Pune.",
    currency="INR",
    country="IN",
    time_zone="Asia/Kolkata",
    language="en",
    phone="+912025531842",
    welcome="Handlooms from all over India, fall and pico included. Order here and we deliver in two days.",
    terms=Terms(fee=9900, free_over=200000, minimum=0, address="Shop 4, Laxmi Road, Sadashiv Peth, Pune 411030"),
    team=(
        Member("vidya", "Vidya Deshpande", "admin"),
        Member("omkar", "Omkar Deshpande", "manager"),
        Member("farah", "Farah Shaikh", "agent"),
    ),
    shelves=(SILK, COTTON, PARTY, WITH_IT, FINISH),
    people=PUNE,
    dialogues=DIALOGUES,
    order_notes=(
        "Gift wrap please, no bill inside", "Please do fall and pico", "Call before delivery", "Blouse 36, sleeves to the elbow",
        "Needed before Friday, it is for a puja", "Leave with the watchman", "Please match the petticoat",
    ),
    staff_notes=(
        "Blouse size 38, likes deep necks.", "Daughter's wedding in December.", "Prefers cotton; no synthetics.",
        "Teaches at Fergusson, orders for colleagues too.", "Asked to be told when new Paithanis come.",
    ),
    tags=("bridal", "handloom", "gift", "office wear"),
    hours=(10, 21),
)  # fmt: skip
