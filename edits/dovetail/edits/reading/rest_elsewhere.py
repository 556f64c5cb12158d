"""What comments in other languages than English say of lines that are not shown: "zbytek beze změny", "以下不变".

Two lists that languages share: words for what is left ("the rest", "the others", "what is there"), and words for
that it stays ("unchanged", "as before"). Of the second kind some are said of nothing else; the others ("the same")
count only beside one of the first kind.
"""

from __future__ import annotations

import re

_LEFT = re.compile(
    # German, Dutch, Danish, Norwegian, Swedish; French, Spanish, Portuguese, Italian, Catalan, Romanian
    r"\b(?:rest|resten|restlich\w*|übrig\w*|bestehend\w*|vorhanden\w*|overige|bestaande|øvrige\w*|övriga|eksisterende|befintlig\w*"
    r"|reste|restant\w*|autres?|existant\w*|resto|resta|otr[ao]s|outr[ao]s|altr[ei]s?|existente\w*|demás|restul|celelalte|ceilalți"
    # Polish, Czech, Slovak, Croatian, Serbian, Slovene; Hungarian, Finnish, Estonian, Latvian, Lithuanian, Turkish
    r"|reszta|pozostał\w*|istniejąc\w*|zbytek|zbývajíc\w*|ostatní\w*|zvyšok|zvyšn\w*|ostatné|ostatak|ostal[eio]|preostal\w*"
    r"|postojeć\w*|többi\w*|maradék\w*|meglévő|loput|loppu\w*|muut?|olemassa|ülejäänud|pārēj\w+|likus\w*|kit[ai]"
    r"|geri\s+kalan\w*|kalan\w*|diğer\w*|mevcut"
    # Indonesian, Vietnamese; Russian, Ukrainian, Bulgarian, Serbian; Greek
    r"|sis[ae]nya|sisa|selebihnya|lainnya|phần\s+còn\s+lại|còn\s+lại|phần\s+khác|hiện\s+có"
    r"|остальн\w+|остаток|существующ\w+|решта|інш\w+|наявн\w+|останал\w+|остатък\w*|остатак|остал[иоае]"
    r"|υπόλοιπ\w+|άλλ[αοεη]\w*|υπάρχο\w+)\b"
    # Hebrew, Arabic, Persian, where articles stand before a word without a space
    r"|שאר|יתר|הקיים|الباقي|باقي|بقية|الموجود|بقیه|باقی|سایر"
    # Hindi, Bengali, Thai, Chinese, Japanese, Korean
    r"|बाकी|शेष|मौजूदा|বাকি|ที่เหลือ|ส่วนอื่น"
    r"|其余|其餘|其他|其它|剩余|剩餘|剩下|余下|餘下|后面|後面|以下|下面|残り|他の|その他|以降|以後|既存|나머지|이하|기존",
    re.IGNORECASE,
)
_STAYS = re.compile(
    r"\b(?:unverändert\w*|ongewijzigd\w*|uændre\w+|uendre\w+|oförändra\w+|inchangée?s?|sans\s+(?:changements?|modifications?)"
    r"|sin\s+(?:cambios|modificar|modificaciones)|sem\s+(?:mudanças?|alterações|alteração)|inalterad\w+|invariat\w+"
    r"|senza\s+modifiche|sense\s+canvis|neschimbat\w*|fără\s+modificări"
    r"|bez\s+(?:zmian\w*|zmeny|promjen\w*|promen\w*)|beze\s+změn\w*|nezměněn\w*|nezmenen\w*|nepromijenj\w+|nepromenj\w+"
    r"|nespremenj\w+|brez\s+sprememb|változatlan\w*|ennallaan|muuttumat\w+|muutmata|nemainīg\w+|nepakeist\w+"
    r"|değişmedi|değişmeden|değişiklik\s+yok|tidak\s+berubah|tanpa\s+perubahan|tidak\s+diubah"
    r"|giữ\s+nguyên|không\s+(?:thay\s+)?đổi"
    r"|без\s+(?:изменений|змін|промяна|промени|промена)|не\s*измен\w+|незмін\w+|непромен\w+"
    r"|αμετάβλητ\w+|χωρίς\s+αλλαγ\w+|όπως\s+(?:πριν|είναι|έχει))\b"
    r"|(?:ללא|בלי)\s+שינוי\w*|(?:بدون|دون|بلا)\s+(?:أي\s+)?(?:تغيير|تعديل|تغییر)|अपरिवर्तित|(?:कोई\s+)?बदलाव\s+नहीं|অপরিবর্তিত"
    r"|เหมือนเดิม|ไม่(?:มีการ)?เปลี่ยน|คงเดิม|保持不[变變]|不[变變]|保持原样|変更な[しく]|変更ありません|변경\s*없",
    re.IGNORECASE,
)
"""Said of nothing but what stays."""
_SAME = re.compile(
    r"\b(?:gleich|bleib\w*|wie\s+(?:bisher|zuvor|vorher)|hetzelfde|blijft|som\s+f[øö]r|samme|samma|identiques?|comme\s+avant|igual\w*"
    r"|permanece\w*|come\s+prima|la\s+fel|rămân\w*|stejn\w+|zůstáv\w+|rovnak\w+|zostáva\w*|taki\w*\s+sam\w*|ist[oaie]|ostaj[eu]"
    r"|enak\w+|ugyanaz\w*|marad|sama\w*|pysyy|samaks|aynı\w*|tetap|như\s+(?:cũ|trước)|прежн\w+|же\s+сам\w+|те\s+саме|так\w*\s+же"
    r"|същ\w+|ίδι\w+|παραμέν\w+)\b"
    r"|נשאר\w*|כמו\s+(?:קודם|שהיה)|כפי\s+שהי\w+|אותו\s+דבר|كما\s+(?:هو|هي|كان\w*)|نفسه|همان|वही|पहले\s+जैसा|समान|একই"
    r"|同じ|相同|一样|一樣|동일|그대로|같[음은다]",
    re.IGNORECASE,
)
"""Said of much; here, beside a word for what is left."""


def says_it_stays(text: str) -> bool:
    """Whether a text says, in another language than English, that something stays as it is."""
    return bool(_STAYS.search(text) or (_LEFT.search(text) and _SAME.search(text)))


def says_the_rest_stays_elsewhere(text: str) -> bool:
    """Whether a text says so of what is not shown: "the rest", "the others"."""
    return bool(_LEFT.search(text)) and says_it_stays(text)
