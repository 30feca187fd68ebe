"""The networks as a person chooses among them; torch is not needed to show them."""

from __future__ import annotations

NETWORK_TITLES = {
    "lcnn": "LCNN",
    "lcnn-paper": "LCNN as published",
    "resnet18": "ResNet18",
    "vgg16": "VGG16",
}
"""What each of `darfix_wb.networks.NETWORKS` is called, by its name."""
