"""What a simulated rocking scan depends on, checked when it is made.

One group for each part: sample, beam, optics, detector, scan and the grid of the solver.
All groups are frozen and go to and from plain dictionaries (and so JSON) without loss.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from ..errors import DarfixWBError
from .materials import SELECTION_RULES, material_named
from .scattering import is_allowed

_SMALLEST_BLOCK_UM = 2.0
_FARTHEST_VIEW_UM = 10.0


def _require(condition: bool, must: str, found: object, remedy: str) -> None:
    if not condition:
        raise DarfixWBError(f"{must}, got {found}. {remedy}")


def _in_range(group: object, **limits: tuple[float, float]) -> None:
    for name, (low, high) in limits.items():
        value = getattr(group, name)
        number = isinstance(value, (int, float)) and math.isfinite(value)
        _require(
            number and low <= value <= high,
            f"{name} must be a number {_limits(low, high)}",
            value,
            f"Choose {name} in that range.",
        )


def _limits(low: float, high: float) -> str:
    return f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}, not inf"


@dataclass(frozen=True)
class SampleParameters:
    """A crystal with dislocations, small-angle boundaries, a smooth tilt and mosaic blocks.

    `crystal_seed` fixes the crystal; `layer_z_um` says which layer of it is lit, so that scans that
    differ in `layer_z_um` only are layers of one crystal.
    """

    reflection: tuple[int, int, int] = (1, 1, 1)
    """Miller indices; of hexagonal crystals h, k and l of the four indices h k i l."""
    azimuth_deg: float = 17.0
    """Rotation of the crystal about the diffraction vector."""
    dislocation_density_per_um2: float = 0.004
    """Isolated dislocations that cross one layer, per area of the layer."""
    in_layer_fraction: float = 1 / 3
    """Fraction of the isolated dislocations that lie nearly in the layer."""
    subgrain_um: float = 30.0
    """Mean size of the sub-grains; boundary length per area is 2 / subgrain_um."""
    boundary_misorientation_urad: float = 60.0
    """Median misorientation across a boundary."""
    curvature_urad_per_um: float = 3.0
    """Constant orientation gradient in the layer (bent crystal)."""
    tilt_urad: float = 50.0
    """Root mean square of the smooth long-wave tilt."""
    tilt_wavelength_um: float = 60.0
    core_um: float = 0.06
    """Radius over which the dislocation cores are softened."""
    upstream_um: float = 60.0
    """Crystal between the entrance face and the field of view, along the beam."""
    exit_um: float = 60.0
    """Crystal above the layer, along the diffracted beam."""
    depth_um: float = 20.0
    """The crystal is made for layers from -depth_um to +depth_um."""
    crystal_seed: int = 0
    layer_z_um: float = 0.0
    material: str = "Al"
    """Name of a material of `materials.MATERIALS`."""
    mosaic_um: float = 0.0
    """Mean size of mosaic blocks; 0 for none."""
    mosaic_urad: float = 0.0
    """Root mean square of the tilts of the blocks."""
    curved_density_per_um2: float = 0.0
    """Isolated dislocations that are curved or close, per area of the layer; the
    `in_layer_fraction` of them lies nearly in the layer."""
    loop_fraction: float = 0.1
    """Fraction of them that are loops."""
    junction_density_per_um3: float = 0.0
    """Nodes at which two curved dislocations meet and run on as one, in and near the field of
    view."""
    bend_radius_um: float = 10.0
    """Least radius of curvature of the curved dislocations."""
    view_um: tuple[float, float] = (0.0, 0.0)
    """Where the field of view lies in the crystal, along rows and columns: images show the lines
    that much further up and to the left."""

    def __post_init__(self) -> None:
        self._check_reflection()
        self._check_view()
        _in_range(
            self,
            azimuth_deg=(-360, 360),
            dislocation_density_per_um2=(0, 0.1),
            in_layer_fraction=(0, 1),
            subgrain_um=(3, math.inf),
            boundary_misorientation_urad=(0, 2000),
            curvature_urad_per_um=(-100, 100),
            tilt_urad=(0, 2000),
            tilt_wavelength_um=(5, 1e5),
            core_um=(0.005, 1),
            upstream_um=(0, 500),
            exit_um=(3, 500),
            depth_um=(0, 1000),
            crystal_seed=(0, 2**63),
            layer_z_um=(-self.depth_um, self.depth_um),
            mosaic_um=(0, 1e5),
            mosaic_urad=(0, 5000),
            curved_density_per_um2=(0, 0.1),
            loop_fraction=(0, 1),
            junction_density_per_um3=(0, 0.1),
            bend_radius_um=(2, 1e4),
        )
        _require(
            self.mosaic_um == 0 or self.mosaic_um >= _SMALLEST_BLOCK_UM,
            f"mosaic_um must be 0 (no blocks) or at least {_SMALLEST_BLOCK_UM:g}",
            self.mosaic_um,
            "Choose for example 20.",
        )

    def _check_view(self) -> None:
        view = tuple(float(value) for value in self.view_um)
        object.__setattr__(self, "view_um", view)
        _require(
            len(view) == 2 and all(abs(value) <= _FARTHEST_VIEW_UM for value in view),
            f"view_um must be two numbers from {-_FARTHEST_VIEW_UM:g} to {_FARTHEST_VIEW_UM:g}",
            view,
            "Use for example 0 0.",
        )

    def _check_reflection(self) -> None:
        material = material_named(self.material)
        reflection = tuple(self.reflection)
        object.__setattr__(self, "material", material.name)
        object.__setattr__(self, "reflection", reflection)
        integers = len(reflection) == 3 and all(isinstance(i, int) for i in reflection)
        rule = f"{material.name} ({material.structure}): {SELECTION_RULES[material.structure]}"
        examples = [" ".join(map(str, indices)) for indices in dict.fromkeys(material.reflections)]
        _require(
            integers and is_allowed(material, reflection),
            "reflection must be three integers, not all zero, whose structure factor is not zero; "
            f"of {rule}",
            reflection,
            f"Choose for example {', '.join(examples[:-1])} or {examples[-1]}.",
        )


@dataclass(frozen=True)
class BeamParameters:
    """The line beam: one coherent Gaussian sheet, whose height follows from its divergence."""

    energy_kev: float = 17.0
    divergence_urad: float = 105.0
    """Full width at half maximum of the angular spectrum (intensity)."""
    stripe_contrast: float = 0.08
    """Relative standard deviation of the stripes across the beam profile."""
    profile_width: float = 1.6
    """Full width at half maximum of the line beam, in frame widths."""
    profile_walk: float = 0.0
    """Largest shift of the profile from frame to frame, in frame widths."""

    def __post_init__(self) -> None:
        _in_range(
            self,
            energy_kev=(8, 60),
            divergence_urad=(20, 1000),
            stripe_contrast=(0, 0.5),
            profile_width=(0.3, 100),
            profile_walk=(0, 0.5),
        )


@dataclass(frozen=True)
class OpticsParameters:
    """Objective and scintillator, seen on the detector."""

    pixel_um: float = 0.0444
    """Effective pixel size in the object plane."""
    psf_px: float = 3.0
    """Standard deviation of the point spread of objective and scintillator."""
    margins: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Unlit part of the frame at its top, bottom, left and right."""
    vignetting: float = 0.25
    """Part of the intensity lost in the corners."""
    haze_adu_per_s: float = 6.0
    """Diffuse background in the lit part of the frame."""
    stray_fraction: float = 0.004
    """Part of the intensity that the objective scatters far away."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "margins", tuple(float(value) for value in self.margins))
        low = len(self.margins) == 4 and min(self.margins) >= 0
        fits = low and sum(self.margins[:2]) < 0.9 and sum(self.margins[2:]) < 0.9
        _require(
            fits,
            "margins must be four parts of the frame (top, bottom, left, right), each at least 0 "
            "and opposite ones below 0.9 together",
            self.margins,
            "Use for example 0 0 0.1 0.1.",
        )
        _in_range(
            self,
            pixel_um=(0.01, 1),
            psf_px=(0.5, 20),
            vignetting=(0, 0.95),
            haze_adu_per_s=(0, 500),
            stray_fraction=(0, 0.2),
        )


@dataclass(frozen=True)
class DetectorParameters:
    """A pco.edge camera (sCMOS) as measured at ID03; ADU are its digital units."""

    exposure_s: float = 1.0
    strong_adu_per_s: float = 900.0
    """Median signal of the strong beam."""
    gain_adu_per_photon: float = 2.14
    offset_adu: float = 102.5
    dark_adu_per_s: float = 7.5
    noise_scale: float = 1.0
    """Factor on the standard deviation of the dark noise."""
    fixed_pattern_adu: float = 1.8
    warm_fraction: float = 0.0057
    hot_fraction: float = 1e-4
    dead_fraction: float = 2e-5
    edge_glow_adu: float = 35.0
    """Most that the outer 16 rows read too high."""
    row_banding_adu: float = 0.0
    auto_exposure: bool = False
    """Whether the exposure time is chosen for every frame, from exposure_s to 10 exposure_s."""

    def __post_init__(self) -> None:
        _in_range(
            self,
            exposure_s=(1e-3, 100),
            strong_adu_per_s=(1, 1e6),
            gain_adu_per_photon=(0.01, 100),
            offset_adu=(0, 5000),
            dark_adu_per_s=(0, 1000),
            noise_scale=(0, 10),
            fixed_pattern_adu=(0, 50),
            warm_fraction=(0, 0.1),
            hot_fraction=(0, 0.01),
            dead_fraction=(0, 0.01),
            edge_glow_adu=(0, 500),
            row_banding_adu=(0, 50),
        )


@dataclass(frozen=True)
class ScanParameters:
    """The rocking scan: frames, angles, drifts and the seed of the noise."""

    shape: tuple[int, int] = (512, 640)
    steps: int = 31
    step_deg: float = 0.004
    peak_offset_deg: float = 0.0
    """Where the crystal's peak lies, measured from the centre of the scan."""
    intensity_drift: float = 0.02
    """Relative change of the beam over the scan, plus a flicker of a fifth of it."""
    drift_px: float = 0.5
    """Largest shift of the image during the scan."""
    seed: int = 0
    first_frame: int = 0
    """Number of the first frame in a series of scans of one sensor: with the seed it fixes noise
    and drifts, while scans of a series that differ in it have sensor and beam profile in common."""

    def __post_init__(self) -> None:
        shape = tuple(self.shape)
        object.__setattr__(self, "shape", shape)
        good = len(shape) == 2 and all(isinstance(n, int) and 16 <= n <= 8192 for n in shape)
        _require(
            good,
            "shape must be two integers (rows, columns) from 16 to 8192",
            shape,
            "Use for example 512 640.",
        )
        _require(
            isinstance(self.steps, int) and 1 <= self.steps <= 2000,
            "steps must be an integer from 1 to 2000",
            self.steps,
            "Use for example 31.",
        )
        _in_range(
            self,
            step_deg=(1e-5, 1),
            peak_offset_deg=(-10, 10),
            intensity_drift=(0, 0.9),
            drift_px=(0, 50),
            seed=(0, 2**63),
            first_frame=(0, 2**31),
        )


