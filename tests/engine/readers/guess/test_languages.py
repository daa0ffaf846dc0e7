"""Names of columns in other languages, and tables with them as spreadsheets of other countries save them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent
from engine.readers.containers.member import Member
from engine.readers.contract import ReadOptions
from engine.readers.detect import NoLog, detect
from engine.readers.guess.evidence import plain_name
from engine.readers.guess.languages import english

HEADERS = {
    "German": ("Zeitstempel;Gerät;Programm;Prozess-ID;Übergeordneter Prozess;Übergeordnete Prozess-ID;Befehlszeile", "cp1252"),
    "German event": ("Zeit;Rechner;Neuer Prozessname;Neue Prozess-ID;Name des Erstellerprozesses;Erstellerprozess-ID;"
        "Prozessbefehlszeile", "utf-8"),
    "French": ("Date et heure;Ordinateur;Processus;ID du processus;Processus parent;ID du processus parent;Ligne de commande",
        "cp1252"),
    "Spanish": ("Fecha y hora;Equipo;Proceso;Id. de proceso;Proceso padre;Id. de proceso padre;Línea de comandos", "cp1252"),
    "Italian": ("Data e ora;Computer;Processo;ID processo;Processo padre;ID processo padre;Riga di comando", "utf-8"),
    "Portuguese": ("Data/Hora;Computador;Processo;ID do Processo;Processo Pai;ID do Processo Pai;Linha de Comando", "utf-8"),
    "Dutch": ("Tijdstip;Computer;Proces;Proces-ID;Bovenliggend proces;Bovenliggend proces-ID;Opdrachtregel", "utf-8"),
    "Polish": ("Czas;Komputer;Proces;Identyfikator procesu;Proces nadrzędny;Identyfikator procesu nadrzędnego;Wiersz polecenia",
        "cp1250"),
    "Russian": ("Время;Компьютер;Процесс;ИД процесса;Родительский процесс;ИД родительского процесса;Командная строка", "cp1251"),
    "Japanese": ("日時;コンピューター;プロセス;プロセスID;親プロセス;親プロセスID;コマンドライン", "cp932"),
    "Chinese": ("时间;计算机;进程;进程ID;父进程;父进程ID;命令行", "gb18030"),
}  # fmt: skip
NOTES = {
    "Polish": "2024-05-02 10:00:00;ws1;C:\\ą.exe;1;C:\\b\\y.exe;4;otwórz żółć, zażółć gęślą jaźń\n",
    "Chinese": "2024-05-02 10:00:00;ws1;C:\\程序.exe;1;C:\\b\\y.exe;4;打开文件并保存\n",
}
"""Rows with more letters: a header alone is too little for statistics."""
ROW = '2024-05-02 10:00:00;ws1;C:\\a\\x.exe;632;C:\\b\\y.exe;400;"x.exe -a"\n'


def processes(content: bytes) -> list[ProcessEvent]:
    member = Member("x", len(content), lambda: io.BytesIO(content))
    detected = detect(member)
    if isinstance(detected, NoLog):
        return []
    with member.open() as stream:
        items = list(detected.reader.read(stream, ReadOptions(path="x", again=member.open)))
    return [item for item in items if isinstance(item, ProcessEvent)]


@pytest.mark.parametrize("language", HEADERS)
def test_a_table_in_any_language_is_read(language: str) -> None:
    header, encoding = HEADERS[language]
    event = processes((header + "\n" + ROW * 3 + NOTES.get(language, "")).encode(encoding))[0]
    assert (event.image, event.pid, event.parent_image, event.ppid) == ("C:\\a\\x.exe", 632, "C:\\b\\y.exe", 400)
    assert (event.time_us, event.host, event.command_line) == (1_714_644_000_000_000, "ws1", "x.exe -a")


@pytest.mark.parametrize("name", ["Nummer", "Datei", "Statusmeldung", "Prozessor", "Process ID", "Hora de la reunión anual", ""])
def test_a_name_that_is_no_field_of_a_process_stays_unknown(name: str) -> None:
    assert english(plain_name(name)) not in {"processid", "parentprocessid", "commandline", "timestamp"}


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("Image parente", "parentprocessname"),
        ("PID parente", "parentprocessid"),
        ("Parent Process GUID", ""),
        ("Parent Process Image", ""),
        ("Paths", ""),
        ("Process IDs", ""),
    ],
)
def test_words_that_english_has_too_are_told_by_the_ending_of_another_language(name: str, meaning: str) -> None:
    assert english(plain_name(name)) == meaning


@given(st.text(max_size=80))
def test_any_name_is_one_name_or_none(name: str) -> None:
    assert english(plain_name(name)) in {
        "", "timestamp", "username", "hostname", "commandline", "parentcommandline", "processid", "parentprocessid",
        "processname", "parentprocessname",
    }  # fmt: skip


LAYOUTS = {
    "blanks before quotes": '"time", "exe", "pid", "ppid", "cmdline"\n'
    '"2024-05-02 10:00:00", "C:\\a\\x.exe", "632", "400", "x, a"\n',
    "single quotes": "time,exe,pid,ppid,cmdline\n'2024-05-02 10:00:00','C:\\a\\x.exe','632','400','x, a'\n",
    "curly quotes": "time,exe,pid,ppid,cmdline\n“2024-05-02 10:00:00”,“C:\\a\\x.exe”,“632”,“400”,“x, a”\n",
    "groups of columns": "Event,,Process,,\ntime,exe,pid,ppid,cmdline\n2024-05-02 10:00:00,C:\\a\\x.exe,632,400,\"x, a\"\n",
    "title in a table": "Report,,,,\n,,,,\ntime,exe,pid,ppid,cmdline\n2024-05-02 10:00:00,C:\\a\\x.exe,632,400,\"x, a\"\n",
    "carriage returns": "time,exe,pid,ppid,cmdline\r2024-05-02 10:00:00,C:\\a\\x.exe,632,400,\"x, a\"\r",
    "serial number": "time,exe,pid,ppid,cmdline\n45414.4166666667,C:\\a\\x.exe,632,400,\"x, a\"\n",
    "Oracle": "time,exe,pid,ppid,cmdline\n02-MAY-24 10.00.00.000000 AM,C:\\a\\x.exe,632,400,\"x, a\"\n",
    "no separators": "time,exe,pid,ppid,cmdline\n20240502-100000,C:\\a\\x.exe,632,400,\"x, a\"\n",
    "journal sequence": '\x1e{"time":"2024-05-02T10:00:00Z","exe":"C:\\\\a\\\\x.exe","pid":632,"ppid":400,"cmdline":"x, a"}\n',
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_spreadsheets_and_databases_save_is_read(layout: str) -> None:
    (event,) = processes(LAYOUTS[layout].encode())
    assert (event.image, event.pid, event.ppid, event.command_line) == ("C:\\a\\x.exe", 632, 400, "x, a")
    assert event.time_us is not None
    assert abs(event.time_us - 1_714_644_000_000_000) < 10_000


@pytest.mark.parametrize(("path", "encoding"), [
    ("C:\\Kullanıcı\\Işık\\x.exe", "cp1254"), ("C:\\Użytkownicy\\Łukasz\\x.exe", "cp1250"),
    ("C:\\Программы\\x.exe", "cp866"), ("C:\\表示\\x.exe", "cp932")])  # fmt: skip
def test_letters_within_latin_words_are_of_a_latin_page(path: str, encoding: str) -> None:
    event = processes(f"time,exe,pid,ppid\n2024-05-02 10:00:00,{path},632,400\n".encode(encoding))[0]
    assert event.image == path
