"""A sentence-transformers model turned into files that OpenVINO runs. A program of its own:

    python -m clustering.texts.conversion MODEL FOLDER

What torch and transformers take, some 400 MB and ten seconds of CPU, ends with its process.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clustering.centroids import unit_rows
from clustering.texts.compiled import ATTRIBUTES, SAMPLE, Files

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def sentence_transformer(name: str) -> SentenceTransformer:
    """Load a model, by name or path, as torch runs it. A path never asks a model hub."""
    local = Path(name).is_dir()
    if local:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the libraries are imported
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    return SentenceTransformer(name, device="cpu", local_files_only=local)


def window(model: SentenceTransformer) -> int:
    """How many tokens of a text it reads; many, where it does not say."""
    return int(model.max_seq_length or 8192)


def convert(model: SentenceTransformer, folder: Path) -> None:
    """Write every module of ``model`` and its tokenizer as the `Files` of a folder."""
    import openvino
    import torch

    files = Files(folder)
    found = model.preprocess(list(SAMPLE))
    example = {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}
    if unknown := example.keys() - ATTRIBUTES.keys():
        raise ValueError(f"the model takes {', '.join(sorted(unknown))}, which texts alone lack")
    tensors = tuple(example.values())
    with warnings.catch_warnings(action="ignore"), torch.inference_mode():  # of branches on shapes
        # torch's own check compares two graphs line by line and now and then sees a difference in
        # names alone; what counts is compared by CompiledModel.
        traced = torch.jit.trace(_by_position(model, list(example)), tensors, check_trace=False)
        converted = openvino.convert_model(traced, example_input=tensors)
    openvino.save_model(converted, files.network, compress_to_fp16=False)
    interface = {
        "dimensions": model.get_embedding_dimension(),
        "window": window(model),
        "inputs": list(example),
        "filler": model.tokenizer.pad_token_id,
    }
    files.interface.write_text(json.dumps(interface))
    # Called so, it writes down where to cut as well.
    model.tokenizer(list(SAMPLE), truncation=True, max_length=model.max_seq_length)
    model.tokenizer.backend_tokenizer.save(str(files.tokenizer))
    np.save(files.sample, unit_rows(model.encode(list(SAMPLE), show_progress_bar=False)))


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


if __name__ == "__main__":
    name, folder = sys.argv[1:]
    convert(sentence_transformer(name), Path(folder))
