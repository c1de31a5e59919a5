"""Hindi news made up by arithmetic, for measuring what a large corpus costs: nothing in it was ever published.

Article ``n`` of a seed is the same whenever it is asked for, and in whatever order. Words follow Zipf's law, the
frequent ones real, the rare ones made of syllables, so that there are more of them the more is written; each article
brings a name of its own. Eight of a hundred articles are exact copies of an earlier one at another outlet, seven are
edited copies (another dateline and headline, words changed, the end cut off), most of them at another outlet.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from cleaners.model import Article, Block, Removal
from newsharvest.items import Page

SITES = 40
EXACT, EDITED = 0.08, 0.07  # shares of all articles
SAME_OUTLET = 0.15  # of the edited ones
MOST_WORDS = 200_000  # that may occur beside the names; in a small corpus fewer
MEDIAN_LENGTH, SPREAD = 320, 0.5  # of the lognormal number of words: the mean is about 360
BEGIN, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)

_FREQUENT = """
के में की है से को का और पर ने एक यह भी कि इस हैं लिए नहीं कर हो था कहा साथ बाद रहे गया वह किया अपने जो रहा ही तो या दिया
थे थी करने तक कुछ उन्होंने इसके उनके हुए होने किसी वाले दो अब लोगों गई सरकार उनकी बताया जा बीच इसे रही जाता सकता लोग समय
देश दिन साल पुलिस मामले जांच राज्य जिला गांव पानी किसान मंत्री बैठक अधिकारी काम सड़क स्कूल बच्चे अस्पताल बिजली बाजार कीमत
चुनाव दल नेता सदन विधायक योजना विभाग न्यायालय फैसला आदेश सुनवाई वकील शिक्षा परीक्षा छात्र शिक्षक विश्वविद्यालय परिणाम
मौसम बारिश तापमान नदी बांध फसल मंडी भाव सोना चांदी रुपये करोड़ लाख हजार प्रतिशत बैंक कंपनी उद्योग निवेश रोजगार व्यापार
खेल टीम मैच कप्तान गेंदबाज बल्लेबाज रन विकेट पदक खिलाड़ी कोच फिल्म अभिनेता गीत संगीत दर्शक पुस्तक लेखक कला मेला त्योहार
मंदिर यात्रा रेल ट्रेन स्टेशन विमान बस चालक दुर्घटना घायल आग चोरी गिरफ्तार आरोपी थाना हत्या शव परिवार महिला युवक मां पिता
बेटा बेटी भाई घर शहर क्षेत्र केंद्र प्रदेश राजधानी विकास निर्माण भवन पुल ठेका जमीन मकान कर बजट विपक्ष आरोप सवाल जवाब
बयान घोषणा समिति रिपोर्ट आंकड़े सेना जवान सीमा सुरक्षा हमला समझौता विदेश दौरा राष्ट्रपति प्रधानमंत्री मुख्यमंत्री आयोग
स्वास्थ्य डॉक्टर मरीज दवा टीका बीमारी विशेषज्ञ शोध वैज्ञानिक उपग्रह मोबाइल इंटरनेट जनता धरना प्रदर्शन मांग ज्ञापन
कार्यकर्ता संगठन अध्यक्ष सचिव सदस्य कार्यक्रम आयोजन उद्घाटन सम्मान पुरस्कार पहले आज कल शुक्रवार सोमवार मंगलवार बुधवार
गुरुवार शनिवार रविवार सुबह शाम रात महीने सप्ताह नया पुराना बड़ा छोटा पहला दूसरा तीसरा अधिक कम सभी कई हर जल्द तुरंत
"""
FREQUENT = tuple(_FREQUENT.split())
# What desks write again and again: texts that are not alike have them in common.
FORMULAS = (
    "पुलिस ने मामला दर्ज कर जांच शुरू कर दी है।",
    "शव को पोस्टमार्टम के लिए जिला अस्पताल भेज दिया गया है।",
    "अधिकारियों ने कहा कि दोषियों के खिलाफ सख्त कार्रवाई की जाएगी।",
    "मामले की अगली सुनवाई अगले महीने होगी।",
    "मौसम विभाग ने अगले दो दिन तक हल्की बारिश का अनुमान जताया है।",
    "इस अवसर पर बड़ी संख्या में लोग उपस्थित रहे।",
    "घटना की सूचना मिलते ही पुलिस मौके पर पहुंच गई।",
    "उन्होंने कहा कि सरकार किसानों की समस्याओं को लेकर गंभीर है।",
)
CITIES = ("नई दिल्ली", "लखनऊ", "पटना", "जयपुर", "भोपाल", "रांची", "देहरादून", "शिमला", "रायपुर", "मुंबई")
AGENCIES = ("भाषा", "वार्ता", "आईएएनएस")
SECTIONS = ("देश", "राज्य", "खेल", "कारोबार", "मनोरंजन", "विदेश")
JUNK = (
    ("also-read/label", "यह भी पढ़ें: {} में {} को लेकर बैठक"),
    ("share/buttons", "शेयर करें"),
    ("comments/invitation", "अपनी राय नीचे लिखें"),
    ("bylines/updated", "अपडेटेड {} बजे"),
    ("ads/label", "विज्ञापन"),
)
OUTSIDE = (("strips/menu", 14), ("strips/footer", 9), ("trafilatura/not-body", 22))
_CONSONANTS = "कखगघचछजझटठडढतथदधनपफबभमयरलवशसह"
_SIGNS = ("", "ा", "ि", "ी", "ु", "ू", "े", "ै", "ो", "ौ", "ं", "ां", "ें")


@dataclass(frozen=True, slots=True)
class Story:
    """What an article is made from: its own words, in paragraphs of sentences, before anything is edited."""

    headline: str
    paragraphs: tuple[tuple[str, ...], ...]
    name: str


class Corpus:
    """The articles of a seed; ``total`` spreads their dates over two years."""

    def __init__(self, total: int, seed: int = 1) -> None:
        self.total, self.seed = total, seed
        self._words = _vocabulary(min(2000 + total // 2, MOST_WORDS))
        self._weights = list(accumulate(1 / (rank + 2.7) ** 1.05 for rank in range(len(self._words))))
        self._story = lru_cache(maxsize=64)(self._make_story)

    def article(self, n: int) -> tuple[Page, Article]:
        """Return article ``n`` (from 0) as its site's page, without a body, and as what cleaning would give."""
        chance = self._chance(n)
        kind, source = self.descent(n)
        story = self._story(source)
        site = self._site(chance, n)
        if kind != "own" and site == self._site(self._chance(source), source) and chance.random() >= SAME_OUTLET:
            site = f"khabar{(int(site[6:]) + 1) % SITES:02}"
        paragraphs, headline = story.paragraphs, story.headline
        if kind == "edited":
            headline, paragraphs = self._edit(chance, story)
        lines = [" ".join(sentences) for sentences in paragraphs]
        published = BEGIN + (END - BEGIN) * (n / self.total) + timedelta(minutes=chance.randrange(90))
        url = f"https://{site}.example/{SECTIONS[n % len(SECTIONS)]}/{n:07}.html"
        page = Page(
            url, site, published + timedelta(minutes=20), "text/html", "utf-8", b"", f"{n:032x}", published, url
        )
        agency = AGENCIES[source % len(AGENCIES)] if kind != "own" or source % 4 == 0 else None
        return page, Article(
            url=url, site=site, title=headline, summary=lines[0][:160], authors=(f"{story.name} संवाददाता",),
            agency=agency, section=SECTIONS[n % len(SECTIONS)], image_url=f"https://{site}.example/{n}.jpg",
            published_at=published, published_source="json-ld", modified_at=None, language="hi", truncated=False,
            blocks=tuple(Block("paragraph", line, place) for place, line in enumerate(lines)),
            removals=self._removals(chance, len(lines)), outside=OUTSIDE,
        )  # fmt: skip

    def dump(self, n: int) -> str:
        """Return article ``n`` as text with what stands around it on a page, as in a dump that was never cleaned."""
        _, article = self.article(n)
        lines = ["होम", "देश", article.title or "", "शेयर करें", *(block.text for block in article.blocks)]
        for removal in article.removals:
            lines.insert(4 + removal.position % max(1, len(lines) - 4), removal.text)
        return "\n".join([*lines, "विज्ञापन", "सभी अधिकार सुरक्षित"]) + "\n"

    def query(self, n: int) -> str:
        """Return what a reader who looks for article ``n`` may type: a name, or two or three words of the story."""
        chance = random.Random(f"query {self.seed} {n}")
        story = self._story(self.descent(n)[1])
        told = [
            word for sentences in story.paragraphs for sentence in sentences for word in sentence.rstrip("।").split()
        ]
        content = [word for word in told if word not in _STOP and not word.isdigit()] or [story.name]
        shape = chance.random()
        if shape < 0.3:
            return story.name
        if shape < 0.5:
            return chance.choice(content)
        if shape < 0.8:
            return f"{story.name} {chance.choice(content)}" if shape < 0.6 else " ".join(chance.choices(content, k=2))
        return " ".join(chance.choices(content, k=3))

    def descent(self, n: int) -> tuple[str, int]:
        """Return whether article ``n`` is told by itself, copied or edited, and the article that it goes back to."""
        kind, source = "own", n
        while source:
            chance = random.Random(self.seed * 7919 + source * 2_000_003)
            share = chance.random()
            if share >= EXACT + EDITED:
                break
            if kind == "own":
                kind = "copied" if share < EXACT else "edited"
            source = max(0, source - 1 - min(int(chance.expovariate(1 / 400)), 5000))
        return ("own" if source == n else kind), source

    def _chance(self, n: int) -> random.Random:
        return random.Random(self.seed * 1_000_000_007 + n)

    def _site(self, chance: random.Random, n: int) -> str:
        return f"khabar{min(int(SITES * chance.random() ** 1.7), SITES - 1):02}"

    def _make_story(self, n: int) -> Story:
        chance = random.Random(self.seed * 15_485_863 + n * 31)
        name = _syllables(random.Random(n * 65_537 + self.seed), 3 + n % 3)
        length = max(60, min(int(MEDIAN_LENGTH * 2.718281828 ** chance.gauss(0, SPREAD)), 3000))
        words = chance.choices(self._words, cum_weights=self._weights, k=length)
        for place in range(chance.randrange(4, 12), length, chance.randrange(45, 90)):
            words[place] = name
        for place in range(chance.randrange(40), length, 45):
            words[place] = str(chance.randrange(2, 3000))
        sentences, place = [], 0
        while place < length:
            step = chance.randrange(8, 20)
            sentences.append(" ".join(words[place : place + step]) + "।")
            place += step
        for _ in range(chance.randrange(3)):
            sentences.insert(chance.randrange(len(sentences) + 1), chance.choice(FORMULAS))
        paragraphs = tuple(tuple(sentences[at : at + 3]) for at in range(0, len(sentences), 3))
        headline = " ".join([name, *chance.choices(self._words, cum_weights=self._weights, k=chance.randrange(6, 11))])
        return Story(headline, paragraphs, name)

    def _edit(self, chance: random.Random, story: Story) -> tuple[str, tuple[tuple[str, ...], ...]]:
        kept = list(story.paragraphs[: max(1, len(story.paragraphs) - chance.randrange(3))])
        kept[0] = (f"{chance.choice(CITIES)}: {kept[0][0]}", *kept[0][1:])
        changed = []
        for sentences in kept:
            words = [sentence.split() for sentence in sentences]
            for sentence in words:
                if chance.random() < 0.25:
                    sentence[chance.randrange(len(sentence))] = chance.choice(FREQUENT)
            changed.append(tuple(" ".join(sentence) for sentence in words))
        return f"{story.name}: " + " ".join(chance.sample(FREQUENT[60:], 6)), tuple(changed)

    def _removals(self, chance: random.Random, lines: int) -> tuple[Removal, ...]:
        removals = []
        for _ in range(chance.randrange(5)):
            rule, text = chance.choice(JUNK)
            text = text.format(chance.choice(FREQUENT), chance.choice(FREQUENT))
            removals.append(Removal("line", rule, (rule,), text, chance.randrange(lines + 1)))
        return tuple(removals)


_STOP = frozenset(FREQUENT[:60])


@lru_cache(maxsize=2)
def _vocabulary(size: int) -> list[str]:
    chance = random.Random(20)
    made = dict.fromkeys(FREQUENT)
    while len(made) < size:
        made[_syllables(chance, chance.choice((2, 2, 3, 3, 4)))] = None
    return list(made)


def _syllables(chance: random.Random, count: int) -> str:
    return "".join(chance.choice(_CONSONANTS) + chance.choice(_SIGNS) for _ in range(count))
