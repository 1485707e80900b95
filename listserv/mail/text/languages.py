"""What mail programs write around a quotation, language by language.

Programs speak the language of their user, so a quotation is announced by "wrote:" here and by "ka tuhi" there. Each
`Language` holds the fixed phrases of the mail programs people use in it; the folded unions below are what the pure code
matches against. All phrases are lower case and NFC. Nothing here is shown to anyone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The phrases of one language; every tuple may be empty, every phrase is lower case."""

    tag: str
    lead: tuple[str, ...]  # what an attribution line begins with ("On")
    wrote: tuple[str, ...]
    author: tuple[str, ...]  # names of the From header as programs translate it
    sent: tuple[str, ...]
    to: tuple[str, ...]
    copy: tuple[str, ...]
    subject: tuple[str, ...]
    original: tuple[str, ...]  # the title of a rule above a quoted or forwarded message
    above: tuple[str, ...] = ()  # "reply above this line"


# fmt: off
LANGUAGES: tuple[Language, ...] = (
    Language(
        "en",
        lead=("on", "at"),
        wrote=("wrote", "writes"),
        author=("from", "sender"),
        sent=("sent", "date", "sent at", "sent on", "posted", "posted at", "sent date"),
        to=("to", "recipient", "recipients"),
        copy=("cc", "bcc", "c.c.", "copy"),
        subject=("subject",),
        original=(
            "original message", "original email", "original e-mail", "original appointment", "reply message",
            "forwarded message", "forwarded by", "begin forwarded message", "forwarded email", "previous replies",
            "previous message", "original text", "end forwarded message", "original post",
        ),
        above=(
            "reply above this line", "type above this line", "write above this line", "reply above this text",
            "type your reply above", "reply below this line will be ignored", "reply above the line",
            "respond above this line", "only text above this line", "type your response above",
            "enter your reply above", "write your reply above",
        ),
    ),
    Language(
        "mi",
        lead=("i te", "nō te", "no te"),
        wrote=("ka tuhi", "i tuhi", "tuhituhi", "ka tuhituhi", "kua tuhi", "nāna i tuhi", "te tuhinga a"),
        author=("nā", "na", "mai i", "mai", "kaituku", "kaituhi", "i ahu mai i"),
        sent=("tukuna", "i tukuna", "kua tukuna", "rā", "te rā", "rā tuku", "wā"),
        to=("ki", "ki a", "kaiwhiwhi", "mā"),
        copy=("tārua", "tāruatia", "kape", "he tārua ki"),
        subject=("kaupapa", "take", "marau"),
        original=(
            "karere taketake", "īmēra taketake", "te karere taketake", "karere tuku atu", "karere i tukuna atu",
            "kua tukuna whakamua", "ngā whakautu o mua", "karere o mua",
        ),
        above=(
            "whakautua i runga ake i tēnei rārangi", "whakautu i runga ake i tēnei rārangi",
            "tuhia tō whakautu ki runga ake i tēnei rārangi", "tuhia tō whakautu i runga ake i tēnei rārangi",
            "tuhi i runga ake i tēnei rārangi", "runga ake i tēnei rārangi", "runga i tēnei rārangi",
        ),
    ),
    Language(
        "de",
        lead=("am", "zitat von", "zitiere"),
        wrote=("schrieb", "schreibt", "geschrieben", "hat geschrieben", "schrieben"),
        author=("von", "absender"),
        sent=("gesendet", "datum", "gesendet am", "verschickt"),
        to=("an", "empfänger"),
        copy=("kopie", "bcc", "cc"),
        subject=("betreff",),
        original=(
            "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "weitergeleitete nachricht",
            "ursprüngliche mail", "originaltermin", "ursprüngliche e-mail", "anfang der weitergeleiteten nachricht",
        ),
        above=("bitte antworten sie oberhalb dieser zeile", "oberhalb dieser zeile"),
    ),
    Language(
        "fr",
        lead=("le", "en date du"),
        wrote=("a écrit", "a ecrit", "écrit", "écrivait", "a-t-il écrit", "écrivit"),
        author=("de", "expéditeur", "émetteur"),
        sent=("envoyé", "envoyé le", "date", "date d'envoi", "date d’envoi", "envoye", "envoyée"),
        to=("à", "a", "pour", "destinataire"),
        copy=("cc", "copie", "copie à", "cci"),
        subject=("objet", "sujet"),
        original=(
            "message d'origine", "message d’origine", "message original", "message transféré", "e-mail d'origine",
            "message initial", "courriel original", "début du message réexpédié", "début du message transféré",
            "mail original", "e-mail d’origine", "message transmis", "rendez-vous d'origine",
        ),
        above=("répondre au-dessus de cette ligne", "au-dessus de cette ligne"),
    ),
    Language(
        "es",
        lead=("el", "en"),
        wrote=("escribió", "escribio", "ha escrito", "escribía", "escribe"),
        author=("de", "remitente", "desde"),
        sent=("enviado", "enviado el", "fecha", "fecha de envío", "enviada"),
        to=("para", "a", "destinatario"),
        copy=("cc", "cco", "copia"),
        subject=("asunto",),
        original=("mensaje original", "mensaje reenviado", "correo original", "inicio del mensaje reenviado",
                  "forwarded message"),
        above=("responda por encima de esta línea", "encima de esta línea"),
    ),
    Language(
        "it",
        lead=("il", "in data", "in", "nel", "scriveva"),
        wrote=("ha scritto", "scrisse", "scrive", "scriveva"),
        author=("da", "mittente", "di"),
        sent=("inviato", "inviato il", "data", "data invio", "inviata"),
        to=("a", "per", "destinatario"),
        copy=("cc", "ccn", "copia"),
        subject=("oggetto",),
        original=("messaggio originale", "messaggio inoltrato", "inizio messaggio inoltrato", "inizio messaggio"),
        above=("rispondi sopra questa riga", "sopra questa riga"),
    ),
    Language(
        "pt",
        lead=("em", "no dia", "a", "na"),
        wrote=("escreveu", "escreve", "escrevia", "escreveram"),
        author=("de", "remetente"),
        sent=("enviado", "enviada", "enviado em", "enviada em", "data", "data de envio"),
        to=("para", "destinatário"),
        copy=("cc", "cco", "cópia"),
        subject=("assunto",),
        original=("mensagem original", "mensagem encaminhada", "mensagem reencaminhada",
                  "início da mensagem encaminhada", "início da mensagem reencaminhada"),
        above=("responda acima desta linha", "acima desta linha"),
    ),
    Language(
        "nl",
        lead=("op",),
        wrote=("schreef", "geschreven", "het volgende geschreven", "schreven"),
        author=("van", "afzender"),
        sent=("verzonden", "verzonden op", "datum", "verstuurd", "verzenddatum"),
        to=("aan", "ontvanger"),
        copy=("cc", "kopie"),
        subject=("onderwerp",),
        original=("oorspronkelijk bericht", "origineel bericht", "doorgestuurd bericht", "begin doorgestuurd bericht",
                  "oorspronkelijke afspraak"),
        above=("antwoord boven deze regel", "boven deze regel"),
    ),
    Language(
        "pl",
        lead=("dnia", "w dniu", "w"),
        wrote=("napisał", "napisała", "napisał(a)", "napisał/a", "pisze", "napisano"),
        author=("od", "nadawca"),
        sent=("wysłano", "wysłane", "data", "data wysłania", "wysłany"),
        to=("do", "adresat", "odbiorca"),
        copy=("dw", "do wiadomości", "kopia", "udw"),
        subject=("temat",),
        original=("wiadomość oryginalna", "oryginalna wiadomość", "wiadomość przekazana", "przekazana wiadomość",
                  "treść przekazanej wiadomości", "początek przekazywanej wiadomości", "treść oryginalnej wiadomości"),
        above=("odpowiedz powyżej tej linii", "powyżej tej linii"),
    ),
    Language(
        "cs",
        lead=("dne", "v", "ve", "po"),
        wrote=("napsal", "napsala", "napsal(a)", "napsal/a", "píše", "napísal", "napísala", "napísal(a)"),
        author=("od", "odesílatel", "odosielateľ"),
        sent=("odesláno", "datum", "odoslané", "dátum", "odesláno dne"),
        to=("komu", "příjemce", "pro"),
        copy=("kopie", "kopia", "skrytá kopie"),
        subject=("předmět", "predmet"),
        original=("původní zpráva", "původní e-mail", "přeposlaná zpráva", "pôvodná správa",
                  "začátek přeposlané zprávy", "přeposlaná zpráva začíná"),
        above=("odpovězte nad tímto řádkem", "nad tímto řádkem"),
    ),
    Language(
        "sv",
        lead=("den", "på"),
        wrote=("skrev", "skriver"),
        author=("från", "avsändare"),
        sent=("skickat", "skickades", "datum", "sänt"),
        to=("till", "mottagare"),
        copy=("kopia", "hemlig kopia"),
        subject=("ämne", "angående", "ärende"),
        original=("ursprungligt meddelande", "originalmeddelande", "vidarebefordrat meddelande",
                  "vidarebefordrat brev", "ursprungligt mail", "påbörja vidarebefordrat meddelande"),
        above=("svara ovanför denna rad", "ovanför denna rad", "ovanför den här raden"),
    ),
    Language(
        "da",
        lead=("den",),
        wrote=("skrev", "skriver", "har skrevet"),
        author=("fra", "afsender"),
        sent=("sendt", "dato"),
        to=("til", "modtager"),
        copy=("kopi", "cc"),
        subject=("emne", "vedr", "vedrørende"),
        original=("oprindelig besked", "original besked", "original meddelelse", "oprindelig meddelelse",
                  "videresendt besked", "videresendt meddelelse", "start på videresendt besked"),
        above=("svar over denne linje", "over denne linje"),
    ),
    Language(
        "nb",
        lead=("den",),
        wrote=("skrev", "skriver", "skreiv"),
        author=("fra", "frå", "avsender"),
        sent=("sendt", "dato"),
        to=("til", "mottaker"),
        copy=("kopi",),
        subject=("emne",),
        original=("opprinnelig melding", "original melding", "videresendt melding", "videresendt e-post",
                  "opprinnelig epost", "opprinnelig e-post", "start på videresendt melding"),
        above=("svar over denne linjen", "over denne linjen"),
    ),
    Language(
        "fi",
        lead=(),
        wrote=("kirjoitti", "kirjoittaa"),
        author=("lähettäjä", "keneltä", "mistä"),
        sent=("lähetetty", "päivämäärä", "päiväys", "pvm", "lähetysaika"),
        to=("vastaanottaja", "kenelle", "saaja"),
        copy=("kopio", "piilokopio"),
        subject=("aihe", "otsikko"),
        original=("alkuperäinen viesti", "välitetty viesti", "edelleenlähetetty viesti", "lähetetty viesti",
                  "välitetty viesti alkaa"),
        above=("vastaa tämän rivin yläpuolelle", "tämän rivin yläpuolelle"),
    ),
    Language(
        "hu",
        lead=(),
        wrote=("írta", "ezt írta", "írt", "ezt írja", "a következőt írta"),
        author=("feladó", "küldő"),
        sent=("elküldve", "küldve", "dátum", "küldés ideje", "időpont"),
        to=("címzett", "címzettek"),
        copy=("másolat", "másolatot kap", "titkos másolat"),
        subject=("tárgy",),
        original=("eredeti üzenet", "továbbított üzenet", "eredeti levél", "továbbított levél"),
        above=("válaszát e sor fölé írja", "e sor fölé"),
    ),
    Language(
        "tr",
        lead=(),
        wrote=("yazdı", "şunu yazdı", "şunları yazdı", "yazmış", "yazıyor"),
        author=("kimden", "gönderen"),
        sent=("tarih", "gönderildi", "gönderme tarihi", "gönderilme tarihi", "gönderilme", "gönderim"),
        to=("kime", "alıcı"),
        copy=("bilgi", "kopya"),
        subject=("konu",),
        original=("orijinal mesaj", "özgün ileti", "orijinal ileti", "iletilen mesaj", "yönlendirilen ileti",
                  "iletilmiş mesaj"),
        above=("bu satırın üzerine", "bu satırın üstüne"),
    ),
    Language(
        "ru",
        lead=("в",),
        wrote=("написал", "написала", "написал(а)", "написал(-а)", "пишет", "писал", "писала", "написано", "пишут"),
        author=("от", "отправитель", "от кого"),
        sent=("отправлено", "дата", "дата отправки", "послано"),
        to=("кому", "получатель"),
        copy=("копия", "скрытая копия"),
        subject=("тема",),
        original=("исходное сообщение", "пересылаемое сообщение", "пересланное сообщение", "оригинальное сообщение",
                  "исходное письмо", "начало переадресованного сообщения", "пересылаемое письмо"),
        above=("выше этой строки", "над этой строкой", "над этой чертой"),
    ),
    Language(
        "uk",
        lead=("у", "в"),
        wrote=("написав", "написала", "написав(ла)", "пише", "писав", "написав(-ла)"),
        author=("від", "відправник"),
        sent=("надіслано", "дата", "відправлено", "дата надсилання"),
        to=("кому", "одержувач", "до"),
        copy=("копія", "прихована копія"),
        subject=("тема",),
        original=("вихідне повідомлення", "переслане повідомлення", "оригінальне повідомлення",
                  "початкове повідомлення", "початок пересланого повідомлення"),
        above=("вище цього рядка", "над цим рядком"),
    ),
    Language(
        "el",
        lead=("στις", "την", "τη"),
        wrote=("έγραψε", "έγραψαν", "γράφει", "εγραψε"),
        author=("από", "απο", "αποστολέας"),
        sent=("στάλθηκε", "εστάλη", "ημερομηνία", "απεστάλη"),
        to=("προς", "παραλήπτης"),
        copy=("κοιν.", "κοινοποίηση", "κοιν"),
        subject=("θέμα",),
        original=("αρχικό μήνυμα", "προωθημένο μήνυμα", "προωθούμενο μήνυμα",
                  "αρχικό μήνυμα ηλεκτρονικού ταχυδρομείου"),
        above=("πάνω από αυτή τη γραμμή", "πάνω από αυτήν τη γραμμή"),
    ),
    Language(
        "he",
        lead=("בתאריך", "ב-", "ביום"),
        wrote=("כתב", "כתבה", "כתב/ה", "מאת"),
        author=("מאת", "מ", "שולח"),
        sent=("נשלח", "תאריך", "נשלח ב", "נשלח בתאריך"),
        to=("אל", "נמען", "ל"),
        copy=("עותק", "העתק", "עותק מוסתר"),
        subject=("נושא",),
        original=("הודעה מקורית", "הודעה שהועברה", "ההודעה המקורית", "הודעה מועברת"),
        above=("מעל שורה זו", "מעל לשורה זו"),
    ),
    Language(
        "ar",
        lead=("في", "بتاريخ", "في يوم"),
        wrote=("كتب", "كتبت", "كتبه", "كتب ما يلي", "تمت كتابة ما يلي بواسطة", "كتب/ت"),
        author=("من", "المرسل"),
        sent=("تاريخ الإرسال", "التاريخ", "تم الإرسال", "أُرسلت", "أرسلت", "تاريخ", "الإرسال"),
        to=("إلى", "المستلم", "الى"),
        copy=("نسخة", "نسخة إلى", "نسخة كربونية"),
        subject=("الموضوع", "موضوع"),
        original=("الرسالة الأصلية", "رسالة أصلية", "رسالة معاد توجيهها", "الرسالة المعاد توجيهها", "رسالة محولة"),
        above=("فوق هذا السطر", "أعلى هذا السطر"),
    ),
    Language(
        "zh",
        lead=("在", "于", "於"),
        wrote=("写道", "寫道", "写到", "寫到", "写了", "寫了", "撰寫", "来信", "來信"),
        author=("发件人", "寄件者", "寄件人", "發件人", "发件者", "自"),
        sent=("发送时间", "发送日期", "日期", "寄件日期", "傳送時間", "發送時間", "已发送", "時間", "时间", "傳送日期"),
        to=("收件人", "收件者", "收信人", "至"),
        copy=("抄送", "副本", "密送", "密件副本"),
        subject=("主题", "主旨", "主題"),
        original=("原始邮件", "原始郵件", "转发的邮件", "轉寄的郵件", "邮件原件", "原邮件", "回复的原邮件", "转发邮件",
                  "回復郵件", "原始信件", "原始訊息", "轉寄訊息", "转发邮件信息", "被转发邮件信息"),
        above=("在此行上方", "在这一行上方回复", "此行之上"),
    ),
    Language(
        "ja",
        lead=(),
        wrote=("書きました", "書いた", "のメッセージ", "のメール", "からのメール"),
        author=("差出人", "送信者", "送信元"),
        sent=("送信日時", "日時", "日付", "送信日"),
        to=("宛先", "受信者"),
        copy=("同報", "写し"),
        subject=("件名",),
        original=("元のメッセージ", "転送メッセージ", "オリジナルメッセージ", "転送されたメッセージ", "元のメール"),
        above=("この行より上", "この行の上"),
    ),
    Language(
        "ko",
        lead=(),
        wrote=("작성", "님이 작성", "작성했습니다", "썼습니다", "님이 쓴 글", "쓰기"),
        author=("보낸 사람", "보낸사람", "발신", "발신자", "보낸이"),
        sent=("보낸 날짜", "보낸 시간", "날짜", "보낸날짜", "일시", "보낸일시"),
        to=("받는 사람", "받는사람", "수신", "수신자", "받는이"),
        copy=("참조", "숨은 참조"),
        subject=("제목",),
        original=("원본 메시지", "원본 메일", "원본메일", "전달된 메시지", "원본 이메일", "전달된 메일"),
        above=("이 줄 위에", "이 선 위에"),
    ),
    Language(
        "vi",
        lead=("vào", "ngày", "lúc"),
        wrote=("đã viết", "viết"),
        author=("từ", "người gửi"),
        sent=("đã gửi", "ngày", "ngày gửi", "gửi", "thời gian", "gửi lúc"),
        to=("đến", "tới", "người nhận"),
        copy=("đồng gửi", "cc"),
        subject=("chủ đề", "tiêu đề"),
        original=("tin nhắn gốc", "thư gốc", "thư được chuyển tiếp", "tin nhắn chuyển tiếp", "thư chuyển tiếp"),
        above=("phía trên dòng này", "bên trên dòng này"),
    ),
)

