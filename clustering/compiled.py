"""An embedding model compiled by OpenVINO: the same vectors, two to three times as fast.

Measured in docs/performance.md, decided in docs/decisions/0006-compiled-embedding.md.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import unit_rows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

BATCH = 32
LEAST_COSINE = 0.999  # to what the model itself computes; bfloat16 stays above 0.9998

_SAMPLE = (
    "Hello",
    "How do I reset my password?",
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

    def features(texts: Sequence[str]) -> dict[str, torch.Tensor]:
        found = model.preprocess(list(texts))
        return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}

    example = features(_SAMPLE)
    tensors = tuple(example.values())
    with warnings.catch_warnings(action="ignore"), torch.inference_mode():  # of branches on shapes
        # torch's own check compares two graphs line by line and now and then sees a difference in
        # names alone; what counts is compared in compiled().
        traced = torch.jit.trace(_by_position(model, list(example)), tensors, check_trace=False)
        converted = openvino.convert_model(traced, example_input=tensors)
    network = openvino.Core().compile_model(
        converted, "CPU", _options(torch.cpu.get_capabilities())
    )

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        by_length = np.argsort([len(text) for text in texts], kind="stable")
        batches = np.array_split(by_length, -(-len(texts) // BATCH))
        found = [_run(network, features([texts[i] for i in batch])) for batch in batches]
        vectors = np.empty((len(texts), found[0].shape[1]), dtype=np.float32)
        vectors[by_length] = np.concatenate(found)
        return vectors

    return encode


def _run(network: Any, features: dict[str, Any]) -> NDArray[np.float32]:
    found = network([tensor.numpy() for tensor in features.values()])[0]
    return np.array(found, dtype=np.float32)  # a copy: the network uses its memory again


def _options(able: Mapping[str, Any]) -> dict[str, str]:
    """bfloat16 where the CPU multiplies it in hardware; elsewhere it would be slower."""
    fast = able.get("amx_bf16") or able.get("avx512_bf16")
    return {"INFERENCE_PRECISION_HINT": "bf16" if fast else "f32"}


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
