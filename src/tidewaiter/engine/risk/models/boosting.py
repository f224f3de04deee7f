"""Boosted trees. LightGBM is imported when trees are first read or grown, and not before: where
scikit-learn is installed it brings that along, which takes longer than most commands run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import lightgbm as lgb
    import numpy as np
    import numpy.typing as npt

PATIENCE = 30  # rounds without progress on the later rows


def read_trees(text: str) -> lgb.Booster:
    """The booster that a model keeps as text."""
    import lightgbm as lgb  # noqa: PLC0415  see above

    return lgb.Booster(model_str=text)


def grow_trees(
    parameters: Mapping[str, Any],
    rows: npt.NDArray[np.float32],
    target: npt.NDArray[Any],
    rounds: int,
    later: tuple[npt.NDArray[np.float32], npt.NDArray[Any]] | None = None,
) -> lgb.Booster:
    """Trees that tell the target of rows × features; with later rows and their target, no more
    rounds than help there."""
    import lightgbm as lgb  # noqa: PLC0415  see above

    data = lgb.Dataset(rows, target)
    if later is None:
        return lgb.train(dict(parameters), data, num_boost_round=rounds)
    return lgb.train(
        dict(parameters),
        data,
        num_boost_round=rounds,
        valid_sets=[data.create_valid(*later)],
        callbacks=[lgb.early_stopping(PATIENCE, verbose=False)],
    )
