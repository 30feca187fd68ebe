"""Directions, lengths and constants of one reflection of a material in the laboratory frame.

The beam goes along x, the diffracted beam lies in the x-z plane, y is the rocking axis. A point is
``r = s0 k0 + sh kh + y`` with the oblique coordinates s0 along the incident and sh along the
diffracted beam. Detector rows follow s0 and columns follow y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DarfixWBError
from .materials import Material, material_named
from .parameters import SimulationParameters
from .scattering import CLASSICAL_RADIUS_UM, HC_KEV_UM, absorption_per_um, structure_factor


@dataclass(frozen=True)
class Geometry:
    """One reflection at one energy.

    Attributes
    ----------
    material : Material
    wavelength_um, theta_rad : float
        Wavelength and Bragg angle.
    coupling_per_um : float
        K = pi |chi_h| / lambda of the Takagi equations (sigma polarisation).
    kappa_per_um : float
        (2 pi / lambda) sin(2 theta): phase per length and radian of deviation.
    diffraction_vector_per_um : (3,) float64
        h = 2 pi / d, in the laboratory frame.
    diffracted : (3,) float64
        Unit vector kh of the diffracted beam.
    rotation : (3, 3) float64
        From crystal axes to the laboratory frame.
    darwin_rad : float
        Darwin width 2 |chi_h| / sin(2 theta) (Authier, Dynamical Theory of X-ray Diffraction).
    row_um, column_um : float
        Distance in the layer between two detector rows (along x) and columns (along y).
    beam_sigma_um : float
        Standard deviation of the amplitude of the sheet, along the diffracted beam.
    width_rad : float
        Width of the local rocking curve: hypot of divergence and Darwin width.
    absorption_per_um : float
        Linear absorption coefficient mu.
    """

    material: Material
    wavelength_um: float
    theta_rad: float
    coupling_per_um: float
    kappa_per_um: float
    diffraction_vector_per_um: np.ndarray
    diffracted: np.ndarray
    rotation: np.ndarray
    darwin_rad: float
    row_um: float
    column_um: float
    beam_sigma_um: float
    width_rad: float
    absorption_per_um: float


def _rotation(crystal_g: np.ndarray, azimuth_rad: float, h_hat: np.ndarray) -> np.ndarray:
    crystal_h = crystal_g / np.linalg.norm(crystal_g)
    helper = np.eye(3)[np.argmin(np.abs(crystal_h))]
    first = np.cross(crystal_h, helper)
    first /= np.linalg.norm(first)
    second = np.cross(crystal_h, first)
    across = np.cos(azimuth_rad) * first + np.sin(azimuth_rad) * second
    crystal_frame = np.stack([crystal_h, across, np.cross(crystal_h, across)])
    y_hat = np.array([0.0, 1.0, 0.0])
    lab_frame = np.stack([h_hat, y_hat, np.cross(h_hat, y_hat)])
    return lab_frame.T @ crystal_frame


def make_geometry(parameters: SimulationParameters) -> Geometry:
    """Work out the geometry of a scan.

    ``|chi_h| = r_e lambda^2 F / (pi V)`` (Authier). The sheet is a diffraction-limited Gaussian:
    its amplitude has the standard deviation ``1 / (2 k sigma_angle)`` in height (times sqrt 2),
    divided by sin(2 theta) along the diffracted beam.

    chi_h is real: anomalous absorption (Borrmann effect) is not modelled. Normal absorption is:
    with ``D = exp(-mu (s0 + sh) / 2) D~`` the Takagi equations for ``D~`` are those without
    absorption, so that it only dims the rows along the beam.

    Raises
    ------
    DarfixWBError
        Where the reflection cannot be reached at that energy.
    """
    sample, beam, optics = parameters.sample, parameters.beam, parameters.optics
    material = material_named(sample.material)
    wavelength = HC_KEV_UM / beam.energy_kev
    crystal_g = material.reciprocal_vector(sample.reflection)
    sine = wavelength * float(np.linalg.norm(crystal_g)) / 2
    if sine >= np.sin(np.pi / 5):
        raise DarfixWBError(
            "the Bragg angle must be below 36 degrees, got sin(theta) = "
            f"{sine:.3f} for reflection {sample.reflection} of {material.title} at "
            f"{beam.energy_kev:g} keV. "
            "Choose a lower reflection or a higher energy."
        )
    theta = float(np.arcsin(sine))
    s_per_angstrom = sine / (wavelength * 1e4)
    amplitude = structure_factor(material, sample.reflection, beam.energy_kev, s_per_angstrom)
    chi = CLASSICAL_RADIUS_UM * wavelength**2 * amplitude / (np.pi * material.volume_um3)
    k = 2 * np.pi / wavelength
    h_hat = np.array([-np.sin(theta), 0.0, np.cos(theta)])
    sigma_angle = beam.divergence_urad * 1e-6 / np.sqrt(8 * np.log(2))
    darwin = 2 * chi / np.sin(2 * theta)
    return Geometry(
        material=material,
        wavelength_um=wavelength,
        theta_rad=theta,
        coupling_per_um=float(np.pi * chi / wavelength),
        kappa_per_um=float(k * np.sin(2 * theta)),
        diffraction_vector_per_um=2 * k * sine * h_hat,
        diffracted=np.array([np.cos(2 * theta), 0.0, np.sin(2 * theta)]),
        rotation=_rotation(crystal_g, np.deg2rad(sample.azimuth_deg), h_hat),
        darwin_rad=float(darwin),
        row_um=float(optics.pixel_um / np.sin(2 * theta)),
        column_um=optics.pixel_um,
        beam_sigma_um=float(1 / (np.sqrt(2) * k * sigma_angle) / np.sin(2 * theta)),
        width_rad=float(np.hypot(beam.divergence_urad * 1e-6, darwin)),
        absorption_per_um=absorption_per_um(material, beam.energy_kev),
    )
