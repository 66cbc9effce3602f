"""The Segments panel: what a page may be filtered by, and what it is filtered by now.

A view that lists things of a segment builds it of the enum fields at hand, and its template
includes `ingestion/segments_panel.html`, which takes nothing but `panel`::

    segment = Segment.of(request.GET.lists())
    context["panel"] = segments_panel.panel(request, segment, facets)

It is a form of the same page: the URL's other parameters are kept, but for those that count pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from accounts.access import ProjectRequest
from accounts.models import Project
from ingestion.models import SavedSegment
from ingestion.segments import MAX_QUERY, MAX_VALUES, Condition, Segment, shown
from ingestion.segments_saved import saved_segments

FIELDS, VALUES = 12, 8
"""Fields, and values of each, that are listed at first: what one looks through."""

MORE_VALUES = 500
"""Values of a field when more are asked for: what a browser shows without stutter."""

FOUND_VALUES = 20
"""Values of each field that a search lists at first."""

OWN = "panel."
FIND, ALL_FIELDS, VALUES_OF = "panel.find", "panel.fields", "panel.values"
"""What the URL says of the panel itself: a search, all fields, more values of one of them."""

_OF_A_PAGE = {"page", "before"}
_LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Facet:
    """An enum field, or the names of events where `key` is None, and what values it has."""

    key: str | None
    values: Sequence[tuple[str, int]]
    """Value, and in how many messages (or what the page counts); the commonest first."""
    others: int = 0
    """Values that are not listed here."""


@dataclass(frozen=True)
class Choice:
    """A value to filter by."""

    condition: Condition
    count: int | None
    """None where it is not known."""
    is_chosen: bool
    is_missing: bool
    """Whether nothing on the page has it."""

    @property
    def shown(self) -> str:
        return shown(self.condition.value)

    @property
    def title(self) -> str:
        """The value in full, where `shown` is cut."""
        full = shown(self.condition.value, len(self.condition.value))
        return full if full != self.shown else ""


@dataclass(frozen=True)
class Chip:
    """A condition that holds, and the URL of the view without it."""

    choice: Choice
    url: str


@dataclass(frozen=True)
class Group:
    """The values of a field."""

    name: str
    is_field: bool
    """False for the names of events."""
    choices: list[Choice]
    left_out: int
    is_asked_for: bool
    is_open: bool
    more_url: str
    """Empty where no more can be listed."""

    @property
    def chosen(self) -> int:
        return sum(choice.is_chosen for choice in self.choices)


@dataclass(frozen=True)
class Saved:
    """A saved segment, and the URL of the view in it."""

    saved: SavedSegment
    url: str
    is_current: bool


@dataclass(frozen=True)
class Panel:
    """All that the template shows."""

    project: Project
    path: str
    url: str
    segment: Segment
    noun: str
    chips: list[Chip]
    groups: list[Group]
    has_fields: bool
    left_out: int
    """Fields that are not listed."""
    kept: list[tuple[str, str]]
    """The other parameters of the form."""
    find: str
    is_open: bool
    all_fields_url: str
    clear_url: str
    saved: list[Saved]

    max_name: ClassVar = SavedSegment._meta.get_field("name").max_length
    max_values: ClassVar = MAX_VALUES
    max_query: ClassVar = MAX_QUERY

    @property
    def is_saved(self) -> bool:
        return any(each.is_current for each in self.saved)


def panel(
    request: ProjectRequest, segment: Segment, facets: Sequence[Facet], noun: str = "messages"
) -> Panel:
    """Build the panel of a page. `noun` is what the facets count."""
    return _View(request, segment, facets).panel(noun)


class _View:
    """A page as its URL says."""

    def __init__(self, request: ProjectRequest, segment: Segment, facets: Sequence[Facet]) -> None:
        self.request, self.segment, self.facets = request, segment, facets
        lists = [
            (name, value)
            for name, values in request.GET.lists()
            if name not in _OF_A_PAGE and Condition.of(name, "x") is None
            for value in values
        ]
        self.page = [(name, value) for name, value in lists if not name.startswith(OWN)]
        self.find = " ".join(request.GET.get(FIND, "").split())[:_LONGEST_SEARCH]
        self.values_of = request.GET.get(VALUES_OF, "")
        self.all_fields = bool(request.GET.get(ALL_FIELDS))
        self.is_open = any(name.startswith(OWN) for name, _ in lists)

    def panel(self, noun: str) -> Panel:
        found = [self._group(facet) for facet in self._with_chosen()]
        matching = [group for group in found if group.choices or not self.find]
        groups = [group for place, group in enumerate(matching) if self._is_listed(group, place)]
        state = self._state()
        return Panel(
            project=self.request.project,
            path=self.request.path,
            url=self._url(self.segment),
            segment=self.segment,
            noun=noun,
            chips=[
                Chip(choice, self._url(self.segment.toggled(choice.condition), state))
                for group in found
                for choice in group.choices
                if choice.is_chosen
            ],
            groups=groups,
            has_fields=bool(found),
            left_out=len(matching) - len(groups),
            kept=[*self.page, *state.items()],
            find=self.find,
            is_open=self.is_open,
            all_fields_url=self._more_url({ALL_FIELDS: "all"}),
            clear_url=self._url(Segment()),
            saved=[
                Saved(each, self._url(each.segment), each.query == self.segment.query)
                for each in saved_segments(self.request.project)
            ],
        )

    def _state(self) -> dict[str, str]:
        """What the panel shows more of; the search is a control of its own."""
        state = {VALUES_OF: self.values_of, ALL_FIELDS: "all" if self.all_fields else ""}
        return {name: value for name, value in state.items() if value}

    def _url(self, segment: Segment, state: dict[str, str] | None = None) -> str:
        others = urlencode([*self.page, *(state or {}).items()])
        return f"?{'&'.join(part for part in (others, segment.query) if part)}"

    def _more_url(self, more: dict[str, str]) -> str:
        """The same view and search, with more of the panel."""
        return self._url(self.segment, ({FIND: self.find} if self.find else {}) | more)

    def _with_chosen(self) -> list[Facet]:
        """The facets, and an empty one for each chosen field that has none."""
        known = {facet.key for facet in self.facets}
        chosen = dict.fromkeys(condition.key for condition in self.segment)
        return [*self.facets, *(Facet(key, ()) for key in chosen if key not in known)]

    def _group(self, facet: Facet) -> Group:
        parameter = Condition(facet.key, "").parameter
        is_asked_for = self.values_of == parameter
        limit = MORE_VALUES if is_asked_for else FOUND_VALUES if self.find else VALUES
        matching = self._matching(facet)
        listed = dict(matching[:limit])
        chosen = [value for key, value in self.segment if key == facet.key]
        counts = dict(facet.values) if chosen else listed
        added = [value for value in chosen if value not in listed]
        left_out = sum(value not in added for value, _ in matching[limit:])
        choices = [
            Choice(
                Condition(facet.key, value),
                counts.get(value),
                is_chosen=value in chosen,
                is_missing=not counts.get(value, facet.others),
            )
            for value in (*added, *listed)
        ]
        more = {VALUES_OF: parameter} | ({ALL_FIELDS: "all"} if self.all_fields else {})
        return Group(
            name="Event name" if facet.key is None else shown(facet.key),
            is_field=facet.key is not None,
            choices=choices,
            left_out=left_out + (0 if self.find else facet.others),
            is_asked_for=is_asked_for,
            is_open=bool(chosen or self.find or is_asked_for),
            more_url=self._more_url(more) if left_out and not is_asked_for else "",
        )

    def _matching(self, facet: Facet) -> Sequence[tuple[str, int]]:
        """The values of a facet that the search finds: all of them, if it finds the field."""
        words = self.find.casefold()
        if words in (facet.key or "event name").casefold():
            return facet.values
        return [pair for pair in facet.values if words in pair[0].casefold()]

    def _is_listed(self, group: Group, place: int) -> bool:
        return place < FIELDS or self.all_fields or group.is_asked_for or group.chosen > 0
