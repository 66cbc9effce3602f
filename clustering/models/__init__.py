"""Distinct texts, their vectors and occurrences; topics, clustering runs and lineage."""

from clustering.models.columns import Block, Column
from clustering.models.decisions import Decision, DecisionKind
from clustering.models.events import Erasure, SetAsideEvent
from clustering.models.maps import TopicMap
from clustering.models.runs import ClusteringRun, Lineage, LineageKind, RunScope, RunState
from clustering.models.texts import Dimension, Embedding, Occurrence, SetAsideText, Text
from clustering.models.topics import LabelSource, Theme, Topic

__all__ = [
    "Block",
    "ClusteringRun",
    "Column",
    "Decision",
    "DecisionKind",
    "Dimension",
    "Embedding",
    "Erasure",
    "LabelSource",
    "Lineage",
    "LineageKind",
    "Occurrence",
    "RunScope",
    "RunState",
    "SetAsideEvent",
    "SetAsideText",
    "Text",
    "Theme",
    "Topic",
    "TopicMap",
]
