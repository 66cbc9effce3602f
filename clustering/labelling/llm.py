"""Name topics and themes with an LLM through Anthropic's Messages API, within a budget of tokens.

Logs and results never carry user text: a failure is one of a few words, an error its class and
status. What gets no usable answer has no label; the caller names it by keywords.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

import anthropic
from anthropic.types import Message, ToolChoiceParam, Usage

from clustering.labelling.examples import Examples, examples_digest
from clustering.labelling.label import LONGEST_NAME, Label, Tokens, name_key, sentence_case
from clustering.labelling.prompt import (
    SCHEMA,
    SYSTEM,
    SYSTEM_FOR_THEMES,
    TOOL,
    fault_of,
    fault_of_language,
    question,
    system_for,
)

log = logging.getLogger(__name__)

Failure = Literal["", "unusable", "refused", "unreachable", "rejected", "budget"]
"""`rejected`: the API answered with an error; `unreachable`: it gave no answer in time;
`unusable`: two answers in a row were unfit to be shown; `budget`: it was not asked."""

_ATTEMPTS = 2
_LONGEST_SYSTEM = max(SYSTEM, SYSTEM_FOR_THEMES, key=len)
_MOST_OUTPUT = 1500
"""Tokens of one answer; about 80 are needed, but a model may think first."""
_TOOL_TOKENS = 700
"""What the API adds to a request that holds a tool, and the tool's schema."""
_FAILURES_IN_A_ROW = 3
"""From which the API counts as down and the rest are not tried."""
_HOPELESS = (401, 402, 403, 404)
"""Statuses that would meet every request alike: a wrong key, no credit, an unknown model."""
_NO_JSON = (ValueError, RecursionError)
"""What reading JSON raises: it is none, or nested without end."""
_COUNTS = range(10_000_000)
"""Tokens that one request may be said to have cost."""


@dataclass(frozen=True)
class LLMSettings:
    api_key: str = field(repr=False)
    model: str
    base_url: str | None = None
    timeout: float = 30.0
    """Seconds for one attempt."""
    max_retries: int = 4
    """After 408, 409, 429, 5xx (529: overloaded) and timeouts, with growing pauses or as long as
    the answer's `retry-after` says."""
    max_workers: int = 4
    """Requests under way at once."""


@dataclass(frozen=True)
class LabelResult:
    label: Label | None
    tokens: Tokens
    """Spent on it, also when no label came of it."""
    examples_digest: str
    """Of what was shown; the same digest would be answered alike."""
    failure: Failure = ""
    requests: int = 0
    """Answered ones."""


def request_digest(examples: Examples, model: str) -> str:
    """Return what `LabelResult.examples_digest` will be, to compare before asking."""
    return examples_digest(examples, asked=f"{model}\n{system_for(examples)}")


def most_tokens(prompt: str) -> int:
    """The most that one request may cost: no token is shorter than a byte."""
    return len((_LONGEST_SYSTEM + prompt).encode()) + _TOOL_TOKENS + _MOST_OUTPUT


LEAST_TOKENS = most_tokens("")


def worst_case(subjects: Sequence[Examples], taken_names: Collection[str]) -> int:
    """A budget that allows one request about each, whatever it costs."""
    names = sorted(taken_names)
    longer = len(subjects) * 4 * LONGEST_NAME  # names that are given to the first of them
    return sum(most_tokens(question(examples, names)) + longer for examples in subjects)


def ask_for_labels(
    subjects: Sequence[Examples],
    settings: LLMSettings,
    *,
    taken_names: Collection[str] = (),
    budget: int | None = None,
) -> list[LabelResult]:
    """Ask for a label for each topic or theme; results in their order.

    `taken_names` are names of the dimension that are kept; no name returned reads
    like one of these or like another. Once `budget` tokens (input and output) might be passed,
    nothing more is asked. Raises nothing for what the API does or says.
    """
    # The client's debug lines show requests whole.
    client_log = logging.getLogger("anthropic")
    client_log.setLevel(max(logging.INFO, client_log.getEffectiveLevel()))
    with anthropic.Anthropic(
        api_key=settings.api_key,
        base_url=settings.base_url,
        timeout=settings.timeout,
        max_retries=settings.max_retries,
    ) as client:
        session = _Session(client, settings.model, taken_names, budget)
        with ThreadPoolExecutor(max(1, settings.max_workers), "labelling") as pool:
            return list(pool.map(session.label, subjects))


