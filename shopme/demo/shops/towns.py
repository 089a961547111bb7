"""The towns the demo's customers live in."""

from shopme.demo.plan import People

CAPE_TOWN = People(
    first=(
        "Thandeka", "Pieter", "Naledi", "Johan", "Aisha", "Sipho", "Carla", "Mandla", "Lerato", "Zanele", "Ruan", "Fatima",
        "Kagiso", "Annelie", "Bongani", "Chantal", "Yusuf", "Nomvula", "Gareth", "Ayanda", "Liezl", "Themba", "Priya",
        "Dineo", "Craig", "Nosipho", "Imraan", "Marike", "Tshepo", "Robyn", "Vusi", "Shireen", "Hennie", "Palesa",
    ),
    last=(
        "Nkosi", "van der Merwe", "Dlamini", "Jacobs", "Naidoo", "Mokoena", "Botha", "Petersen", "Khumalo", "Adams",
        "Ndlovu", "Smith", "Mahlangu", "Davids", "Venter", "Zulu", "Abrahams", "Molefe", "Pillay", "Steyn", "Williams",
        "Sithole", "Fortuin", "Govender", "Coetzee", "Tshabalala", "Hendricks", "Mbeki", "Erasmus", "Cele",
    ),
    prefixes=("+2782", "+2783", "+2784", "+2772", "+2773", "+2776", "+2761", "+2779"),
    digits=7,
    streets=(
        "12 Kloof Street, Gardens, Cape Town", "48 Roeland Street, Zonnebloem, Cape Town", "7 Lower Main Road, Observatory",
        "103 Bree Street, Cape Town", "26 Wale Street, Bo-Kaap", "5 Albert Road, Woodstock", "31 Regent Road, Sea Point",
        "9 Main Road, Rondebosch", "64 Long Street, Cape Town", "18 Camp Street, Gardens", "2 Victoria Road, Camps Bay",
        "77 Beach Road, Mouille Point", "14 Rose Street, Bo-Kaap", "40 Durham Avenue, Salt River",
        "21 Newlands Avenue, Newlands", "3 Palmyra Road, Claremont", "55 Hall Road, Sea Point",
    ),
    centre=(-33.9249, 18.4241),
)  # fmt: skip

PUNE = People(
    first=(
        "Aditi", "Rohan", "Sneha", "Meera", "Kavita", "Priyanka", "Anjali", "Sanjay", "Pooja", "Deepa", "Nikhil", "Swati",
        "Lakshmi", "Rekha", "Neha", "Vaishali", "Amit", "Shalini", "Ishita", "Manasi", "Gauri", "Sunita", "Ritu", "Tejas",
        "Asha", "Bhavna", "Charulata", "Divya", "Jyoti", "Komal", "Madhuri", "Nandini", "Radhika", "Sayali", "Urmila",
    ),
    last=(
        "Kulkarni", "Deshpande", "Joshi", "Patil", "Shah", "Iyer", "Gokhale", "Mehta", "Nair", "Deshmukh", "Apte", "Rao",
        "Kale", "Phadke", "Bhosale", "Chavan", "Sharma", "Gupta", "Ranade", "Sathe", "Jadhav", "Reddy", "Menon", "Banerjee",
        "Agarwal", "Pawar", "Limaye", "Khan", "D'Souza", "Thakkar",
    ),
    prefixes=("+9198220", "+9198500", "+9199220", "+9197650", "+9188888", "+9190110", "+9177090", "+9196730"),
    digits=5,
    streets=(
        "Flat 12, Prabhat Road, Erandwane, Pune 411004", "B-304, Karve Nagar, Pune 411052", "7 Law College Road, Pune 411004",
        "Row House 5, Aundh, Pune 411007", "21 Bhandarkar Road, Deccan, Pune 411004", "A-1102, Baner Road, Pune 411045",
        "16 Koregaon Park Lane 5, Pune 411001", "C-8, Sahakar Nagar, Pune 411009", "42 Kothrud, Paud Road, Pune 411038",
        "9 Boat Club Road, Pune 411001", "Flat 3, Model Colony, Pune 411016", "D-55, Viman Nagar, Pune 411014",
        "128 Sadashiv Peth, Pune 411030", "18 Salunke Vihar, Pune 411048",
    ),
    centre=(18.5204, 73.8567),
)  # fmt: skip

BOLOGNA = People(
    first=(
        "Giulia", "Marco", "Francesca", "Luca", "Chiara", "Andrea", "Martina", "Matteo", "Elena", "Davide", "Sara", "Alessandro",
        "Valentina", "Federico", "Irene", "Lorenzo", "Silvia", "Simone", "Anna", "Giacomo", "Beatrice", "Riccardo", "Laura",
        "Tommaso", "Cecilia", "Pietro", "Caterina", "Stefano", "Alice", "Emanuele", "Margherita", "Nicola", "Camilla", "Filippo",
    ),
    last=(
        "Rossi", "Bianchi", "Ferrari", "Fabbri", "Monti", "Gualandi", "Mazzanti", "Zanardi", "Venturi", "Guidi", "Neri",
        "Montanari", "Cavazza", "Lambertini", "Marchesi", "Bortolotti", "Galli", "Sarti", "Tassinari", "Benassi", "Poggi",
        "Vaccari", "Landi", "Melloni", "Grandi", "Orsi", "Cremonini", "Bassi", "Pedrini", "Zucchini",
    ),
    prefixes=("+39333", "+39338", "+39347", "+39349", "+39320", "+39328", "+39340", "+39348"),
    digits=7,
    streets=(
        "Via Santo Stefano 43, Bologna", "Via San Felice 91, Bologna", "Via Zamboni 12, Bologna", "Via del Pratello 58, Bologna",
        "Via Mascarella 7, Bologna", "Via Saragozza 120, Bologna", "Strada Maggiore 24, Bologna", "Via Mazzini 66, Bologna",
        "Via Andrea Costa 33, Bologna", "Via Orfeo 15, Bologna", "Via Murri 88, Bologna", "Via San Vitale 51, Bologna",
        "Via Castiglione 29, Bologna", "Viale Oriani 10, Bologna", "Via Belle Arti 40, Bologna",
    ),
    centre=(44.4949, 11.3426),
)  # fmt: skip
