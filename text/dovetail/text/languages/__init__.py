"""The languages Dovetail knows: how a file is recognised, its grammar, and the queries the engines need.

An unknown language is None everywhere; the engines then work by indentation.
"""

from ._language import Language, Part
from ._table import LANGUAGES, language_for, language_of_path

__all__ = ["LANGUAGES", "Language", "Part", "language_for", "language_of_path"]