class _Session:
    """What the requests of one call of `ask_for_labels` share. Methods are thread-safe."""

    def __init__(
        self,
        client: anthropic.Anthropic,
        model: str,
        taken_names: Collection[str],
        budget: int | None,
    ) -> None:
        self._client = client
        self._model = model
        self._names = sorted(taken_names)
        self._keys = {name_key(name) for name in taken_names}
        self._left = budget
        self._failures = 0
        self._lock = threading.Lock()
        # A model that always thinks refuses to be forced (400); it is asked in words instead.
        self._choice: ToolChoiceParam = {"type": "tool", "name": TOOL}

    def label(self, examples: Examples) -> LabelResult:
        """Ask once, and once more if the answer is unfit to be shown."""
        digest = request_digest(examples, self._model)
        spent = Tokens()
        fault = clash = ""
        for answered in range(_ATTEMPTS):
            with self._lock:
                prompt = question(examples, self._names, fault, clash)
            if self._failures >= _FAILURES_IN_A_ROW:
                return LabelResult(None, spent, digest, "unreachable", answered)
            reserved = self._reserve(prompt)
            if reserved is None:
                return LabelResult(None, spent, digest, "budget", answered)
            answer = self._ask(system_for(examples), prompt)
            if isinstance(answer, str):
                self._settle(reserved, Tokens())
                return LabelResult(None, spent, digest, answer, answered)
            tokens = _tokens_of(answer)
            self._settle(reserved, tokens)
            spent += tokens
            if answer.stop_reason == "refusal":
                return LabelResult(None, spent, digest, "refused", answered + 1)
            name, description = _parse(answer)
            fault = fault_of(name, description) or fault_of_language(examples, name, description)
            clash = "" if fault else name
            fault = fault or self._claim(name)
            if not fault:
                label = Label(name, description, "llm", spent)
                return LabelResult(label, spent, digest, requests=answered + 1)
            log.info("labelling: answer not used: %s", fault)
        return LabelResult(None, spent, digest, "unusable", _ATTEMPTS)

    def _ask(self, system: str, prompt: str) -> Message | Failure:
        choice = self._choice
        try:
            answer = self._send(system, prompt, choice)
        except anthropic.BadRequestError as error:
            if choice["type"] == "auto":
                return self._failed(error)
            self._choice = {"type": "auto"}
            return self._ask(system, prompt)
        except (anthropic.AnthropicError, *_NO_JSON) as error:
            return self._failed(error)
        if not _is_message(answer):
            return self._failed(TypeError())
        self._failures = 0
        return answer

    def _send(self, system: str, prompt: str, choice: ToolChoiceParam) -> Message:
        return self._client.messages.create(
            model=self._model,
            max_tokens=_MOST_OUTPUT,
            system=system,
            messages=[{"role": "user", "content": prompt}],
            tools=[{"name": TOOL, "description": "Give the name.", "input_schema": SCHEMA}],
            tool_choice=choice,
        )

    def _failed(self, error: Exception) -> Failure:
        status = error.status_code if isinstance(error, anthropic.APIStatusError) else None
        log.warning("labelling: %s, status %s", type(error).__name__, status)
        with self._lock:
            self._failures += _FAILURES_IN_A_ROW if status in _HOPELESS else 1
        return "unreachable" if status is None else "rejected"

    def _reserve(self, prompt: str) -> int | None:
        """Take the most that a request may cost out of the budget, if it is there."""
        most = most_tokens(prompt)
        with self._lock:
            if self._left is None:
                return 0
            if self._left < most:
                return None
            self._left -= most
        return most

    def _settle(self, reserved: int, spent: Tokens) -> None:
        with self._lock:
            if self._left is not None:
                self._left += reserved - spent.total

    def _claim(self, name: str) -> str:
        """Take a name for good; says what is wrong if it is taken already."""
        with self._lock:
            if name_key(name) in self._keys:
                return "that name is taken"
            self._keys.add(name_key(name))
            self._names.append(name)
        return ""


def _is_message(answer: object) -> bool:
    """Whether this is what the API promises, as far as it is read here; the client lets other
    bodies through."""
    return (
        isinstance(answer, Message)
        and isinstance(getattr(answer, "usage", None), Usage)
        and isinstance(getattr(answer, "content", None), list)
        and all(count in _COUNTS for count in _counts(answer.usage))
    )


def _counts(usage: Usage) -> tuple[int, int, int, int]:
    """Tokens read, written to a cache, read from it, and answered."""
    cached = usage.cache_creation_input_tokens or 0, usage.cache_read_input_tokens or 0
    return usage.input_tokens, *cached, usage.output_tokens


def _tokens_of(answer: Message) -> Tokens:
    *read, written = _counts(answer.usage)
    return Tokens(sum(read), written)


def _parse(answer: Message) -> tuple[str, str]:
    """Return name and description, empty where the answer has none: unfit, like any other.

    They are in the tool's input; a model that was not forced to use it may write JSON instead.
    """
    found: object = None
    for block in answer.content:
        kind = getattr(block, "type", "")
        if kind == "tool_use" and getattr(block, "name", "") == TOOL:
            found = getattr(block, "input", None)
        elif kind == "text" and found is None:
            found = _json_in(getattr(block, "text", ""))
    if not isinstance(found, dict):
        return "", ""
    name, description = found.get("name"), found.get("description")
    if not isinstance(name, str) or not isinstance(description, str):
        return "", ""
    return sentence_case(name.strip()), description.strip()


def _json_in(text: object) -> object:
    if not isinstance(text, str):
        return None
    start, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[start : end + 1]) if 0 <= start < end else None
    except _NO_JSON:
        return None
