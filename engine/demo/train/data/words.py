"""Words, names and values that dialogues are filled with.

A word is held out (`eval` only) when its checksum says so; training never sees it, whatever skill draws it.
"""

import random
import string
import zlib

COMMON = """apple river window garden yellow silver mountain paper candle bridge winter summer spring autumn orange purple green table chair
lamp pencil bottle camera rocket planet island forest desert ocean valley meadow castle village harbor market station engine wagon bicycle tiger
lion rabbit eagle falcon dolphin whale turtle spider beetle butter honey pepper sugar coffee lemon cherry banana mango papaya walnut almond
carrot potato tomato onion garlic spinach pumpkin basket blanket pillow mirror ladder hammer needle thread button zipper jacket sweater mitten
scarf sandal helmet compass anchor lantern whistle trumpet violin guitar piano drum flute copper bronze marble granite crystal diamond emerald
ruby sapphire cotton velvet leather linen silk wool quick gentle brave clever honest humble jolly kind lively merry noble proud quiet rapid
silent tender warm wise young ancient bright calm dark early fresh golden happy icy joyful large mild narrow open plain rough simple tall
walk jump carry build paint write listen travel gather measure follow answer borrow climb dance explore finish greet hurry invite juggle knit
learn mend notice offer plant quilt rest sing teach unlock visit wander yawn zoom letter number story picture music secret question answer
morning evening midnight weekend holiday birthday breakfast dinner supper picnic journey voyage adventure puzzle riddle game contest prize
doctor teacher farmer baker sailor pilot painter singer writer dancer engineer scientist lawyer nurse soldier captain king queen prince wizard
dragon giant pirate robot ghost monster fairy knight hunter thief merchant builder gardener cook tailor shoemaker clerk cashier driver guard
report invoice ticket order budget project meeting schedule agenda summary contract payment customer supplier product warehouse shipment parcel
server network database cluster kernel thread process memory storage buffer cache packet router socket token stream engine model layer tensor
file folder document message channel password keyboard screen printer battery cable sensor switch signal antenna radio satellite telescope
and the of with for from into over under after before while about between against without within because although however therefore
red blue black white pink brown grey violet crimson amber ivory indigo teal olive navy maroon beige coral turquoise
cat dog horse sheep goat cow pig duck goose hen frog snail worm bee ant fly moth crab shrimp shark salmon trout herring owl crow robin sparrow
seven eleven twelve twenty hundred thousand first second third half double single many few several
yes no maybe always never often sometimes today tomorrow yesterday now later soon once twice again hello world test example sample demo""".split()
FIRST = """Anna Ben Clara David Emma Felix Greta Hugo Ida Jonas Karla Leo Mia Nils Olga Paul Rosa Simon Tara Uwe Vera Walter Xenia Yusuf Zoe Maria
John Alice Bob Carol Eve Frank Grace Henry Iris Jack Kate Liam Nora Oscar Priya Quinn Ravi Sofia Tom Uma Victor Wendy Aisha Chen Diego Elena
Fatima Hiro Ingrid Juan Kofi Lena Mohamed Nadia Omar Pedro Ruth Sven Thandi Viktor Yuki Zara Marco Julia Peter Laura Daniel Sarah Lucas Hannah""".split()
LAST = """Smith Meyer Garcia Rossi Novak Kim Singh Tanaka Okafor Larsen Dubois Costa Petrov Haddad Nguyen Silva Weber Jansen Moreau Kowalski
Brown Taylor Walker Young Baker Hill Green Adams Clark Lopez Khan Ali Cohen Berg Lund Fischer Wagner Becker""".split()
CITIES = """Paris Berlin Tokyo London Madrid Rome Vienna Oslo Dublin Lisbon Prague Warsaw Athens Cairo Nairobi Lagos Mumbai Delhi Beijing Seoul
Sydney Toronto Boston Chicago Denver Seattle Austin Miami Dallas Lima Bogota Quito Santiago Zurich Geneva Munich Hamburg Cologne Milan Naples
Turin Porto Seville Valencia Lyon Nice Bordeaux Brussels Antwerp Ghent Utrecht Rotterdam Copenhagen Stockholm Helsinki Tallinn Riga Vilnius
Budapest Zagreb Sofia Bucharest Istanbul Ankara Tehran Dubai Doha Karachi Lahore Dhaka Bangkok Hanoi Manila Jakarta Perth Auckland Honolulu
Reykjavik Edinburgh Glasgow Cardiff Bristol Leeds York Bergen Malmo Gdansk Krakow""".split() + [
    "New York", "San Francisco", "Los Angeles", "Cape Town", "Hong Kong", "Rio de Janeiro", "Buenos Aires", "Mexico City", "São Paulo",
    "Kuala Lumpur", "Abu Dhabi", "Salt Lake City", "Zürich", "Köln", "Málaga"]
