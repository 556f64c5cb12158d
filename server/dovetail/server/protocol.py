"""pygls' protocol without pygls' own documents, and with the fields that LSP has no name for.

The library keeps a copy of every document that splits lines where LSP does not and rebuilds its list of lines at
each key; Dovetail has its own (`documents`), so the copies are not made.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from lsprotocol import types
from pygls.protocol import LanguageServerProtocol, lsp_method


class DovetailProtocol(LanguageServerProtocol):
    """What differs from the library's protocol."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partial_tokens: dict[int | str, int | str] = {}
        """`partialResultToken` of inline completion requests by request id: LSP has no such field there."""

    def structure_message(self, data: Any) -> Any:
        if (
            isinstance(data, dict)
            and data.get("method") == types.TEXT_DOCUMENT_INLINE_COMPLETION
            and "id" in data
        ):
            params = data.get("params")
            token = params.pop("partialResultToken", None) if isinstance(params, dict) else None
            if isinstance(token, str | int):
                self.partial_tokens[data["id"]] = token
        return super().structure_message(data)

    def _user(self, method: str, params: Any) -> Generator[Any, Any, None]:
        if (handler := self.fm.features.get(method)) is not None:
            yield handler, (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: Any) -> Generator[Any, Any, None]:
        yield from self._user(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: Any) -> Generator[Any, Any, None]:
        yield from self._user(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: Any) -> Generator[Any, Any, None]:
        yield from self._user(types.TEXT_DOCUMENT_DID_CLOSE, params)


def plain(value: Any) -> Any:
    """Nested objects as pygls makes them from unknown messages, back as dicts and lists."""
    if hasattr(value, "_asdict"):
        return {key: plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