@dataclass(frozen=True)
class GridParameters:
    """The grid of the wave fields; coarser than the pixels where physics allows."""

    row_px: int = 1
    column_px: int = 2
    layer_cell_um: float = 0.035
    """Cell along the diffracted beam inside the lit layer."""
    exit_cell_um: float = 0.25
    """Largest cell along the diffracted beam above the layer; 0.05 for grains 1 mrad apart."""

    def __post_init__(self) -> None:
        for name in ("row_px", "column_px"):
            value = getattr(self, name)
            _require(value in (1, 2, 4), f"{name} must be 1, 2 or 4 px", value, "Use 2.")
        _in_range(self, layer_cell_um=(0.01, 0.5), exit_cell_um=(0.02, 5))


@dataclass(frozen=True)
class SimulationParameters:
    """Everything that a simulated scan depends on."""

    sample: SampleParameters = field(default_factory=SampleParameters)
    beam: BeamParameters = field(default_factory=BeamParameters)
    optics: OpticsParameters = field(default_factory=OpticsParameters)
    detector: DetectorParameters = field(default_factory=DetectorParameters)
    scan: ScanParameters = field(default_factory=ScanParameters)
    grid: GridParameters = field(default_factory=GridParameters)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return nested dictionaries of plain values, ready for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, dict[str, Any]]) -> SimulationParameters:
        """Make parameters from nested dictionaries; groups and values left out keep their defaults.

        Raises
        ------
        DarfixWBError
            Where a group or a parameter is unknown, or a value is out of its range.
        """
        known = {group.name: group.default_factory for group in dataclasses.fields(cls)}
        groups = {}
        for name, content in values.items():
            _require(name in known, f"parameter groups are {', '.join(known)}", name, "Rename it.")
            fields = [entry.name for entry in dataclasses.fields(known[name])]
            for key in content:
                must = f"{name} has the parameters {', '.join(fields)}"
                _require(key in fields, must, key, "Rename it.")
            lists = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
            groups[name] = known[name](**lists)
        return cls(**groups)
