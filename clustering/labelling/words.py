"""Texts to words, and which words a phrase may hold: enough grammar to cut names from messages.

Own short lists for English, German, Spanish and French. In any other language words of at most
three letters stand for the small words that no list names.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from clustering.labelling.label import clean

Kind = Literal["content", "negation", "inner", "skipped", "breaking"]
"""A phrase begins with content or negation, ends with content, and may hold inner words; skipped
words vanish from it ("reset my password"), and it never reaches across a breaking word."""

NOT = "not"
"""All negations count as this word."""
LONGEST_WORD = 40
LONGEST_RUN = 24
"""Characters of a script that writes without spaces: a clause of it counts as one word."""
_LONGEST_TEXT = 1000
"""Characters of a text that are looked at."""

_REMEMBERED = 4_000
"""Words that are looked up once: most of what texts hold are a few that come again."""

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0900-\u0dff\u200c\u200d"
_LETTERS = rf"[^\W_]++(?:[{_MARKS}]++[^\W_]*+)*+"
_WORD = re.compile(
    rf"{_LETTERS}(?:(?:[’'&.+-]|(?<=\d):(?=\d)){_LETTERS})*(?:[+#]+|(?<=\b[a-zA-Z])'(?=\s))?"
)
_RUN = re.compile(rf"[{_UNSPACED}]")
_CLAUSE_END = re.compile(
    r"[.!?;:,…—–]+(?=\s|$)|(?<=[a-z])[.!?](?=[A-Z])|[()\[\]{}\"“”«»|<>/\\*=;。！？、，；：｡]|\s[-–—]\s"
)
_PRIVATE = re.compile(
    r"[a-z][a-z0-9+.-]{0,20}://\S*|www\.\S+|[^\s@]{1,64}@\S+"
    r"|[+#]?\d[\d .()-]{5,40}\d|\d{5,}",
    re.IGNORECASE,
)
_MAYBE_PRIVATE = re.compile(r"[\d@]|://|www\.", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{1,300}>")
_ELISION = re.compile(r"(?<![^\W_])(l|d|j|m|t|s|n|c|qu)[’'](?=[^\W_])", re.IGNORECASE)


class Word(NamedTuple):
    fold: str
    """Case-folded, without hyphens and dots."""
    surface: str
    kind: Kind


@dataclass(frozen=True, eq=False)
class Language:
    """Small words of a language, each list as one string. A word in none of them is content."""

    determiners: str
    """Articles and possessives: skipped, and what follows one is a noun."""
    skipped: str
    """Forms of *to be* and *to have*, fillers."""
    inner: str
    """Prepositions and conjunctions within a phrase."""
    breaking: str
    """Pronouns, modal verbs, requests."""
    negations: str = ""
    questions: str = ""
    """Words that begin a question that may be a name as it stands."""
    particles: str = ""
    """Inner words that may also end a phrase ("top up")."""
    tails: str = ""
    """Words that leave a phrase hanging where it ends with them, unless something is negated."""
    contracted: str = ""
    """Negated forms of *to be* and *to have*: names say "not" for them."""
    participles: tuple[str, ...] = ()
    """How most of them end."""
    compounds: str = ""
    """Words that a following "in" belongs to ("log in")."""
    conjunctions: str = ""
    """Inner words between two of a kind."""
    numerals: str = ""
    """Numbers from two, written out."""
    terse: bool = False
    """Whether an article may go after a preposition too ("charge on [my] statement")."""
    elides: bool = False
    """Whether l'eau is two words."""

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        kinds: dict[str, Kind] = {}
        lists: tuple[tuple[str, Kind], ...] = (
            (self.breaking, "breaking"),
            (self.questions, "breaking"),
            (self.inner, "inner"),
            (self.determiners, "skipped"),
            (self.skipped, "skipped"),
            (self.negations, "negation"),
            (self.contracted, "negation"),
        )
        for words, kind in lists:
            kinds.update(dict.fromkeys(words.split(), kind))
        return kinds

    @cached_property
    def determining(self) -> frozenset[str]:
        return frozenset(self.determiners.split())

    @cached_property
    def asking(self) -> frozenset[str]:
        return frozenset(self.questions.split())

    @cached_property
    def negating(self) -> frozenset[str]:
        return frozenset(self.contracted.split())

    @cached_property
    def compounding(self) -> frozenset[str]:
        return frozenset(self.compounds.split())

    @cached_property
    def hanging(self) -> frozenset[str]:
        return frozenset(self.tails.split())

    @cached_property
    def pairing(self) -> frozenset[str]:
        return frozenset(self.conjunctions.split())

    @cached_property
    def ending(self) -> frozenset[str]:
        return frozenset(self.particles.split())

    @cached_property
    def counting(self) -> frozenset[str]:
        return frozenset(self.numerals.split())


