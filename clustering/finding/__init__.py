"""Find clusters among the texts of one dimension: unit vectors in, labels out.

``docs/decisions/0003-finding-topics.md`` says why it works this way and what was measured.
Importing this package loads half of scipy, so only a worker may do it.
"""

from clustering.finding.clusters import Clusters, find_clusters

__all__ = ["Clusters", "find_clusters"]
