"""Pages where people decide about topics, and take decisions back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import ProjectRequest, project_page
from accounts.csv_files import download
from accounts.listing import query_listing
from clustering import jobs, services
from clustering.curation import shaping, undoing
from clustering.curation.parts import MOST_PARTS
from clustering.curation.shaping import DecisionRefused
from clustering.curation.splitting import suggest
from clustering.forms import ActForm, MergeForm, MoveForm, RenameForm
from clustering.models import Decision, DecisionKind, Text, Theme, Topic
from clustering.reports import exports
from ingestion.models import FieldType

SHOWN_WITH_A_TOPIC = 20


@project_page()
@require_POST
def merge(request: ProjectRequest, topic: int) -> HttpResponse:
    """Merge another topic into this one."""
    found = _topic(request, topic)
    form = MergeForm(found, request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a topic of the same dimension that is still there.")
        return _to_topic(request, topic)
    with refusals_told(request):
        decision = shaping.merge([form.cleaned_data["other"]], found, request.user)
        offer_undo(request, decision, f"{decision}. Later runs keep them together.")
    return _to_topic(request, topic)


@project_page()
@require_http_methods(["GET", "POST"])
def split(request: ProjectRequest, topic: int) -> HttpResponse:
    """The parts that a topic may be split into; POST splits it into as many as are shown."""
    found = _topic(request, topic)
    size = request.POST.get("parts") or request.GET.get("parts", "")
    wanted = int(size) if size in {str(number) for number in range(MOST_PARTS + 1)} else None
    suggestion = None if found.retired_at else suggest(found, wanted)
    if request.method == "POST" and suggestion:
        with refusals_told(request):
            parts = [part.new for part in suggestion.parts[1:]]
            decision = shaping.split(found, parts, request.user)
            jobs.label(found.field_id).enqueue()
            offer_undo(request, decision, f"{decision}. Later runs keep them apart.")
            return _to_topic(request, topic)
    context = {"topic": found, "suggestion": suggestion}
    return render(request, "clustering/curation/split.html", context)


@project_page()
@require_POST
def pin(request: ProjectRequest, topic: int) -> HttpResponse:
    pinned = request.POST.get("pinned") == "yes"
    return _marked(request, _topic(request, topic), services.pin, pinned)


@project_page()
@require_POST
def hide(request: ProjectRequest, topic: int) -> HttpResponse:
    hidden = request.POST.get("hidden") == "yes"
    return _marked(request, _topic(request, topic), services.hide, hidden)


@project_page()
@require_POST
def act(request: ProjectRequest, topic: int) -> HttpResponse:
    """Mark a topic as acted on, with a note; or clear the mark."""
    found = _topic(request, topic)
    form = ActForm(request.POST)
    if request.POST.get("clear"):
        return _marked(request, found, services.clear_acted_on)
    if not form.is_valid():
        messages.error(request, "The note is too long: 500 characters at most.")
        return _to_topic(request, topic)
    return _marked(request, found, services.act_on, form.cleaned_data["note"])


@project_page()
@require_http_methods(["GET", "POST"])
def move(request: ProjectRequest, text: int) -> HttpResponse:
    """Say which topic a text belongs to."""
    known = Text.objects.filter(project=request.project, field__type=FieldType.TEXT)
    found = get_object_or_404(known.select_related("field", "topic"), pk=text)
    form = MoveForm(found.field, found.topic_id, request.POST or None)
    if form.is_valid():
        with refusals_told(request):
            decision = shaping.move(found, form.cleaned_data["topic"], request.user)
            offer_undo(request, decision, f"{decision}. Later runs leave it there.")
            return _to_subject(request, decision)
    return render(request, "clustering/curation/move.html", {"text": found, "form": form})


@project_page()
@require_http_methods(["GET", "POST"])
def rename_theme(request: ProjectRequest, theme: int) -> HttpResponse:
    """Give a theme a name; or return to Turret's."""
    found = _theme(request, theme)
    form = RenameForm.of(found, request.POST or None)
    try:
        if request.POST.get("reset"):
            services.reset_name(found, request.user)
            jobs.label(found.field_id).enqueue()
            messages.success(request, "The name is Turret’s again.")
            return _to_theme(request, found)
        if form.is_valid():
            decision = services.rename(found, **form.cleaned_data, user=request.user)
            offer_undo(request, decision, f"{decision}. Later runs keep it.")
            return _to_theme(request, found)
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
        return _to_theme(request, found)
    return render(request, "clustering/curation/rename_theme.html", {"theme": found, "form": form})


