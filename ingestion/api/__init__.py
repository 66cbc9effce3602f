"""What all of the API for reading has in common, and its answers about segments and usage.

`views.reads` and `views.lists` make views of a function; what it answers is a dataclass, from
which the OpenAPI document takes its description (`shapes`).
"""
