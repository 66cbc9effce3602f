"""How one user words a conversation: which pattern, how long, in what manner."""

import random
from dataclasses import dataclass, field

from .phrases import CHATTER, GREETINGS, INTENTS, SLOTS, THANKS, Wording
from .phrases_asides import CLOSERS, EMOJI, OPENERS, PASTE_INTENTS, PASTES
from .phrases_slots import STICKY
from .population import User
from .wording import expand, type_out

COMMON_SHARE = 0.12
"""Of messages with an intent, those said in its common words."""
COMMON_SHARE_ASIDE = 0.42
"""The same for small talk."""
TWICE_SHARE = 0.24
"""Of messages with an intent, those that say it from two sides."""
JOINTS = (".", ".", ".", ". Also, ", ", ", " - ", "... ", " and ", "\n")
PASTE_SHARE = 0.04
"""Of messages that may carry a pasted text, those that do."""

ASIDES = (GREETINGS, CHATTER, *THANKS.values())


@dataclass
class Speaker:
    """A user in one conversation, who remembers what was said in it."""

    user: User
    rng: random.Random
    said: set[str] = field(default_factory=set)
    sticky: dict[str, str] = field(default_factory=dict)

    def message(self, intent: str, *, first: bool) -> str:
        """A wording of the intent that this conversation has not seen yet."""
        if intent in PASTE_INTENTS and self.user.writes == "en" and self.rng.random() < PASTE_SHARE:
            return self._pasted(intent)
        wording = INTENTS[intent].wordings[self.user.writes]
        for _ in range(8):
            text = self.say(wording, first=first)
            if text.lower() not in self.said:
                break
        self.said.add(text.lower())
        return text

    def say(self, wording: Wording, *, first: bool = False) -> str:
        """One message in the user's manner; a first one may be longer and politer."""
        rng, person = self.rng, self.user.habits
        common_share = COMMON_SHARE_ASIDE if wording in ASIDES else COMMON_SHARE
        if wording.common and rng.random() < common_share:
            text = rng.choice(wording.common)
            return text if person.lower_case or rng.random() < 0.5 else text[:1].upper() + text[1:]
        text = self._expand(rng.choice(wording.patterns))
        if wording not in ASIDES and rng.random() < TWICE_SHARE:
            text = self._twice(text, wording)
        if first and self.user.writes == "en":
            text = self._framed(text)
        return type_out(text, person, rng, emoji=EMOJI)

    def _twice(self, text: str, wording: Wording) -> str:
        """The same matter from a second side, as people do who want to be understood."""
        second = self._expand(self.rng.choice(wording.patterns))
        if second == text or second.startswith(("Hi,", "Hello")):
            return text
        joint = self.rng.choice(JOINTS if self.user.writes == "en" else (".",))
        if joint == ".":
            return f"{_sentence(text)} {second[:1].upper()}{second[1:]}"
        return f"{text.rstrip('.?!')}{joint}{_lower_start(second)}"

    def _framed(self, text: str) -> str:
        """With a greeting before and a remark behind it, mostly by the polite."""
        rng, polite = self.rng, self.user.habits.polite
        greets = text.startswith(("Hi", "Hello"))
        if not greets and rng.random() < (0.45 if polite else 0.02):
            opener = rng.choice(OPENERS)
            text = f"{opener} {_lower_start(text) if opener.endswith(',') else text}"
        if rng.random() < (0.35 if polite else 0.03):
            text = f"{_sentence(text)} {self._expand(rng.choice(CLOSERS))}"
        return text

    def _pasted(self, intent: str) -> str:
        """A request followed by a long text that the user pasted in."""
        paste = self.rng.choice(PASTES)
        first = self.rng.randrange(len(paste) // 2)
        lines = [self._expand(line) for line in paste[first : self.rng.randint(first + 6, 20)]]
        glue = self.rng.choice((" ", "\n"))
        return f"{self.rng.choice(PASTE_INTENTS[intent])}{glue}{glue.join(lines)}"

    def _expand(self, pattern: str) -> str:
        used: set[str] = set()

        def fill(name: str) -> str:
            if name == "device":
                name = f"device_{self.user.platform}"
            elif name == "plan_name":
                name = f"plan_name_{self.user.plan}"
            word = self.sticky.get(name) or self.rng.choice(SLOTS[name])
            if word in used:
                fresh = [other for other in SLOTS[name] if other not in used]
                word = self.rng.choice(fresh or SLOTS[name])
            if name in STICKY:
                self.sticky.setdefault(name, word)
            used.add(word)
            return word

        return expand(pattern, self.rng, fill, language=self.user.writes)


def _lower_start(text: str) -> str:
    """The text as it goes on behind a comma: "How" becomes "how", "I" and "API" stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _sentence(text: str) -> str:
    return text if text[-1] in ".?!" else f"{text}."
