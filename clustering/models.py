"""Distinct texts, their vectors and occurrences; topics, clustering runs and lineage."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from pgvector.django import VectorField

from accounts.models import Project, User
from accounts.tenancy import ProjectModel, TenantManager
from ingestion.models import KEY_LENGTH, Event, Field


class Dimension(ProjectModel):
    """A text field as something to cluster, and how far the pipeline has come with it.

    `active` says that every past event has been read for this field. The pipeline clears it when
    it passes over an event because the field is not text, and reads the past again once it is.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="dimensions")
    field = models.ForeignKey(
        Field, on_delete=models.CASCADE, related_name="dimensions", related_query_name="dimension"
    )
    active = models.BooleanField(default=False)
    read_to = models.DateTimeField(
        null=True, blank=True, help_text="How far the past has been read, while it is."
    )
    read_to_event = models.BigIntegerField(
        default=0, db_default=0, help_text="Id of the event read there."
    )
    model = models.CharField(
        max_length=200, blank=True, help_text="Embedding model that its vectors come from."
    )
    last_text_at = models.DateTimeField(
        null=True, blank=True, help_text="When a text was last embedded."
    )
    changes = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="How often its embedded texts may have changed topics; see `locks.own`.",
    )

    objects = TenantManager["Dimension"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "field"], name="dimension_once")
        ]

    def __str__(self) -> str:
        return self.field.key


class RunState(models.TextChoices):
    """Where a clustering run stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class RunScope(models.TextChoices):
    """Which texts a clustering run is about."""

    ALL = "all", "All texts"
    OUTLIERS = "outliers", "Outliers"


class ClusteringRun(ProjectModel):
    """One pass that finds topics anew in a dimension, or new ones among its outliers."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="runs")
    scope = models.CharField(
        max_length=10, choices=RunScope.choices, default=RunScope.ALL, db_default=RunScope.ALL
    )
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    stage = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=100, blank=True, help_text="Why the run was started.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    texts = models.PositiveIntegerField(default=0, help_text="Distinct texts clustered.")
    topics = models.PositiveIntegerField(default=0, help_text="Topics found.")
    outliers = models.PositiveIntegerField(default=0, help_text="Texts that no topic claims.")
    last_text = models.BigIntegerField(default=0, help_text="Highest id of the texts clustered.")
    parameters = models.JSONField(default=dict, help_text="Method and its parameters.")
    timings = models.JSONField(default=dict, help_text="Seconds by stage.")
    error = models.TextField(blank=True)

    objects = TenantManager["ClusteringRun"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "field"],
                condition=models.Q(state=RunState.RUNNING),
                name="one_run_at_a_time",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "field", "-started_at"], name="run_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.field.key}, {self.started_at:%Y-%m-%d %H:%M}"


class LabelSource(models.TextChoices):
    """Who named a topic."""

    KEYWORDS = "keywords", "Keywords"
    LLM = "llm", "LLM"
    EDITED = "edited", "Edited"


class Theme(ProjectModel):
    """Topics of one dimension that are about the same thing; see `clustering.grouping`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="themes")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="themes")
    label = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=300, blank=True)
    label_source = models.CharField(max_length=10, choices=LabelSource.choices, blank=True)
    labelled_centroid = VectorField(
        null=True, blank=True, editable=False, help_text="The centroid when it was labelled."
    )
    labelled_from = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="Digest of the examples that the label rests on.",
    )
    label_tried_at = models.DateTimeField(
        null=True, blank=True, help_text="When the LLM was last asked for a label in vain."
    )
    label_asked = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="Digest of examples that the LLM had no label for.",
    )
    edited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    replaced = models.JSONField(
        default=dict,
        blank=True,
        db_default={},
        help_text="Label, description and label_source that an edited label replaced.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["Theme"]()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project", "field"], name="theme_by_field")]

    def __str__(self) -> str:
        return self.label or f"Theme {self.pk}"


class Topic(ProjectModel):
    """A lasting cluster of texts in one dimension."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="topics")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="topics")
    theme = models.ForeignKey(
        Theme, on_delete=models.SET_NULL, null=True, blank=True, related_name="topics"
    )
    label = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=300, blank=True)
    label_source = models.CharField(max_length=10, choices=LabelSource.choices, blank=True)
    labelled_from = models.CharField(
        max_length=64, blank=True, help_text="Digest of the examples that the label rests on."
    )
    labelled_centroid = VectorField(
        null=True, blank=True, editable=False, help_text="The centroid when it was labelled."
    )
    label_tried_at = models.DateTimeField(
        null=True, blank=True, help_text="When the LLM was last asked for a label in vain."
    )
    label_asked = models.CharField(
        max_length=64, blank=True, help_text="Digest of examples that the LLM had no label for."
    )
    edited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    replaced = models.JSONField(
        default=dict,
        blank=True,
        help_text="Label, description and label_source that an edited label replaced.",
    )
    centroid = VectorField(
        null=True,
        help_text="Mean direction of its texts, of length 1. "
        "Null from a change of embedding model until the next run.",
    )
    threshold = models.FloatField(help_text="Least cosine similarity of a text it claims.")
    limits = ArrayField(
        models.FloatField(),
        default=list,
        db_default=[],
        help_text="What the threshold is at each coverage, the purest first.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    held = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A person shaped it: later runs leave it its texts, and it stays.",
    )
    pinned = models.BooleanField(default=False, db_default=False, help_text="Listed first.")
    hidden = models.BooleanField(default=False, db_default=False, help_text="Not listed.")
    acted_on_at = models.DateTimeField(null=True, blank=True)
    acted_on_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    acted_on_note = models.CharField(max_length=500, blank=True, db_default="")

    objects = TenantManager["Topic"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "field", "retired_at"], name="topic_by_field")
        ]

    def __str__(self) -> str:
        return self.label or f"Topic {self.pk}"


