"""How loud speech is, and making it as loud as a telephone expects.

The active speech level leaves pauses out, in the spirit of ITU-T P.56 but simpler: the RMS of those 20 ms frames that lie
within 16 dB of the loudest ones. dBov: relative to the overload point of 16-bit PCM.
"""

from __future__ import annotations

import numpy as np

from triage.audio.pcm import Samples

SPEECH_DBOV = -20.0  # the line's own voice: a little above the -26 dBov of ITU-T P.800 test speech, below distortion
PEAK_MAX = 0.89  # -1 dBov
GAIN_DB_MAX = 12.0  # quieter than that is not speech to be raised
ACTIVE_WITHIN_DB = 16.0
SILENCE_DBOV = -96.0


def active_level_dbov(samples: Samples, rate_hz: int) -> float:
    """SILENCE_DBOV for digital silence and for less than one frame."""
    frame = rate_hz // 50
    whole = len(samples) // frame * frame
    if not whole:
        return SILENCE_DBOV
    power = np.mean(np.square(samples[:whole].reshape(-1, frame), dtype=np.float64), axis=1)
    loudest = float(np.quantile(power, 0.95))
    active = power[power >= loudest * 10 ** (-ACTIVE_WITHIN_DB / 10)]
    mean = float(active.mean()) if loudest > 0 else 0.0
    return max(SILENCE_DBOV, 10 * np.log10(mean)) if mean > 0 else SILENCE_DBOV


def levelled(samples: Samples, rate_hz: int, target_dbov: float = SPEECH_DBOV) -> Samples:
    """The same speech at the target level, as far as GAIN_DB_MAX and PEAK_MAX let it."""
    level = active_level_dbov(samples, rate_hz)
    peak = float(np.abs(samples).max(initial=0.0))
    if level <= SILENCE_DBOV or peak <= 0:
        return samples
    gain = 10 ** (float(np.clip(target_dbov - level, -GAIN_DB_MAX, GAIN_DB_MAX)) / 20)
    return (samples * np.float32(min(gain, PEAK_MAX / peak))).astype(np.float32)
