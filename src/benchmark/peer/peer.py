"""
The Python peer of the benchmark: the usual way to do the same work with pydicom, numpy, Pillow and PyTorch, without
lung localisation. Reads a DICOM file, prepares the pixels, runs the network and writes a Structured Report. Prints its
times as one line of JSON.

    python3 peer.py IMAGE.dcm NETWORK.onnx OUT.dcm REPEATS THREADS
"""

import json
import statistics
import sys
import time

import numpy
import pydicom
import torch
from network import Network
from PIL import Image
from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut
from report import write_report

SIDE = 224
MEANS = numpy.array([103.939, 116.779, 123.68], dtype=numpy.float32)


def prepare(dataset):
    """The network's input: the whole image, windowed, resized to SIDE x SIDE, minus the ImageNet means."""
    shown = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset).astype(numpy.float32)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shown = shown.max() - shown
    low, high = shown.min(), shown.max()
    gray = (shown - low) * (255 / max(1.0, high - low))
    reduced = numpy.asarray(Image.fromarray(gray).resize((SIDE, SIDE), Image.BOX))
    return torch.from_numpy(reduced[None] - MEANS[:, None, None])[None]


def analyse(path, network, out):
    dataset = pydicom.dcmread(path)
    with torch.no_grad():
        _, logit, _, subtypes = network(prepare(dataset))
    probability = float(torch.sigmoid(logit))
    write_report(dataset, probability, subtypes[0].tolist(), out)
    return probability


def median_ms(work, repeats):
    times = []
    for repeat in range(repeats + 2):
        start = time.perf_counter()
        work()
        if repeat >= 2:
            times.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(times), 2)


def main(image, onnx_file, out, repeats, threads):
    torch.set_num_threads(int(threads))
    repeats = int(repeats)
    network = Network(onnx_file).eval()
    example = prepare(pydicom.dcmread(image))
    with torch.no_grad():
        frozen = torch.jit.freeze(torch.jit.trace(network, example))
        eager_ms = median_ms(lambda: network(example), repeats)
        frozen_ms = median_ms(lambda: frozen(example), repeats)
        logit = float(network(example)[1])
    result = {
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__, "pydicom": pydicom.__version__},
        "network": {"eagerMs": eager_ms, "frozenMs": frozen_ms},
        "wholeMs": median_ms(lambda: analyse(image, frozen, out), repeats),
        "logit": logit,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
