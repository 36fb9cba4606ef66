"""Writes resnet-step.json: three training steps of the reduced residual network in PyTorch 1.13 (Debian).

The initial weights come from `resnet-step-weights.ts`. In test/training/engine:
    node resnet-step-weights.ts | python3 resnet-step.py > resnet-step.json
"""
import json
import sys

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
SIDE, BATCH, STEPS, RATE, L2 = 64, 4, 3, 1e-3, 1e-4
START = json.load(sys.stdin)


def convolution(w, name, x, stride, padding):
    return F.conv2d(x, w[name + ".kernel"], w[name + ".bias"], stride=stride, padding=padding)


def network(w, x):
    x = F.max_pool2d(F.relu(convolution(w, "conv1", x, 2, 3)), 3, 2, 1)
    for stage in (2, 3, 4, 5):
        block, stride = f"res{stage}a_branch", 1 if stage == 2 else 2
        y = F.relu(convolution(w, block + "2a", x, stride, 0))
        y = F.relu(convolution(w, block + "2b", y, 1, 1))
        y = convolution(w, block + "2c", y, 1, 0)
        x = F.relu(y + convolution(w, block + "1", x, stride, 0))
    features = x.mean((2, 3))
    return [features @ w[head + ".weights"] + w[head + ".bias"] for head in ("pneumonia", "subtype")]


def one_hot(classes, step):
    return torch.tensor([[1.0 if (n + step) % classes == k else 0.0 for k in range(classes)] for n in range(BATCH)])


def loss_of(w, step):
    i = torch.arange(BATCH * 3 * SIDE * SIDE, dtype=torch.float64)
    image = (60 * torch.sin(i * 0.013 * (step + 1))).float().reshape(BATCH, 3, SIDE, SIDE)
    sample_weights = torch.tensor([1, 0.5, 2, 1])
    cross_entropy = [
        -(one_hot(classes, step) * F.log_softmax(logits, 1)).sum(1).mul(sample_weights).mean()
        for logits, classes in zip(network(w, image), (2, 3))
    ]
    return cross_entropy[0] + 0.5 * cross_entropy[1]


class Adam:
    """Adam as in Keras (end of section 2 of Kingma & Ba 2015); torch.optim.Adam adds epsilon at another place."""

    def __init__(self, parameters):
        self.steps, self.memory = 0, [(p, torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]

    def zero_grad(self):
        for p, _, _ in self.memory:
            p.grad = None

    def step(self):
        self.steps += 1
        rate = RATE * (1 - 0.999**self.steps) ** 0.5 / (1 - 0.9**self.steps)
        with torch.no_grad():
            for p, mean, variance in self.memory:
                mean.mul_(0.9).add_(p.grad, alpha=0.1)
                variance.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
                p.addcdiv_(mean, variance.sqrt() + 1e-8, value=-rate)


references = []
for name in ("sgd", "adam"):
    w = {key: torch.tensor(t["values"], dtype=torch.float32).reshape(t["shape"]).requires_grad_() for key, t in START.items()}
    parameters = list(w.values())
    optimizer = torch.optim.SGD(parameters, RATE, momentum=0.9) if name == "sgd" else Adam(parameters)
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(w, step)
        losses.append(loss.item())
        penalty = L2 * sum((value**2).sum() for key, value in w.items() if not key.endswith(".bias"))
        (loss + penalty).backward()
        optimizer.step()
    sums = {key: [value.double().sum().item(), value.double().abs().sum().item()] for key, value in w.items()}
    references.append({"optimizer": name, "losses": losses, "weights": sums})
json.dump(references, sys.stdout, indent=1)