COUNTRIES = """France Germany Japan England Spain Italy Austria Norway Ireland Portugal Poland Greece Egypt Kenya Nigeria India China Korea
Australia Canada Peru Colombia Chile Switzerland Belgium Denmark Sweden Finland Estonia Latvia Hungary Croatia Turkey Iran Thailand Vietnam
Brazil Argentina Mexico Morocco Ghana""".split()
LANGUAGES = "English German French Spanish Italian Dutch Polish Swedish Turkish Arabic Hindi Japanese Korean Chinese Greek Finnish Czech".split()
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
SMALL = """a an the this that these those my your his her its our their i you he she it we they me him us them who what which where when why how
is am are was were be been has have had do does did will would can could should may might must not never no yes and or but so if then than because
in on at to from by with about into over under after before of for up down out off again there here now very too also just only still even old new
good bad big little long short high low next last first other same own few more most some any each every all both such much many
see say go come take make know think look want give use find tell ask work seem feel try leave call need keep let begin help show hear play run
move live believe bring happen write sit stand lose pay meet include continue set learn change lead understand watch follow stop create speak read
spend grow open walk win teach offer remember love consider appear buy serve die send build stay fall cut reach kill raise
time year people way day man thing woman life child world school state family student group country problem hand part place case week company
system program question work government number night point home water room mother area money story fact month lot right study book eye job word
business issue side kind head house service friend father power hour game line end member law car city name team minute idea kid body back parent
sky sun moon fox dog cat tree rain snow wind fire sea road hello please thanks friend tonight brown lazy jumps over sails""".split()
STRANGE = "éèüöäßñçåøłžşı" + "абвгдежзиклмнопрст" + "αβγδελμνπρστω" + "日本語中文字東京大学山川"
SYLLABLES = [a + b for a in ["b", "br", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "pl", "qu", "r",
                             "s", "sh", "st", "t", "th", "tr", "v", "w", "y", "z", ""]
             for b in ["a", "an", "ar", "e", "el", "en", "i", "in", "is", "o", "on", "or", "u", "um", "y", "ax", "ick", "op"]]


def held_out(word: str) -> bool:
    """Whether a word is kept for the held-out prompts."""
    return zlib.crc32(word.lower().encode()) % 12 == 0


PIECES = {}