class LineageKind(models.TextChoices):
    """What became of a topic in a run."""

    CONTINUED = "continued", "Continued"
    SPLIT = "split", "Split off"
    MERGED = "merged", "Merged into"
    BORN = "born", "Born"
    RETIRED = "retired", "Retired"


class Lineage(ProjectModel):
    """One line of a run's account of its topics.

    `source` is the topic before the run and `target` the one after it; a birth has no source
    and a retirement no target. `share` is the part of the source's occurrences that moved
    (of the target's, for a birth).
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="lineage")
    run = models.ForeignKey(ClusteringRun, on_delete=models.CASCADE, related_name="lineage")
    kind = models.CharField(max_length=10, choices=LineageKind.choices)
    source = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+")
    target = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, related_name="+")
    share = models.FloatField()

    objects = TenantManager["Lineage"]()

    class Meta:
        verbose_name_plural = "lineage"
        indexes: ClassVar = [models.Index(fields=["project", "run"], name="lineage_by_run")]

    def __str__(self) -> str:
        return f"{self.source or '–'} {self.kind} {self.target or '–'}"


class DecisionKind(models.TextChoices):
    """What a person decided about topics."""

    RENAME = "rename", "Renamed"
    MERGE = "merge", "Merged"
    SPLIT = "split", "Split"
    MOVE = "move", "Moved a text"
    PIN = "pin", "Pinned"
    HIDE = "hide", "Hid"
    ACT = "act", "Acted on"

    @classmethod
    def of_texts(cls) -> tuple[DecisionKind, ...]:
        """Those that say which topic texts belong to."""
        return cls.MERGE, cls.SPLIT, cls.MOVE


class Decision(ProjectModel):
    """What a person decided about a topic, when, and what it takes to undo it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="decisions")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="decisions")
    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="decisions"
    )
    theme = models.ForeignKey(
        Theme, on_delete=models.CASCADE, null=True, blank=True, related_name="decisions"
    )
    kind = models.CharField(max_length=10, choices=DecisionKind.choices)
    summary = models.CharField(max_length=300, help_text="What was decided, for people to read.")
    before = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="What undoing it restores."
    )
    touched = ArrayField(
        models.BigIntegerField(), default=list, help_text="Ids of all topics that it changed."
    )
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Decision"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "field", "-made_at"], name="decision_by_time")
        ]

    def __str__(self) -> str:
        return self.summary


class Text(ProjectModel):
    """A distinct value of a text field, and the topic that claims it.

    A text is in one of three states: not embedded yet (`similarity` is null and it has no
    embedding), assigned (`topic` is set), or an outlier.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="texts")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="texts")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the content, as UTF-8.")
    content = models.TextField()
    occurrences = models.PositiveBigIntegerField(default=0)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    embedded = models.BooleanField(default=False)
    topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, related_name="texts", db_index=False
    )
    nearest_topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    similarity = models.FloatField(null=True, help_text="Cosine to the nearest topic's centroid.")
    margin = models.FloatField(null=True, help_text="Lead of the nearest over the runner-up.")
    held = models.BooleanField(
        default=False, db_default=False, help_text="A person put it in its topic."
    )

    objects = TenantManager["Text"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "field", "digest"], name="text_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "topic", "-similarity"], name="text_by_topic"),
            models.Index(fields=["project", "nearest_topic"], name="text_by_nearest"),
            models.Index(fields=["project", "field", "id"], name="text_by_arrival"),
            models.Index(
                fields=["project", "field", "id"],
                condition=models.Q(embedded=False),
                name="text_to_embed",
            ),
        ]

    def __str__(self) -> str:
        return self.content[:80]


class Embedding(ProjectModel):
    """The vector of a text. Apart from `Text`, whose rows each run rewrites."""

    pk = models.CompositePrimaryKey("project_id", "text_id")
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    text = models.ForeignKey(Text, on_delete=models.CASCADE, related_name="+", db_index=False)
    vector = VectorField(help_text="Of length 1.")

    objects = TenantManager["Embedding"]()

    def __str__(self) -> str:
        return f"embedding of text #{self.text_id}"


class TopicMap(ProjectModel):
    """Where texts of a dimension lie in the plane, by meaning; see `mapping`.

    It may still name texts that were deleted since: what is shown is joined with the texts.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="maps")
    field = models.ForeignKey(Field, on_delete=models.CASCADE, related_name="maps")
    run = models.ForeignKey(
        ClusteringRun,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="The last run when it was drawn.",
    )
    model = models.CharField(
        max_length=200, help_text="Embedding model whose vectors it was drawn from."
    )
    drawn_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField(help_text="That drawing took.")
    texts = models.PositiveIntegerField(help_text="Embedded texts then, shown or not.")
    text_ids = models.BinaryField(help_text="Ascending little-endian int64.")
    positions = models.BinaryField(help_text="x and y of each, little-endian float32.")

    objects = TenantManager["TopicMap"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "field"], name="map_once")
        ]

    def __str__(self) -> str:
        return f"Map of {self.field}"


