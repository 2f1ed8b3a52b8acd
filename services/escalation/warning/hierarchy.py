"""Areas, the provinces they lie in, and how near they are to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_EARTH_KM = 6371.0


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """`codes` [areas]; `province` [areas] points into `provinces`; `points` [areas, 2], degrees, nan if unknown."""

    codes: tuple[str, ...]
    province: NDArray[np.intp]
    provinces: tuple[str, ...]
    points: Array
    size: Array
    """[areas], relative, with mean 1."""
    index: Mapping[str, int] = field(repr=False)

    def by_province(self, values: Array) -> Array:
        """Sums over the areas of each province, [provinces]."""
        return np.bincount(self.province, weights=values, minlength=len(self.provinces)).astype(np.float64)


def hierarchy(
    areas: Sequence[tuple[str, str]],
    points: Mapping[str, tuple[float, float]] | None = None,
    size: Sequence[float] | None = None,
) -> Hierarchy:
    """From pairs (area, province); `points` are (latitude, longitude) and `size` how large each is, where known."""
    codes = tuple(area for area, _ in areas)
    if len(set(codes)) != len(codes):
        raise ValueError("an area is named twice")
    provinces = tuple(sorted({province for _, province in areas}))
    place = {province: n for n, province in enumerate(provinces)}
    known = points or {}
    relative = np.array(size if size is not None else np.ones(len(codes)), dtype=np.float64)
    return Hierarchy(
        codes=codes,
        province=np.array([place[province] for _, province in areas], dtype=np.intp),
        provinces=provinces,
        points=np.array([known.get(code, (np.nan, np.nan)) for code in codes], dtype=np.float64).reshape(-1, 2),
        size=relative / relative.mean() if codes else relative,
        index={code: n for n, code in enumerate(codes)},
    )


def kernel(places: Hierarchy, scale_km: float, cut_km: float) -> Array:
    """How much the others count for each area, [areas, areas]: exp(-distance/scale), rows summing to 1, none of itself.

    An area with nobody near, or without a point, is given its province, all alike; one alone in it nothing.
    """
    distance = distances(places.points)
    near = np.where(distance <= cut_km, np.exp(-np.nan_to_num(distance) / scale_km), 0.0)
    same = (places.province[:, None] == places.province[None, :]).astype(np.float64)
    np.fill_diagonal(near, 0.0)
    np.fill_diagonal(same, 0.0)
    near = np.where(near.any(axis=1, keepdims=True), near, same)
    total = near.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(near, total, out=np.zeros_like(near), where=total > 0))


def distances(points: Array) -> Array:
    """Kilometres between points in degrees along the great circle, [n, n]; nan where a point is unknown."""
    lat, lng = np.radians(points[:, 0]), np.radians(points[:, 1])
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half = half + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lng[:, None] - lng) / 2) ** 2
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
