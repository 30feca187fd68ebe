"""What was found about one side of a scan, and how much it matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

OK, LOOK, STOP = "ok", "look", "stop"

VERDICTS = (OK, LOOK, STOP)
"""From harmless to grave: nothing to do; look before the result is trusted; do not go on."""

VERDICT_COLORS = {OK: "#009E73", LOOK: "#E69F00", STOP: "#D55E00"}
"""Colours that colour-blind people tell apart (Okabe and Ito, 2008)."""


def worst(verdicts: Iterable[str]) -> str:
    """The gravest of some verdicts; ``"ok"`` of none.

    Examples
    --------
    >>> worst(["ok", "look", "ok"])
    'look'
    """
    return max(verdicts, key=VERDICTS.index, default=OK)


@dataclass(frozen=True)
class Finding:
    """One topic of a check.

    Attributes
    ----------
    topic : str
        What it is about, e.g. ``"saturation"``.
    fact : str
        What was found, in a sentence.
    details : mapping
        The same as plain numbers and texts, by name.
    concerns : tuple of (str, str)
        Verdict and sentence of all that is not as it should be: what, where, how many, and what to
        do.

    Examples
    --------
    >>> finding = Finding("frames", "There are 2 frames.", {"n_frames": 2})
    >>> finding.verdict
    'ok'
    >>> finding.look("They make no rocking curve.").sentence
    'There are 2 frames. They make no rocking curve.'
    """

    topic: str
    fact: str
    details: Mapping[str, object] = field(default_factory=dict)
    concerns: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self) -> str:
        """The gravest of the concerns, ``"ok"`` without any."""
        return worst(verdict for verdict, _ in self.concerns)

    @property
    def sentence(self) -> str:
        """All there is to say, in a sentence or more."""
        return " ".join(filter(None, (self.fact, *self.warnings)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The sentences of the concerns."""
        return tuple(sentence for _, sentence in self.concerns)

    def look(self, sentence: str, **details: object) -> Finding:
        """The same finding with a reason to look, and with more details."""
        return self._with(LOOK, sentence, details)

    def stop(self, sentence: str, **details: object) -> Finding:
        """The same finding with a reason not to go on, and with more details."""
        return self._with(STOP, sentence, details)

    def to_dict(self) -> dict:
        """Plain values, for JSON."""
        return {
            "topic": self.topic,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "details": dict(self.details),
        }

    def _with(self, verdict: str, sentence: str, details: dict) -> Finding:
        return replace(
            self,
            details={**self.details, **details},
            concerns=(*self.concerns, (verdict, sentence)),
        )