LANGUAGES = {
    "en": Language(
        determiners="a an the my your our his her their its this these those",
        skipped="""that any some own very really just please simply actually already still also is
            are was were been being am has have had having it's always often usually
            sometimes""",
        inner="""to of in on at by for with from about into as than and or after before between
            without per via up out off down over back through under within again near around
            during regarding relating until till across against among behind below above toward
            towards onto""",
        breaking="""i i'm i'd i've i'll im ive you you're u he she we they us him it me them one
            ones same well mean means made see do does did doing
            can could would will shall should may might must if then so but because while since
            there here such only even yet now need needed want wanted like know tell let let's give
            help wondering wonder think ok okay hi hello hey yes thanks gonna wanna gotta got get
            getting gets take takes make makes say says said go going thing things something
            anything someone anyone there's way able lot much many long show
            shows be both half almost possible required wish trying try tried tries seem seems
            appear appears yesterday today tomorrow tonight recently lately currently suddenly
            immediately finally putting looking look seeking searching hoping interested thank
            soon ahead ago moment took come reason reasons believe expect""",
        negations="""not no never doesn't didn't can't cannot won't don't couldn't cant dont didnt
            doesnt wont""",
        contracted="""isn't aren't wasn't weren't hasn't haven't hadn't isnt arent wasnt werent
            hasnt havent hadnt""",
        participles=("ed",),
        questions="""what which who when where why how what's whats where's how's is are was were
            that this there you yes no ok hi hello hey thanks""",
        particles="up out off back down",
        tails="""worked works went came happened located updated said told shown arrive arrives keep
            keeps kept too next last following first every each another all whole""",
        conjunctions="and or than",
        compounds="log logs logging logged sign signing signed opt opting opted",
        numerals="""two three four five six seven eight nine ten eleven twelve fifteen twenty thirty
            forty fifty sixty ninety hundred thousand""",
        terse=True,
    ),
    "de": Language(
        determiners="""der die das den dem des ein eine einen einem einer eines mein meine meinen
            meinem meiner dein deine ihr ihre ihren ihrem ihrer unser unsere euer eure sein seine
            dieser diese dieses diesen diesem""",
        skipped="""bitte mal schon noch auch sehr einfach eigentlich immer ist sind war waren bin
            habe hat haben hatte hatten wird werden wurde worden""",
        inner="""in im an am auf aus bei beim mit nach von vom vor zu zum zur für fuer über ueber
            unter ohne um durch gegen und oder als ab bis""",
        conjunctions="und oder als",
        breaking="""ich du er sie es wir man mir mich dir dich uns euch sich ihm ihn kann kannst
            können könnt könnte könnten konnte will willst wollen möchte möchten muss müssen soll
            sollte darf dürfen gibt geht hallo hi danke ja aber weil dass ob wenn denn dann doch so
            da hier jetzt nur etwas mehr viel hilfe helfen brauche bekomme bekommen mache machen
            machst""",
        negations="nicht kein keine keinen keinem keiner nie",
        questions="was wer wen wem wie wo wann warum wieso weshalb welche welcher welches welchen",
        numerals="""zwei drei vier fünf sechs sieben acht neun zehn elf zwölf fünfzehn zwanzig
            dreißig vierzig fünfzig sechzig hundert tausend""",
    ),
    "es": Language(
        determiners="""el la los las lo un una unos unas mi mis tu tus su sus nuestro nuestra este
            esta estos estas ese esa""",
        skipped="""eso esto por favor ya muy también aún todavía es son era fue está están estoy ser
            estar ha han he había sido""",
        inner="""de del a al en con por para sin sobre entre desde hasta y o e u como según tras
            contra""",
        conjunctions="y e o u",
        breaking="""yo tú usted él ella nosotros ustedes ellos ellas me te se le les nos puedo
            puedes puede pueden podría podrían quiero quisiera quería necesito necesita debo debe
            hay hola gracias sí pero porque si que entonces aquí ahora solo algo más mucho ayuda
            ayudar hacer hago tengo tiene tienes dar saber gustaría""",
        negations="no nunca",
        questions="qué quién cuál cuáles cuándo cuánto cuánta cuántos dónde cómo",
        numerals="""dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta
            cuarenta cincuenta sesenta cien mil""",
    ),
    "fr": Language(
        determiners="""le la les l un une des mon ma mes ton ta tes son sa ses notre nos votre vos
            leur leurs ce cet cette ces""",
        skipped="""svp très aussi déjà encore toujours est sont était étaient suis être été a ont
            avait avoir c'est""",
        inner="""de du d en à au aux avec sans pour par sur sous dans entre vers chez et ou comme
            depuis""",
        conjunctions="et ou",
        breaking="""je j j'ai tu il elle on nous vous ils elles me m te se s y lui peux peut pouvez
            puis pourrais pourriez veux voudrais souhaite dois doit faut faudrait bonjour salut
            merci oui mais parce que qu si alors ici maintenant juste quelque chose plus beaucoup
            aide aider faire fais ai as avez besoin savoir avoir plaît""",
        negations="ne n pas jamais aucun aucune n'est n'ai n'a",
        questions="quoi quel quelle quels quelles qui quand où comment pourquoi combien",
        numerals="""deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente
            quarante cinquante soixante cent mille""",
        elides=True,
    ),
}