OTHER_HEADERS = (
    "reply-to", "reply to", "importance", "priority", "attachments", "organization", "organisation", "newsgroups",
    "message-id", "in-reply-to", "antwort an", "wichtigkeit", "anlagen", "répondre à", "importance", "pièces jointes",
    "responder a", "risposta", "rispondi a", "antwoord aan", "svar til", "list", "on behalf of", "resent-from",
    "when", "where", "required", "категория", "важность",
)
# fmt: on


def _header_kinds() -> dict[str, frozenset[str]]:
    """Each header name with the kinds it may be; one word can be two ("a" is To in French, "da" From in Italian)."""
    kinds: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for kind in ("author", "sent", "to", "copy", "subject"):
            for name in getattr(language, kind):
                kinds.setdefault(name, set()).add(kind)
    for name in OTHER_HEADERS:
        kinds.setdefault(name, set()).add("other")
    return {name: frozenset(found) for name, found in kinds.items()}


HEADER_KINDS = _header_kinds()
LEADS = frozenset(phrase for language in LANGUAGES for phrase in language.lead)
WROTE = frozenset(phrase for language in LANGUAGES for phrase in language.wrote)
ORIGINAL = frozenset(phrase for language in LANGUAGES for phrase in language.original)
ABOVE = frozenset(phrase for language in LANGUAGES for phrase in language.above)
