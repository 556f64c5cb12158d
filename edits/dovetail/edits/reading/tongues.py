"""What words of other languages than English say of the block below them: that it is run, a part, a quotation, or not
to be done. Each list is short: verbs and nouns that stand in front of a block of code and mean little else.
"""

from __future__ import annotations

import re

from .vocabulary import words

RUN = words(
    "ausgabe ausführen ausgeführt starte starten sortie exécuter exécutez exécute lancez salida ejecuta ejecutar",
    "ejecute saída executar esegui eseguire вывод запустите запусти запуск",
)
PART = words(
    "füge hinzu hinzufügen ergänze ergänzen anhängen einfügen ajoutez ajouter ajoute insérez añade añadir agrega",
    "agregar inserta adicione adicionar insira aggiungi aggiungere inserisci добавьте добавить добавь вставьте",
)
QUOTED = words(
    "bisher bisherige bisherigen vorher beispiel beispielsweise exemple actuellement ejemplo actualmente exemplo",
    "atualmente esempio attualmente например сейчас пример",
)
_RUN = re.compile(r"运行|执行(?!以下修改|修改)|输出|実行|出力|실행|출력")
_PART = re.compile(r"添加|加入|插入|追加|挿入|추가")
_QUOTED = re.compile(
    r"当前的?代码|目前的?代码|原来的?代码|例如|比如|现在的?代码|現在のコード|例えば|たとえば|예를 들어|현재 코드"
)
_CHANGES = re.compile(r"修改|改为|改成|更新|替换|変更|修正|置き換え|수정|변경")
_NEGATED = re.compile(
    r"^(?!.*\b(?:noch|existier\w*|gibt|vorhanden)\b).*\bnicht(?:\s+(?:so|wie\s+folgt|auf\s+diese\s+weise))?\s*[:.!]*$|^(?:vermeiden?|niemals|keinesfalls)\b"
    r"|\bne\s+(?:faites|fais|changez|modifiez|utilisez|remplacez|écrivez)\s+(?:\w+\s+)?(?:pas|jamais)\b"
    r"|\bno\s+(?:hagas|haga|cambies|cambie|modifiques|modifique|uses|use|utilices|reemplaces|escribas)\b"
    r"|\bnão\s+(?:faça|altere|mude|use|utilize|substitua|escreva)\b|\bnon\s+(?:fare|cambiare|modificare|usare|scrivere)\b"
    r"|(?:不要|别|请勿|切勿)(?:这样|这么|如此|像|使用|修改|改|写|用)|しないで|変更しない|使わない|書かない"
    r"|(?:하지|쓰지|바꾸지)\s?마|\bне\s+(?:делайте|меняйте|изменяйте|используйте|пишите|заменяйте)\b",
    re.IGNORECASE,
)


def negated_elsewhere(text: str) -> str:
    """The words with which a sentence in another language says that what stands below is not to be done."""
    found = _NEGATED.search(text)
    return found[0].strip(" :.!")[-40:] if found else ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""


def said_to_run(text: str) -> str:
    """What says that the block is a command or its output, in a language that parts no words by spaces."""
    return "" if _CHANGES.search(text) else _first(_RUN, text)


def said_to_be_a_part(text: str) -> str:
    """What says that the block is put somewhere in the file, in such a language."""
    return _first(_PART, text)


def said_to_be_quoted(text: str) -> str:
    """What says that the block shows what is there, in such a language."""
    return "" if _CHANGES.search(text) else _first(_QUOTED, text)
