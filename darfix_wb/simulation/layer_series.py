"""The layers of a simulated volume: where they lie, and how the sample moves between them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from ..errors import DarfixWBError
from .parameters import SimulationParameters

_MOST_LAYERS = 10000


@dataclass(frozen=True)
class LayerSeries:
    """Scans of the layers of one crystal with one sensor and one beam profile.

    Attributes
    ----------
    n_layers : int
    step_um : float
        Distance between layers; `SampleParameters.layer_z_um` is the middle of the volume.
    jitter_um : float
        Standard deviation of the position of each layer along rows, and along columns.
    drift_um : tuple of float
        Shift of the image from layer to layer, along (row, column); 0 in the middle of the volume.

    Raises
    ------
    DarfixWBError
        If a value is out of its range.

    Examples
    --------
    >>> series = LayerSeries(4, 0.5)
    >>> series.positions_um(SimulationParameters()).tolist()
    [-0.75, -0.25, 0.25, 0.75]
    """

    n_layers: int
    step_um: float = 1.0
    jitter_um: float = 0.0
    drift_um: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "drift_um", tuple(float(value) for value in self.drift_um))
        if not isinstance(self.n_layers, int) or len(self.drift_um) != 2:
            raise DarfixWBError(
                "n_layers must be an integer and drift_um two numbers (row, column), got "
                f"{self.n_layers} and {self.drift_um}. Use for example 30, and 0.05 0."
            )
        for name, low, high in (
            ("n_layers", 2, _MOST_LAYERS),
            ("step_um", 0.01, 100),
            ("jitter_um", 0, 5),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise DarfixWBError(
                    f"{name} must be a number from {low:g} to {high:g}, got {value}. Choose {name} "
                    "in that range."
                )

    def positions_um(self, parameters: SimulationParameters) -> np.ndarray:
        """Heights of the layers in the crystal, (n_layers,) float64."""
        middle = (self.n_layers - 1) / 2
        return parameters.sample.layer_z_um + (np.arange(self.n_layers) - middle) * self.step_um

    def offsets_um(self, parameters: SimulationParameters) -> np.ndarray:
        """Shift of the image of each layer by jitter and drift, (n_layers, 2) float64.

        Along (row, column); positive where lines lie at greater rows and columns.
        """
        rng = np.random.default_rng([parameters.scan.seed, 41])
        jitter = self.jitter_um * rng.standard_normal((self.n_layers, 2))
        steps = np.arange(self.n_layers) - (self.n_layers - 1) / 2
        return jitter + steps[:, None] * np.array(self.drift_um)

    def layers(self, parameters: SimulationParameters) -> list[SimulationParameters]:
        """Return the parameters of the scan of each layer.

        Raises
        ------
        DarfixWBError
            If a layer lies outside the crystal, or its field of view beside it.
        """
        heights, offsets = self.positions_um(parameters), self.offsets_um(parameters)
        farthest, depth = np.abs(heights).max(), parameters.sample.depth_um
        if farthest > depth:
            raise DarfixWBError(
                f"All layers must lie within depth_um of the middle of the crystal, got layers to "
                f"{farthest:g} um and a depth_um of {depth:g}. Choose a larger depth_um, or fewer "
                "layers."
            )
        views = np.array(parameters.sample.view_um) - offsets
        return [
            dataclasses.replace(
                parameters,
                sample=dataclasses.replace(
                    parameters.sample, layer_z_um=float(height), view_um=tuple(view.tolist())
                ),
                scan=dataclasses.replace(
                    parameters.scan,
                    first_frame=parameters.scan.first_frame + k * parameters.scan.steps,
                ),
            )
            for k, (height, view) in enumerate(zip(heights, views, strict=True))
        ]
