"""A map of the texts of one dimension: unit vectors in, places in the plane out.

``docs/decisions/0015-topic-map.md`` says why it works this way and what was measured. `layout`
loads openTSNE, so only a worker may import it; the other modules need numpy alone.
"""