class Words:
    """Draws of words and values. `unseen` draws held-out words, otherwise only the others."""

    def __init__(self, rng: random.Random, pieces: list[str], unseen: bool):
        self.rng, self.pieces, self.unseen = rng, pieces, unseen

    def kept(self, word: str) -> bool:
        """On the right side of the hold-out. A word of one piece is never held out: its token must be learnt."""
        if word.lower() in PIECES.setdefault(id(self.pieces), frozenset(self.pieces)):
            return not self.unseen
        return held_out(word) == self.unseen

    def pick(self, draw) -> str:
        """A draw on the right side of the hold-out."""
        for _ in range(400):
            word = draw()
            if self.kept(word):
                return word
        return word

    def made_up(self) -> str:
        """A word of random pieces of the tokenizer or of syllables; nobody has seen it."""
        kind = self.rng.random()
        if kind < 0.08:
            return self.rng.choice(self.pieces)
        if kind < 0.6:
            return "".join(self.rng.choices(self.pieces, k=self.rng.choice((1, 1, 2, 2, 3))))
        if kind < 0.93:
            return "".join(self.rng.choices(SYLLABLES, k=self.rng.choice((1, 2, 2, 3, 4))))
        if kind < 0.97:
            return "".join(self.rng.choices(STRANGE, k=self.rng.randrange(1, 7)))
        return "".join(self.rng.choices(string.ascii_lowercase, k=self.rng.randrange(2, 9)))

    def word(self) -> str:
        """A lower-case word."""
        return self.pick(lambda: self.rng.choice(COMMON) if self.rng.random() < 0.35 else self.made_up())

    def cased(self) -> str:
        """A word in some case."""
        word, kind = self.word(), self.rng.random()
        return word if kind < 0.7 else word.capitalize() if kind < 0.92 else word.upper()

    def words(self, low: int, high: int) -> list[str]:
        """Different words."""
        if self.rng.random() < 0.04 and high <= 12:
            return self.rng.sample(string.ascii_lowercase, self.rng.randint(low, high))
        if self.rng.random() < 0.12:
            return self.rng.sample(sorted(set(SMALL)), self.rng.randint(low, high))
        n, out = self.rng.randint(low, high), []
        while len(out) < n:
            word = self.cased() if self.rng.random() < 0.3 else self.word()
            if word not in out:
                out.append(word)
        return out

    def sentence(self) -> str:
        """Something that reads like a sentence."""
        r, w = self.rng, self.word
        article = r.choice(["the", "a", "my", "your", "this", "every", "our", "one"])
        forms = [
            lambda: " ".join(r.choice(SMALL) if r.random() < 0.8 else w() for _ in range(r.randint(3, 11))),
            lambda: " ".join(r.choice(SMALL) for _ in range(r.randint(2, 12))),
            lambda: " ".join(r.choice(SMALL) if r.random() < 0.6 else r.choice([w(), w(), str(r.randint(0, 99)), self.name(), self.city()]) for _ in range(r.randint(3, 12))) + r.choice(["", ".", "!", "?"]),
            lambda: f"{article} {w()} {w()} {r.choice(['is', 'was', 'likes', 'sees', 'needs', 'finds', 'has'])} {r.choice(['the', 'a', 'no'])} {w()}",
            lambda: f"{self.name()} {r.choice(['and', 'or', 'met', 'saw', 'called'])} {self.name()} {r.choice(['in', 'near', 'from'])} {self.city()}",
            lambda: " ".join(self.words(2, 7)),
            lambda: f"{w()} {r.choice(['of', 'with', 'and', 'for', 'in'])} {w()}, {w()} and {w()}",
            lambda: f"I {r.choice(['have', 'want', 'saw', 'bought', 'lost'])} {r.randint(2, 99)} {w()}s {r.choice(['in', 'at', 'near'])} {self.city()}",
        ]
        text = r.choice(forms)()
        return text[0].upper() + text[1:] if r.random() < 0.5 else text

    def title(self) -> str:
        """A short title of one to four words."""
        words = self.words(1, 4)
        return " ".join(words) if self.rng.random() < 0.6 else " ".join(w.capitalize() for w in words)

    def name(self) -> str:
        """A first name, sometimes made up."""
        return self.pick(lambda: self.rng.choice(FIRST) if self.rng.random() < 0.5 else self.made_up().capitalize())

    def full_name(self) -> str:
        """First and last name."""
        last = self.pick(lambda: self.rng.choice(LAST) if self.rng.random() < 0.5 else self.made_up().capitalize())
        return f"{self.name()} {last}"

    def one_name(self) -> str:
        """First name, or first and last."""
        return self.name() if self.rng.random() < 0.5 else self.full_name()

    def city(self) -> str:
        """A city, sometimes made up."""
        return self.pick(lambda: self.rng.choice(CITIES) if self.rng.random() < 0.6 else self.made_up().capitalize())

    def country(self) -> str:
        """A country, sometimes made up."""
        return self.pick(lambda: self.rng.choice(COUNTRIES) if self.rng.random() < 0.6 else self.made_up().capitalize())

    def language(self) -> str:
        """A language."""
        return self.pick(lambda: self.rng.choice(LANGUAGES) if self.rng.random() < 0.7 else self.made_up().capitalize())

    def date(self) -> str:
        """An ISO date."""
        r = self.rng
        return f"20{r.randint(20, 39)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"

    def day(self) -> str:
        """A day in words."""
        r = self.rng
        return r.choice([r.choice(DAYS), f"{r.choice(MONTHS)} {r.randint(1, 28)}", f"{r.randint(1, 28)} {r.choice(MONTHS)}",
                         "tomorrow", "today", f"next {r.choice(DAYS)}"])

    def time(self) -> str:
        """A time of the day."""
        r = self.rng
        return r.choice([f"{r.randint(0, 23):02}:{r.randint(0, 59):02}", f"{r.randint(1, 12)}:{r.choice(['00', '15', '30', '45'])}",
                         f"{r.randint(1, 12)} {r.choice(['am', 'pm'])}", f"{r.randint(1, 12)}{r.choice(['am', 'pm'])}"])

    def integer(self) -> int:
        """Mostly small."""
        r = self.rng
        return r.choice([r.randint(0, 12), r.randint(2, 99), r.randint(100, 999), r.randint(1000, 99999)])

    def decimal(self) -> float:
        """With one or two digits after the point."""
        r = self.rng
        return round(r.uniform(0, 500), r.choice((1, 2)))

    def email(self) -> str:
        """An address."""
        r = self.rng
        host = r.choice(["example.com", "example.org", f"{self.word()}.com", f"mail.{self.word()}.net"])
        return f"{r.choice([self.name().lower(), f'{self.name()}.{self.word()}'.lower(), self.word()])}@{host}"

    def url(self) -> str:
        """An address of a page."""
        r = self.rng
        return r.choice(["https://", "http://", "https://www."]) + f"{self.word()}.{r.choice(['com', 'org', 'net', 'io'])}" + r.choice(
            ["", "/", f"/{self.word()}", f"/{self.word()}/{r.randint(1, 99)}"])

    def path(self) -> str:
        """A file name, sometimes with folders."""
        r = self.rng
        name = f"{self.identifier()}.{r.choice(['txt', 'py', 'rs', 'md', 'json', 'toml', 'csv', 'js', 'c', 'html'])}"
        return r.choice(["", "", f"{self.word()}/", "src/", f"{self.word()}/{self.word()}/", "/tmp/"]) + name

    def identifier(self) -> str:
        """One to three words in some code style."""
        r = self.rng
        words = [self.word() for _ in range(r.choice((1, 1, 2, 2, 3)))]
        words = [w for w in words if w.isascii() and w.isalpha()] or [r.choice(SYLLABLES) + "o"]
        style = r.random()
        if style < 0.65:
            return "_".join(words)
        if style < 0.85:
            return words[0] + "".join(w.capitalize() for w in words[1:])
        return "-".join(words)

    def code(self) -> str:
        """An order number, symbol or other code."""
        r = self.rng
        letters = "".join(r.choices(string.ascii_uppercase, k=r.randint(1, 4)))
        return r.choice([letters, f"{letters}-{r.randint(1, 9999)}", f"{letters}{r.randint(1, 999)}", f"#{r.randint(1, 99999)}",
                         f"{r.randint(100, 999)}-{r.randint(100, 999)}", "".join(r.choices("0123456789abcdef", k=r.randint(4, 8)))])
