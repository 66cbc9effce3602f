"""What strangers send and members type, at its worst, on every page that shows it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, Page, expect

from accounts.models import ApiKey, Organization, Project, User
from accounts.services import NewTenant
from billing.selectors import terms_of
from clustering import pipeline
from clustering.models import Decision, Text, Theme, Topic
from ingestion.models import Field, FieldType, SavedSegment
from ingestion.payload import parse_event
from ingestion.services import accept
from tests.browser.axe import NARROW, OPEN_ALL, WIDE
from tests.browser.conftest import SignIn
from tests.browser.test_accessibility import links, pages, something_of_everything

pytestmark = pytest.mark.django_db(transaction=True)

WORST = "\u202e<script>alert(1)</script>\u200b😀=1+1{{7*7}}'\"" + "W" * 20_000
"""It turns what follows, runs, hides, calculates, and is a single word."""

SHORT = ["null", "None", "\0", "=1+1", "@SUM(A1)", "-", "\u202e", "<b>", "0", "مرحبا", "\u200b"]

SPREAD = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const isWide = (each) => each.getBoundingClientRect().right > innerWidth;
  const wide = [...document.querySelectorAll("body *")].filter(isWide);
  const innermost = wide.filter((each) => ![...each.children].some(isWide));
  return innermost.map((each) => each.outerHTML.slice(0, 90));
}"""
"""The innermost elements that reach beyond a window, if it scrolls sideways."""

TURNED = """(worst) => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const at = texts.currentNode.data.indexOf(worst.slice(0, 9));
    let place = texts.currentNode.parentElement;
    if (at < 0 || place.closest("script, option, textarea, title, .visually-hidden")) continue;
    place.querySelector(":scope > title")?.remove();
    const isOpen = ({display, unicodeBidi}) => display === "inline" && unicodeBidi === "normal";
    while (isOpen(getComputedStyle(place))) place = place.parentElement;
    const shown = place.innerText ?? place.textContent;
    const [line] = shown.slice(shown.indexOf(worst.slice(0, 9))).split("\\n");
    let same = 0;
    while (line[same] === worst[same] && same < line.length) same += 1;
    const turned = line.slice(same, same + 80);
    if (/[\\p{L}\\p{N}]/u.test(turned)) found.push(`${place.outerHTML.slice(0, 60)}: ${turned}`);
  }
  return found;
}"""
"""Where something follows the worst text in what it turns: up to the end of an isolated element."""


def worst(length: int, beginning: str = "") -> str:
    return (beginning + WORST)[:length]


@pytest.fixture
def arguments(
    tenant: NewTenant, owner: User, teammate: User, organization: Organization
) -> dict[str, object]:
    """A project in which whatever can be named has the worst name."""
    project = tenant.project
    arguments = something_of_everything(project, owner, teammate)
    _send(project)
    pipeline.drain(project)
    of = {"project": project}
    Field.objects.filter(**of, key=worst(200, "enum")).update(override=FieldType.ENUM)
    named = {"label": worst(80), "description": worst(300)}
    Topic.objects.filter(**of).update(**named, acted_on_note=worst(500))
    Theme.objects.filter(**of).update(**named)
    Text.objects.filter(**of).update(content=WORST)
    Decision.objects.filter(**of).update(summary=worst(300))
    SavedSegment.objects.filter(**of).update(name=worst(80))
    ApiKey.objects.filter(**of).update(name=worst(60))
    for key in ("prompt", "question"):
        Field.objects.filter(**of, key=key).update(key=worst(200, key))
    Project.objects.filter(organization=organization).update(name=worst(100))
    Organization.objects.filter(pk=organization.pk).update(name=worst(100))
    User.objects.update(name=worst(100))
    return arguments


def _send(project: Project) -> None:
    now = timezone.now()
    events = [
        parse_event(
            {
                "name": worst(200),
                "session_id": worst(200),
                "user_id": worst(200),
                "metadata": {"prompt": text, worst(200, "enum"): value, worst(200, "number"): 7},
            },
            now,
        )
        for value in (worst(200), *SHORT)
        for text in (f"What can be done with {value}", f"Why is there {value}")
    ]
    accept(project.pk, terms_of(project.organization), events, now)


def test_hostile_text_runs_nothing_turns_nothing_and_stays_within_the_window(
    page: Page, arguments: dict[str, object], owner: User, other_tenant: NewTenant, sign_in: SignIn
) -> None:
    dialogs: list[str] = []

    def noted(dialog: Dialog) -> None:
        dialogs.append(page.url)
        dialog.dismiss()

    page.on("dialog", noted)
    sign_in(page, owner)
    sent = links(other_tenant.organization, other_tenant.user, owner.email)
    found = []
    for address in [*pages(page, arguments, sent), *_of_the_worst(str(arguments["project"]))]:
        page.goto(address.replace("=question", f"={quote(worst(200, 'question'))}"))
        expect(page.locator("[hx-trigger=load]")).to_have_count(0)
        page.evaluate(OPEN_ALL)
        found += [f"{address} turns {each}" for each in page.evaluate(TURNED, WORST)]
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            found += [f"{address} is wide: {each}" for each in page.evaluate(SPREAD)[:3]]
    assert not found, "\n".join(found)
    assert dialogs == []


def _of_the_worst(project: str) -> list[str]:
    """Pages about somebody or something with the worst name."""
    name = quote(worst(200))
    prompt, enum = quote(worst(200, "prompt")), quote(worst(200, "enum"))
    return [
        f"/p/{project}/session/?id={name}",
        f"/p/{project}/sessions/?user_id={name}",
        f"/p/{project}/topics/?field={prompt}&q={quote(WORST[:200])}",
        f"/p/{project}/topics/?field={prompt}&days=all&where.{enum}={name}",
        f"/p/{project}/journeys/compare/?field={prompt}&where.{enum}={name}",
        f"/p/{project}/map/?field={prompt}",
    ]
