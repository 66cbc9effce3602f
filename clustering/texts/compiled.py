"""An embedding model compiled by OpenVINO: the same vectors, about four times as fast.

Measured in docs/performance.md, decided in docs/decisions/0006-compiled-embedding.md.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import unit_rows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

TOKENS_AT_ONCE = 1_024  # in a batch; 256 to 2,048 are about as fast
LEAST_COSINE = 0.999  # to what the model itself computes; bfloat16 stays above 0.9998

_SAMPLE = (
    "Hello",
    "  How do I reset my PASSWORD?\n",
    "The export of last month's report has been failing since Tuesday, with an error " * 4,
)

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def compiled(model: SentenceTransformer) -> Encode | None:
    """Compile every module of ``model``; None where that cannot be done or changes its vectors.

    The result takes texts and returns an (n, d) array in their order.
    """
    try:
        encode = _compile(model)
        exact = unit_rows(model.encode(list(_SAMPLE), show_progress_bar=False))
        cosine = float((unit_rows(encode(_SAMPLE)) * exact).sum(axis=1).min())
    except Exception as error:  # a model of the operator's may be anything; slower is no failure
        logger.warning("the embedding model runs uncompiled: %s", error)
        return None
    if cosine < LEAST_COSINE:
        logger.warning("the embedding model runs uncompiled: compiled cosine %.4f", cosine)
        return None
    return encode


def _compile(model: SentenceTransformer) -> Encode:
    import openvino
    import torch

    found = model.preprocess(list(_SAMPLE))
    example = {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}
    tensors = tuple(example.values())
    with warnings.catch_warnings(action="ignore"), torch.inference_mode():  # of branches on shapes
        # torch's own check compares two graphs line by line and now and then sees a difference in
        # names alone; what counts is compared in compiled().
        traced = torch.jit.trace(_by_position(model, list(example)), tensors, check_trace=False)
        converted = openvino.convert_model(traced, example_input=tensors)
    network = openvino.Core().compile_model(
        converted, "CPU", _options(torch.cpu.get_capabilities())
    )
    tokenizer, size = model.tokenizer, int(model.get_embedding_dimension() or 0)

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), size), dtype=np.float32)

        def keep(request: Any, places: NDArray[np.int64]) -> None:
            vectors[places] = request.get_output_tensor(0).data

        tokens = tokenizer(list(texts), truncation=True, max_length=model.max_seq_length)
        queue = openvino.AsyncInferQueue(network)
        queue.set_callback(keep)
        for places in _batches([len(ids) for ids in tokens["input_ids"]]):
            queue.start_async(
                [_padded(tokens, name, places, tokenizer) for name in example], places
            )
        queue.wait_all()
        return vectors

    return encode


def _batches(lengths: Sequence[int]) -> Iterator[NDArray[np.int64]]:
    """Places of texts of about the same length, the longest first: the short ones fill the end."""
    order = np.argsort(-np.array(lengths), kind="stable")
    start = 0
    while start < len(order):
        end = start + max(1, TOKENS_AT_ONCE // max(lengths[order[start]], 1))
        yield order[start:end]
        start = end


def _padded(
    tokens: Mapping[str, Any], name: str, places: NDArray[np.int64], tokenizer: Any
) -> NDArray[np.int64]:
    """(n, longest) of one input of the model, for the texts at these places, the longest first."""
    filler = tokenizer.pad_token_id if name == "input_ids" else 0
    padded = np.full((len(places), len(tokens[name][places[0]])), filler, dtype=np.int64)
    for row, place in zip(padded, places, strict=True):
        row[: len(tokens[name][place])] = tokens[name][place]
    return padded


def _options(able: Mapping[str, Any]) -> dict[str, str]:
    """Batches side by side; bfloat16 where the CPU multiplies it in hardware, else it is slower.

    What is made for each size of a batch is kept of the latest few: of each one that ever came, a
    worker would grow by hundreds of megabytes.
    """
    fast = able.get("amx_bf16") or able.get("avx512_bf16")
    return {
        "CPU_RUNTIME_CACHE_CAPACITY": "64",
        "INFERENCE_PRECISION_HINT": "bf16" if fast else "f32",
        "PERFORMANCE_HINT": "THROUGHPUT",
    }


def _by_position(model: SentenceTransformer, names: list[str]) -> Any:
    """The model as a function of its tensors, which is what tracing needs."""
    import torch

    class Positional(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.model(dict(zip(names, tensors, strict=True)))[
                "sentence_embedding"
            ]
            return found

    return Positional().eval()