@project_page()
@require_GET
def decisions(request: ProjectRequest) -> HttpResponseBase:
    """What people decided about topics in a project, the latest first."""
    listed = query_listing(request, _decisions(request).order_by("-pk"), "summary")
    if request.GET.get("format") == "csv":
        rows = exports.decision_rows(listed.rows)
        return download(request, request.project, "decisions", exports.DECISION_COLUMNS, rows)
    return render(request, "clustering/curation/decisions.html", {"listing": listed})


@project_page()
@require_http_methods(["GET", "POST"])
def undo(request: ProjectRequest, decision: int) -> HttpResponse:
    """Ask whether to undo a decision; POST does."""
    found = get_object_or_404(_decisions(request), pk=decision)
    if request.method == "GET":
        return render(request, "clustering/curation/undo.html", {"decision": found})
    try:
        undoing.undo(found, request.user)
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("undo_decision", request.project.slug, found.pk)
    if found.kind == DecisionKind.RENAME:
        jobs.label(found.field_id).enqueue()
    messages.success(request, f"Undone: {found}.")
    return _to_subject(request, found)


def decisions_about(topic: Topic) -> QuerySet[Decision]:
    """The latest decisions that changed a topic. The index is decision_by_time."""
    found = Decision.objects.filter(project=topic.project_id, field=topic.field_id)
    touching = found.filter(touched__contains=[topic.pk])
    return _for_pages(touching).order_by("-made_at", "-pk")[:SHOWN_WITH_A_TOPIC]


def offer_undo(request: ProjectRequest, decision: Decision, said: str) -> None:
    """Say what happened, with a way back."""
    path = reverse("undo_decision", args=[request.project.slug, decision.pk])
    messages.success(request, format_html('{} <a href="{}">Undo</a>', said, path))


@contextmanager
def refusals_told(request: ProjectRequest) -> Iterator[None]:
    """Tell the person why a decision is refused, and go on after the block."""
    try:
        yield
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))


def _marked(
    request: ProjectRequest, topic: Topic, mark: Callable[..., Decision], *values: object
) -> HttpResponseRedirect:
    with refusals_told(request):
        decision = mark(topic, *values, request.user)
        offer_undo(request, decision, f"{decision}.")
    return _to_topic(request, topic.pk)


def _decisions(request: ProjectRequest) -> QuerySet[Decision]:
    """Those of dimensions that are on the pages: their field is text."""
    return _for_pages(Decision.objects.filter(project=request.project, field__type=FieldType.TEXT))


def _for_pages(found: QuerySet[Decision]) -> QuerySet[Decision]:
    people = found.select_related("field", "topic", "theme", "made_by", "undone_by")
    vectors = ("topic__centroid", "topic__labelled_centroid", "theme__labelled_centroid")
    return people.defer("before", *vectors)


def _topic(request: ProjectRequest, topic: int) -> Topic:
    found = Topic.objects.filter(project=request.project, field__type=FieldType.TEXT)
    return get_object_or_404(found.select_related("field"), pk=topic)


def _theme(request: ProjectRequest, theme: int) -> Theme:
    found = Theme.objects.filter(project=request.project, field__type=FieldType.TEXT)
    return get_object_or_404(found.select_related("field", "edited_by"), pk=theme)


def _to_subject(request: ProjectRequest, decision: Decision) -> HttpResponseRedirect:
    """To what a decision is about."""
    if decision.theme:
        return _to_theme(request, decision.theme)
    assert decision.topic_id is not None
    return _to_topic(request, decision.topic_id)


def _to_theme(request: ProjectRequest, theme: Theme) -> HttpResponseRedirect:
    """To the topics of a theme."""
    query = urlencode({"field": theme.field.key, "theme": str(theme.pk)})
    return redirect(f"{reverse('topics', args=[request.project.slug])}?{query}")


def _to_topic(request: ProjectRequest, topic: int) -> HttpResponseRedirect:
    return redirect("topic", request.project.slug, topic)
