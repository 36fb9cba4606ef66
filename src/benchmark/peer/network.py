"""An ONNX network as a PyTorch module with the same weights."""

import numpy
import onnx
import onnx.numpy_helper
import torch
from torch.nn import functional


class Network(torch.nn.Module):
    """Runs the graph of an ONNX file. An operator that our networks do not use raises KeyError."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.outputs = [output.name for output in graph.output]
        weights = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.steps = []
        for node in graph.node:
            if node.op_type == "Cast":
                # Kernels are stored as float16 and used as float32.
                weights[node.output[0]] = weights[node.input[0]].astype(numpy.float32)
                continue
            attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            self.steps.append((node.op_type, list(node.input), node.output[0], attributes))
        used = {name for _, inputs, _, _ in self.steps for name in inputs}
        self.names = {name: name.replace(".", "_") for name in weights if name in used}
        for name, attribute in self.names.items():
            self.register_buffer(attribute, torch.from_numpy(weights[name].copy()))

    def forward(self, image):
        values = {name: getattr(self, attribute) for name, attribute in self.names.items()}
        values["image"] = image
        for operator, inputs, output, attributes in self.steps:
            values[output] = operators[operator](*(values[name] for name in inputs), **attributes)
        return tuple(values[name] for name in self.outputs)


def convolution(image, kernel, bias, kernel_shape, strides=(1, 1), pads=(0, 0, 0, 0)):
    return functional.conv2d(image, kernel, bias, stride=tuple(strides), padding=(pads[0], pads[1]))


def max_pool(image, kernel_shape, strides, pads):
    return functional.max_pool2d(image, tuple(kernel_shape), stride=tuple(strides), padding=(pads[0], pads[1]))


operators = {
    "Conv": convolution,
    "Relu": torch.relu,
    "MaxPool": max_pool,
    "Add": torch.add,
    "GlobalAveragePool": lambda image: image.mean(dim=(2, 3), keepdim=True),
    "Flatten": lambda image, axis: torch.flatten(image, axis),
    "ReduceMean": lambda image, axes, keepdims: image.mean(dim=tuple(axes), keepdim=bool(keepdims)),
    "Gemm": lambda image, weights, bias: torch.addmm(bias, image, weights),
    "Sigmoid": torch.sigmoid,
    "Softmax": lambda image, axis: torch.softmax(image, axis),
}