SMALL_WORDS = frozenset(
    word
    for language in LANGUAGES.values()
    for words in (language.determiners, language.inner)
    for word in words.split()
)
"""Articles and prepositions. Those of any language are small words in texts of another too, which
may be mixed: no name ends with "sur le"."""

_UNKNOWN = Language(determiners="", skipped="", inner="", breaking="")
_HEARD = 40
"""Texts that tell the language of all."""
_SMALL_WORD = 3
"""Letters; in a language without lists."""
_RECOGNISED = 0.12
"""Share of small words from which a language counts as recognised."""
_SURE = 0.25
"""The same, to say that somebody answered in another one."""
_SAME_SCRIPT = 0.9
_JAPANESE = {"HIRAGANA", "KATAKANA"}


def language_of(texts: Sequence[str]) -> Language:
    """Return the language with most small words among the words of the first texts."""
    folds = Counter(fold for text in texts[:_HEARD] for fold in _folds(text))
    if not folds:
        return LANGUAGES["en"]
    found = {
        code: sum(folds[fold] for fold in language.kinds) for code, language in LANGUAGES.items()
    }
    best = max(found, key=lambda code: (found[code], code == "en"))
    if found[best] >= _RECOGNISED * folds.total() or (not found[best] and len(folds) < 10):
        return LANGUAGES[best]
    return LANGUAGES["en"] if _mostly_long(folds) else _UNKNOWN


def recognised(texts: Sequence[str]) -> str:
    """The code of the language that the texts are surely in; empty where that is not sure."""
    folds = Counter(fold for text in texts for fold in _folds(text))
    found = sorted(
        (sum(folds[fold] for fold in language.kinds), code) for code, language in LANGUAGES.items()
    )
    (second, _), (most, code) = found[-2:]
    return code if most >= _SURE * folds.total() and most >= 2 * second and most > 1 else ""


def script_of(texts: Sequence[str]) -> str:
    """The script of nine in ten letters of the texts ("LATIN"); empty if there is none."""
    scripts = Counter(
        unicodedata.name(char, "").split(" ")[0]
        for text in texts
        for char in text[:_LONGEST_TEXT]
        if char.isalpha()
    )
    for script in _JAPANESE & scripts.keys():
        scripts["CJK"] += scripts.pop(script)
    (script, count), *_ = scripts.most_common(1) or [("", 0)]
    return script if count >= _SAME_SCRIPT * scripts.total() else ""


def _mostly_long(folds: Counter[str]) -> bool:
    """Whether these are keywords rather than sentences: no small words of any language."""
    small = sum(count for fold, count in folds.items() if len(fold) <= _SMALL_WORD)
    return small < 0.1 * folds.total()


def _folds(text: str) -> Iterator[str]:
    for word in _WORD.findall(text[:_LONGEST_TEXT]):
        yield word.casefold().replace("’", "'")


def clauses(text: str, language: Language) -> Iterator[list[Word]]:
    """Cut a text into clauses of words. Markup, addresses and long numbers end a clause.

    Names are seen by every member of a project, so what may identify a person stays out.
    """
    plain = _TAG.sub(" | ", html.unescape(text[:_LONGEST_TEXT])).replace("\n", " | ")
    if language.elides:
        plain = _ELISION.sub(r"\1' ", plain)
    if _MAYBE_PRIVATE.search(plain):
        plain = _PRIVATE.sub(" | ", plain)
    for part in _CLAUSE_END.split(clean(plain)):
        words: list[Word] = []
        for surface in _WORD.findall(part):
            word = _classify(surface, language)
            if word is None:
                if words:
                    yield words
                words = []
            elif words and words[-1].fold in language.compounding and surface.lower() == "in":
                words.append(Word("in", surface, "content"))
            else:
                words.append(word)
        if words:
            yield words


def readable(text: str) -> str:
    """Return a text without markup, addresses and long numbers; it may be empty."""
    plain = _TAG.sub(" ", html.unescape(text[:_LONGEST_TEXT]))
    return clean(_PRIVATE.sub(" ", plain))


@lru_cache(_REMEMBERED)
def _classify(surface: str, language: Language) -> Word | None:
    """None for what is too long to be a word."""
    if _RUN.search(surface):
        return Word(surface[:LONGEST_RUN], surface[:LONGEST_RUN], "content")
    if len(surface) > LONGEST_WORD:
        return None
    fold = surface.casefold().replace("’", "'").removesuffix("'")
    kind = language.kinds.get(fold, "content")
    if kind == "negation":
        fold = NOT
    if fold in SMALL_WORDS and fold not in language.kinds:
        kind = "inner"
    if language is _UNKNOWN and len(fold) <= _SMALL_WORD and surface.islower():
        kind = "inner"
    return Word(fold.replace("-", "").replace(".", ""), surface, kind)
