"""An embedding model compiled by OpenVINO: the same vectors, several times as fast, without torch.

What it runs are files that `conversion` writes, once for a model. Measured in
docs/performance.md, decided in docs/decisions/0006-compiled-embedding.md.
"""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustering.centroids import unit_rows

logger = logging.getLogger(__name__)

TOKENS_AT_ONCE = 1_024  # in a batch; 256 to 2,048 are about as fast
LEAST_COSINE = 0.999  # to what the model itself computes; bfloat16 stays above 0.9998

SAMPLE = (
    "Hello",
    "  How do I reset my PASSWORD?\n",
    "The export of last month's report has been failing since Tuesday, with an error " * 4,
)
"""What a compiled model is compared by with the model itself, each time that it is loaded."""

ATTRIBUTES = {
    "input_ids": "ids",
    "attention_mask": "attention_mask",
    "token_type_ids": "type_ids",
}
"""What a tokenizer's encoding calls the inputs of a model."""

_CONVERTED_BY = ("openvino", "sentence-transformers", "tokenizers", "torch", "transformers")
_PROJECT = Path(__file__).parents[2]


class ConversionError(Exception):
    """A model that cannot be compiled, or computes other vectors if it is."""


class Files:
    """The files of a converted model, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.network = folder / "model.xml"
        self.tokenizer = folder / "tokenizer.json"
        self.interface = folder / "interface.json"
        self.sample = folder / "sample.npy"
        """(s, d) unit vectors of `SAMPLE` by the model itself."""


class CompiledModel:
    """A converted model, ready to run: texts to an (n, d) array in their order."""

    def __init__(self, folder: Path) -> None:
        """Read the files in a folder. Raises ConversionError if their vectors are not right."""
        import openvino
        from tokenizers import Tokenizer

        files = Files(folder)
        interface = json.loads(files.interface.read_text())
        self.dimensions: int = interface["dimensions"]
        self.window: int = interface["window"]
        self._inputs: list[str] = interface["inputs"]
        self._filler: int = interface["filler"]
        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))  # cuts at the window
        self._tokenizer.no_padding()
        self._network = openvino.Core().compile_model(files.network, "CPU", _options())
        cosine = (unit_rows(self(SAMPLE)) * np.load(files.sample)).sum(axis=1).min()
        if not cosine >= LEAST_COSINE:
            raise ConversionError(f"compiled, its vectors have a cosine of {cosine:.4f}")

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        encodings = self._tokenizer.encode_batch_fast(list(texts))
        # Each is waited for in its turn: a callback would run Python in OpenVINO's threads, and
        # they may still want the interpreter's lock when that ends.
        streams = self._network.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        idle = [self._network.create_infer_request() for _ in range(streams)]
        busy: deque[tuple[Any, NDArray[np.int64]]] = deque()
        for places in _batches([len(encoding) for encoding in encodings]):
            request = idle.pop() if idle else _finish(*busy.popleft(), vectors)
            batch = [encodings[place] for place in places]
            request.start_async([self._padded(batch, name) for name in self._inputs])
            busy.append((request, places))
        for request, places in busy:
            _finish(request, places, vectors)
        return vectors

    def _padded(self, batch: Sequence[Any], name: str) -> NDArray[np.int64]:
        """(n, longest) of one input of the model, for these encodings, the longest first."""
        filler = self._filler if name == "input_ids" else 0
        padded = np.full((len(batch), len(batch[0])), filler, dtype=np.int64)
        for row, encoding in zip(padded, batch, strict=True):
            row[: len(encoding)] = getattr(encoding, ATTRIBUTES[name])
        return padded


def _finish(request: Any, places: NDArray[np.int64], vectors: NDArray[np.float32]) -> Any:
    """Put what a request computes at its places among the vectors; return it, idle."""
    request.wait()
    vectors[places] = request.get_output_tensor(0).data
    return request


def compiled(name: str, kept: Path) -> CompiledModel:
    """Load a model by name or path, compiled, from the files that the folder ``kept`` has of it.

    Where there are none, or they are damaged, a process of its own makes them first: one at a
    time, while others wait for it. Raises ConversionError, or whatever OpenVINO says of them.
    """
    if Path(name).is_dir():
        name = str(Path(name).resolve())
    folder = kept / _key(name)
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(kept):
        try:
            return CompiledModel(folder)
        except Exception as error:  # whatever a library makes of what is left of a file
            if folder.exists():
                logger.warning("what is kept of the embedding model is made anew: %s", error)
        _make(name, folder)
        return CompiledModel(folder)


def _key(name: str) -> str:
    """Another one for each model, state of its files and version of what converts it."""
    what = [name, *(f"{package} {version(package)}" for package in _CONVERTED_BY)]
    for path in sorted(Path(name).rglob("*")) if Path(name).is_dir() else ():
        state = path.stat()
        what.append(f"{path.relative_to(name)} {state.st_size} {state.st_mtime_ns}")
    return sha256("\n".join(what).encode()).hexdigest()[:16]


def _make(name: str, folder: Path) -> None:
    """Convert a model to files in ``folder``, and delete what else is kept beside it."""
    new = Path(mkdtemp(dir=folder.parent))
    command = [sys.executable, "-m", "clustering.texts.conversion", name, str(new)]
    done = subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(new)
        raise ConversionError((done.stderr.strip().splitlines() or ["its conversion failed"])[-1])
    for other in folder.parent.iterdir():
        if other.is_dir() and other != new:
            shutil.rmtree(other)
    new.rename(folder)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _batches(lengths: Sequence[int]) -> Iterator[NDArray[np.int64]]:
    """Places of texts of about the same length, the longest first: the short ones fill the end."""
    order = np.argsort(-np.array(lengths), kind="stable")
    start = 0
    while start < len(order):
        end = start + max(1, TOKENS_AT_ONCE // max(lengths[order[start]], 1))
        yield order[start:end]
        start = end


def _options() -> dict[str, str]:
    """Batches side by side; bfloat16 where the CPU multiplies it in hardware, else it is slower.

    What is made for each size of a batch is kept of the latest few: of each one that ever came, a
    worker would grow by hundreds of megabytes.
    """
    return {
        "CPU_RUNTIME_CACHE_CAPACITY": "64",
        "INFERENCE_PRECISION_HINT": "bf16" if _has_bf16() else "f32",
        "PERFORMANCE_HINT": "THROUGHPUT",
    }


def _has_bf16() -> bool:
    """Whether Linux says so; elsewhere bfloat16 is done without."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return False
    return not flags.isdisjoint({"amx_bf16", "avx512_bf16"})
