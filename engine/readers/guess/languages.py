"""Names of columns in other languages than English: what their words mean, in any order and with any ending.

A list of whole names was rejected: who translates a table writes "Id. de proceso padre", "Elternprozess-ID" or "親プロセスID",
and nobody foresees which. So a name is taken apart into stems, and what they mean together is what the column is.
"""

from __future__ import annotations

import re
from functools import lru_cache

_STEMS = {
    "parent": "eltern übergeordnet ersteller vater padre principal pai genitore nadrzędn bovenliggend ouder "
    "родительск родител 親 父 부모 上级 överordnad förälder overordnet rodič nadřazen üst créateur "
    "creador creatore parent creator",
    "process": "prozess vorgang processus proceso processo proces процесс プロセス 进程 處理程序 프로세스 işlem "
    "prosess process",
    "id": "kennung nummer identificador identifiant identificatore identyfikator идентификатор ид 标识符 識別子 "
    "識別碼 아이디 kimliği numéro número numero номер id pid",
    "program": "abbildname abbild imagen immagine imagem obraz afbeelding образ イメージ 映像 이미지 pfad chemin "
    "ruta percorso caminho ścieżka путь パス 路径 路徑 경로 programm programme programa programma "
    "программа 程序 プログラム 프로그램 exe name nom nombre nome nazwa naam имя 名称 名稱 名 이름 namn "
    "ausführbare datei neuer nueva nuevo nouveau nuovo novo neue fichier archivo image path new",
    "command": "befehlszeile kommandozeile befehl lignedecommande líneadecomandos lineadecomandos líneadecomando "
    "rigadicomando rigadicomandi linhadecomando opdrachtregel wierszpolecenia команднаястрока "
    "コマンドライン 命令行 命令列 명령줄 kommandorad kommandolinje komutsatırı příkazovýřádek",
    "time": "zeitstempel zeitpunkt startzeit uhrzeit zeit datum erstellt fecha hora horodatage heure création "
    "creación creazione criação data ora tijdstip tijd czas время дата 日時 時刻 时间 時間 日期 시간 "
    "tidpunkt tarih zaman čas",
    "host": "rechnername rechner computername ordinateur equipo computador komputer компьютер コンピューター "
    "コンピュータ 计算机 電腦 컴퓨터 gerät machine máquina dator bilgisayar počítač",
    "user": "benutzername benutzer konto utilisateur usuario usuário utente gebruiker użytkownik пользовател "
    "ユーザー 用户 使用者 사용자 användare bruker kullanıcı uživatel compte cuenta conta account",
}  # fmt: skip
_ENGLISH = frozenset(("parent", "creator", "process", "id", "pid", "image", "path", "new", "name", "exe", "account", "machine"))
_MEANING = {stem: meaning for meaning, stems in _STEMS.items() for stem in stems.split()}
_STEM = re.compile("|".join(sorted(map(re.escape, _MEANING), key=len, reverse=True)))
_ENDINGS = frozenset(("", "s", "e", "es"))
"""What makes words that English has, too, those of another language, beside `parent`: image parente."""
_ENDING = 3
"""Letters between stems: endings, articles and prepositions (procesu, del, do)."""
_LONGEST = 64


@lru_cache(maxsize=1024)
def english(name: str) -> str:
    """The English name of a column with this name (lower case, letters and digits only); "" where its words are not known or are
    English already.
    """
    if not name or len(name) > _LONGEST:
        return ""
    stems, rests = _STEM.findall(name), _STEM.split(name)
    if not set(stems) - _ENGLISH and not ("parent" in stems and any(rests) and _ENDINGS.issuperset(rests)):
        return ""
    if any(len(rest) > _ENDING for rest in rests):
        return ""
    return _named({_MEANING[stem] for stem in stems})


def _named(means: set[str]) -> str:
    if means <= {"time", "program"} and "time" in means:
        return "timestamp"
    for only, name in (("user", "username"), ("host", "hostname")):
        if means - {"program", "id"} == {only}:
            return name
    of_parent = "parent" if "parent" in means else ""
    means -= {"parent"}
    if "command" in means:
        return f"{of_parent}commandline" if means <= {"command", "process"} else ""
    if "id" in means and means <= {"id", "process", "program"}:
        return f"{of_parent}processid" if of_parent or "process" in means else ""
    return f"{of_parent}processname" if means and means <= {"process", "program"} else ""
