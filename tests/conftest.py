"""For all tests: how long an example takes says more of the machine than of the code (see CONTRIBUTING.md), so none of
hypothesis' examples has a deadline."""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile("without deadlines", deadline=None)
hypothesis.settings.load_profile("without deadlines")