class Occurrence(ProjectModel):
    """One event carrying one text; session and time are kept here for journeys."""

    pk = models.CompositePrimaryKey("project_id", "event_id", "field_id")
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    field = models.ForeignKey(
        Field, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    text = models.ForeignKey(
        Text, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    session_id = models.CharField(max_length=KEY_LENGTH)
    timestamp = models.DateTimeField()

    objects = TenantManager["Occurrence"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["project", "field", "session_id", "timestamp", "event"],
                include=["text"],
                name="occurrence_by_session",
            ),
            models.Index(
                fields=["project", "field", "timestamp"],
                include=["text"],
                name="occurrence_by_time",
            ),
            models.Index(fields=["project", "text", "timestamp"], name="occurrence_by_text"),
        ]

    def __str__(self) -> str:
        return f"text #{self.text_id} in event #{self.event_id}"


class SetAsideEvent(ProjectModel):
    """An event that could not be extracted. It is stored, but no text or field knows of it."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="set_aside", db_index=False
    )
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    reason = models.CharField(max_length=200, help_text="What failed and where; no user's words.")
    set_aside_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager["SetAsideEvent"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "event"], name="set_aside_once")
        ]

    def __str__(self) -> str:
        return f"event #{self.event_id}: {self.reason}"


class Erasure(ProjectModel):
    """A request to delete what one user sent, and the receipt once that is done."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="erasures")
    user_id = models.CharField(
        max_length=KEY_LENGTH, blank=True, help_text="Whose data; empty once it is gone."
    )
    user_digest = models.CharField(
        max_length=64, help_text="HMAC-SHA-256 of the user's id under SECRET_KEY."
    )
    requested_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_by_email = models.EmailField(
        "requested by", blank=True, help_text="Outlives the account. Empty for the command line."
    )
    requested_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    events = models.PositiveBigIntegerField(default=0, help_text="Deleted so far.")
    texts = models.PositiveBigIntegerField(
        default=0, help_text="That nobody else sent, deleted so far."
    )

    objects = TenantManager["Erasure"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "-requested_at"], name="erasure_by_time"),
            models.Index(
                fields=["project"],
                condition=models.Q(finished_at__isnull=True),
                name="erasure_to_do",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_digest[:12]}, {self.requested_at:%Y-%m-%d %H:%M}"


class Block(ProjectModel):
    """Consecutive occurrences of a dimension, kept as columns for analysis; see `columns`.

    It holds every occurrence whose event's id is above `after` and at most `upto`. Never changed:
    when one of them changes it is deleted, and made anew.
    """

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    field = models.ForeignKey(
        Field, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    after = models.BigIntegerField()
    upto = models.BigIntegerField()
    rows = models.PositiveIntegerField(help_text="Occurrences.")

    objects = TenantManager["Block"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "field", "upto"], name="block_once")
        ]

    def __str__(self) -> str:
        return f"{self.rows} occurrences to event #{self.upto}"


class Column(ProjectModel):
    """One column of a block, its rows by ascending event id.

    `name` is one of `columns.blocks.OWN`, or a field's type and id: then it holds its values.
    """

    pk = models.CompositePrimaryKey("project_id", "block_id", "name")
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    block = models.ForeignKey(
        Block, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=20)
    values = models.BinaryField(help_text="Little-endian numbers of one width.")
    dictionary = ArrayField(
        models.TextField(), null=True, help_text="What the numbers stand for, where they are codes."
    )

    objects = TenantManager["Column"]()

    def __str__(self) -> str:
        return f"{self.name} of block #{self.block_id}"
