"""Messages of the Security log in languages that nobody has a table for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.readers.windows.message import parse_message
from engine.readers.windows.values import message_order
from engine.readers.windows.windows_fields import CLOCK_SET, SECURITY, SECURITY_CLEARED, SECURITY_END

LANGUAGES: dict[str, tuple[str, ...]] = {
    "de": (
        *("Ein neuer Prozess wurde erstellt.", "Erstellerantragsteller:", "Zielantragsteller:", "Prozessinformationen:"),
        *("Sicherheits-ID:", "Kontoname:", "Kontodomäne:", "Anmelde-ID:", "Neue Prozess-ID:", "Neuer Prozessname:"),
        *("Tokenerhöhungstyp:", "Verbindliche Beschriftung:", "Erstellerprozess-ID:", "Erstellerprozessname:"),
        *("Prozessbefehlszeile:", "Der Tokenerhöhungstyp gibt den Typ des Tokens an, das dem neuen Prozess zugewiesen wurde."),
    ),
    "fr": (
        *("Un nouveau processus a été créé.", "Sujet du créateur :", "Sujet cible :", "Informations sur le processus :"),
        *("ID de sécurité :", "Nom du compte :", "Domaine du compte :", "ID d’ouverture de session :"),
        *("ID du nouveau processus :", "Nom du nouveau processus :", "Type d’élévation du jeton :", "Étiquette obligatoire :"),
        *("ID du processus créateur :", "Nom du processus créateur :", "Ligne de commande du processus :"),
        "Le type d’élévation du jeton indique le type de jeton attribué au nouveau processus.",
    ),
    "es": (
        *("Se ha creado un nuevo proceso.", "Sujeto creador:"),
        *("Sujeto de destino:", "Información de proceso:", "Id. de seguridad:"),
        *("Nombre de cuenta:", "Dominio de cuenta:", "Id. de inicio de sesión:", "Id. de nuevo proceso:"),
        *("Nombre de nuevo proceso:", "Tipo de elevación de token:", "Etiqueta obligatoria:", "Id. de proceso creador:"),
        *("Nombre de proceso creador:", "Línea de comandos del proceso:", "El tipo de elevación de token indica el tipo."),
    ),
    "it": (
        *("È stato creato un nuovo processo.", "Soggetto autore:", "Soggetto di destinazione:", "Informazioni processo:"),
        *("ID sicurezza:", "Nome account:", "Dominio account:", "ID accesso:", "ID nuovo processo:", "Nome nuovo processo:"),
        *("Tipo di elevazione dei token:", "Etichetta obbligatoria:", "ID processo di creazione:", "Nome processo di creazione:"),
        *("Riga di comando del processo:", "Il tipo di elevazione dei token indica il tipo di token assegnato."),
    ),
    "pt-BR": (
        *("Um novo processo foi criado.", "Assunto do Criador:", "Assunto de Destino:", "Informações do Processo:"),
        *("ID de Segurança:", "Nome da Conta:", "Domínio da Conta:", "ID de Logon:", "ID do Novo Processo:"),
        *("Nome do Novo Processo:", "Tipo de Elevação de Token:", "Rótulo Obrigatório:", "ID do Processo Criador:"),
        *("Nome do Processo Criador:", "Linha de Comando do Processo:", "Tipo de Elevação de Token indica o tipo de token."),
    ),
    "nl": (
        *("Er is een nieuw proces gemaakt.", "Onderwerp van maker:", "Doelonderwerp:", "Procesgegevens:", "Beveiligings-id:"),
        *("Accountnaam:", "Accountdomein:", "Aanmeldings-id:", "Id van nieuw proces:", "Naam van nieuw proces:"),
        *("Type verhoging van token:", "Verplicht label:", "Proces-id van maker:", "Procesnaam van maker:"),
        *("Opdrachtregel van proces:", "Het type verhoging van token geeft het type token aan."),
    ),
    "pl": (
        *("Utworzono nowy proces.", "Podmiot tworzący:"),
        *("Podmiot docelowy:", "Informacje o procesie:", "Identyfikator zabezpieczeń:"),
        *("Nazwa konta:", "Domena konta:", "Identyfikator logowania:", "Identyfikator nowego procesu:"),
        *("Nazwa nowego procesu:", "Typ podniesienia uprawnień tokenu:", "Etykieta obowiązkowa:"),
        *("Identyfikator procesu tworzącego:", "Nazwa procesu tworzącego:", "Wiersz polecenia procesu:"),
        "Typ podniesienia uprawnień wskazuje typ tokenu.",
    ),
    "ru": (
        *("Создан новый процесс.", "Субъект-создатель:", "Целевой субъект:", "Сведения о процессе:", "ИД безопасности:"),
        *("Имя учетной записи:", "Домен учетной записи:", "ИД входа:", "ИД нового процесса:", "Имя нового процесса:"),
        *("Тип повышения прав токена:", "Обязательная метка:", "ИД процесса-создателя:", "Имя процесса-создателя:"),
        *("Командная строка процесса:", "Тип повышения прав токена указывает тип токена."),
    ),
    "ja": (
        *("新しいプロセスが作成されました。", "作成元サブジェクト:"),
        *("ターゲット サブジェクト:", "プロセス情報:", "セキュリティ ID:"),
        *("アカウント名:", "アカウント ドメイン:", "ログオン ID:", "新しいプロセス ID:", "新しいプロセス名:"),
        *("トークン昇格の種類:", "必須ラベル:", "作成元プロセス ID:", "作成元プロセス名:", "プロセスのコマンド ライン:"),
        "トークン昇格の種類は、新しいプロセスに割り当てられたトークンの種類を示します。",
    ),
    "zh": (
        *("已创建新进程。", "创建者主题:", "目标主题:", "进程信息:", "安全 ID:", "帐户名:", "帐户域:", "登录 ID:", "新进程 ID:"),
        *("新进程名称:", "令牌提升类型:", "强制性标签:", "创建者进程 ID:", "创建者进程名称:", "进程命令行:"),
        "“令牌提升类型”表示根据用户帐户控制策略分配给新进程的令牌类型。",
    ),
    "wide colons": (
        *("已建立新的處理程序。", "建立者主體：", "目標主體：", "處理程序資訊：", "安全性識別碼：", "帳戶名稱：", "帳戶網域："),
        *("登入識別碼：", "新的處理程序識別碼：", "新的處理程序名稱："),
        *("權杖提高權限類型：", "強制標籤：", "建立者處理程序識別碼："),
        *("建立者處理程序名稱：", "處理程序命令列：", "權杖提高權限類型指示指派給新處理程序的權杖類型。"),
    ),
}  # fmt: skip
"""Title, headers of the three blocks, labels in their order, first sentence of the explanation."""
COMMAND = '"C:\\x y.exe" /a: b'


def message(language: str, *, version: int = 2, command: str = COMMAND, explained: int = 4, end: str = "\r\n") -> str:
    """4688 as it is rendered, in version 0 (without command line), 1 or 2."""
    title, subject, target, process, sid, name, domain, logon, *labels, explanation = LANGUAGES[language]
    values = ["0x18b0", "C:\\Windows\\System32\\whoami.exe", "%%1938", "S-1-16-8192", "0x145a", "C:\\p.exe", command]
    wanted = {0: (0, 1, 2, 4), 1: (0, 1, 2, 4, 6), 2: range(7)}[version]
    lines = [title, "", subject, f"\t{sid}\t\tLAB\\ines", f"\t{name}\t\tines", f"\t{domain}\t\tLAB", f"\t{logon}\t\t0x5A3F1", ""]
    if version == 2:
        lines += [target, f"\t{sid}\t\tS-1-0-0", f"\t{name}\t\t-", f"\t{domain}\t\t-", f"\t{logon}\t\t0x0", ""]
    lines += [process, *(f"\t{labels[at]}\t{values[at]}" for at in wanted), ""]
    told = [explanation, "1: x", "2: y", "3: z"][:explained]
    return end.join(lines) + end + (end * 2).join(told)


@pytest.mark.parametrize("explained", [0, 1, 4])
@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_creation(language: str, version: int, explained: int) -> None:
    fields = parse_message(message(language, version=version, explained=explained))
    assert (fields["NewProcessId"], fields["NewProcessName"]) == ("0x18b0", "C:\\Windows\\System32\\whoami.exe")
    assert (fields["ProcessId"], fields.get("ParentProcessName")) == ("0x145a", "C:\\p.exe" if version == 2 else None)
    assert (fields["SubjectUserName"], fields["SubjectDomainName"], fields["SubjectLogonId"]) == ("ines", "LAB", "0x5A3F1")
    assert fields.get("CommandLine") == (COMMAND if version else None)
    assert fields.get("MandatoryLabel") == ("S-1-16-8192" if version == 2 else None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paragraphs", [1, 3, 9])
def test_a_command_line_of_paragraphs_stays_whole(language: str, paragraphs: int) -> None:
    command = "\n\n".join(["x.exe", *(f"line {at}: \\y" for at in range(paragraphs))])
    assert parse_message(message(language, command=command, end="\n"))["CommandLine"] == command


@given(st.sampled_from(sorted(LANGUAGES)), st.text(max_size=300))
def test_a_command_line_cannot_shift_what_stands_before_it(language: str, command: str) -> None:
    plain, forged = (parse_message(message(language, command=text)) for text in ("x", "x" + command))
    assert {name: value for name, value in forged.items() if name != "CommandLine"} == {
        name: value for name, value in plain.items() if name != "CommandLine"
    }


def test_an_account_named_like_an_id_is_no_process() -> None:
    text = message("de").replace("\tines", "\t0xabc").replace("\tLAB", "\tlab.example")
    assert parse_message(text)["NewProcessId"] == "0x18b0"


def test_an_end() -> None:
    text = (
        "Un processus est terminé.\r\n\r\nSujet :\r\n\tID de sécurité :\t\tS-1-5-18\r\n\tNom du compte :\t\tines\r\n"
        "\tDomaine du compte :\t\tLAB\r\n\tID d’ouverture de session :\t\t0x3E7\r\n\r\nInformations sur le processus :\r\n"
        "\tID du processus :\t0x18b0\r\n\tNom du processus :\tC:\\x.exe\r\n\tÉtat de fin :\t0x0\r\n"
    )
    fields = parse_message(text, SECURITY_END)
    assert (fields["ProcessId"], fields["ProcessName"], fields["SubjectUserName"]) == ("0x18b0", "C:\\x.exe", "ines")


def test_a_cleared_log_and_a_clock() -> None:
    subject = "Sujeto:\n\tId. de seguridad:\tS-1-5-21-1\n\tNombre de cuenta:\tines\n\tNombre de dominio:\tLAB\n\tId.:\t0x3E7\n"
    assert parse_message("Se borró el registro.\n" + subject, SECURITY_CLEARED)["SubjectUserName"] == "ines"
    times = "\nHora anterior:\t\t\u200e2024\u200e-\u200e05\u200e-\u200e02T11:00:07.000000000Z\n"
    times += "Hora nueva:\t\t2024-05-02T10:00:07.5Z\n"
    fields = parse_message("Se cambió la hora.\n" + subject + times, CLOCK_SET)
    assert (fields["PreviousTime"], fields["NewTime"]) == ("2024-05-02T11:00:07.000000000Z", "2024-05-02T10:00:07.5Z")


@given(st.text(max_size=400))
def test_anything_else_is_nothing(text: str) -> None:
    for kind in (SECURITY_END, SECURITY_CLEARED, CLOCK_SET, SECURITY):
        assert all(isinstance(value, str) for value in parse_message(text, kind).values())
    assert message_order.created("a:\n" * 50 + text.replace("0x", "")) == {}
