"""What stands under a post (adverts of programs, closings, notes of confidentiality, list footers) and banners above.

Tables of lower-case phrases in the languages of `languages`, matched by `signature` and `footer`. A phrase is enough to
recognise a line, never to throw it away: everything recognised is folded, and the raw post stays. Nothing here is
shown to anyone.
"""

from __future__ import annotations

# fmt: off
# Lines a program adds under a post begin with one of these and then name the device or program.
MOBILE_BEGINS = (
    "sent from", "sent via", "sent with", "sent using", "sent by", "sent through", "<<sent by", "get outlook for",
    "download outlook for", "from my iphone", "from my ipad", "from my phone", "from my mobile",
    "someone from mobile", "get bluemail", "please excuse", "apologies for brevity", "excuse my brevity",
    "excuse brevity", "i tukuna mai i", "tukuna mai i", "i tukuna i taku", "tukuna atu i taku",
    "tikina te outlook", "gesendet von", "gesendet mit", "gesendet via", "gesendet über", "von meinem",
    "von meiner", "diese nachricht wurde von", "holen sie sich outlook", "outlook für",
    "diese nachricht wurde mit", "versendet von", "versendet mit", "envoyé de", "envoyé depuis",
    "envoyé à partir", "envoyé avec", "envoyé par", "envoyé d'", "envoyé via", "obtenez outlook",
    "télécharger outlook", "obtenir outlook", "provenance : courrier", "enviado desde", "enviado con",
    "enviado por", "enviado mediante", "obtener outlook", "descargar outlook", "enviado a través", "enviado do",
    "enviado de", "enviado a partir", "enviado pelo", "enviado via", "obter o outlook", "obtenha o outlook",
    "inviato da", "inviato dal", "inviato con", "inviato tramite", "ottieni outlook", "scarica outlook",
    "verzonden met", "verzonden vanaf", "verzonden via", "verzonden van", "verstuurd vanaf", "verstuurd met",
    "outlook voor", "download outlook voor", "verstuurd van", "van mijn iphone", "wysłane z", "wysłano z",
    "wysłano przy", "wysłane przy", "pobierz outlook", "pobierz aplikację outlook", "uzyskaj outlook",
    "odesláno z", "odesláno přes", "odeslané z", "odoslané z", "získat outlook", "získejte outlook",
    "získať outlook", "skickat från", "skickat med", "skickat via", "skickades från", "hämta outlook",
    "skaffa outlook", "sendt fra", "sendt frå", "sendt med", "sendt via", "hent outlook", "få outlook",
    "skaff deg outlook", "lähetetty", "hanki outlook", "elküldve", "küldve", "szerezd be az outlook",
    "az outlook beszerzése", "outlook beszerzése", "iphone'umdan", "ipad'imden", "telefonumdan", "cihazımdan",
    "samsung mobile", "android için outlook", "ios için outlook", "отправлено с", "отправлено из",
    "отправлено от", "отправлено через", "послано с", "скачать outlook", "получить outlook", "надіслано з",
    "надіслано із", "надіслано через", "відправлено з", "отримати outlook", "завантажити outlook", "στάλθηκε από",
    "εστάλη από", "αποστολή από", "λήψη του outlook", "αποκτήστε το outlook", "נשלח מ", "נשלח באמצעות",
    "הורד את outlook", "קבל את outlook", "مرسل من", "أرسلت من", "أُرسلت من", "تم الإرسال من", "أرسل من",
    "الحصول على outlook", "احصل على outlook", "发自", "發自", "从我的", "從我的", "来自", "來自", "获取 outlook",
    "取得 outlook", "下载 outlook", "由我的", "從 outlook", "iphoneから", "ipadから", "androidから",
    "スマートフォンから", "携帯から", "outlook for ios", "outlook for android", "iphone から", "나의",
    "내 iphone", "iphone에서", "ios용 outlook", "android용 outlook", "갤럭시에서", "삼성 갤럭시", "outlook for",
    "gửi từ", "được gửi từ", "đã gửi từ", "tải outlook", "nhận outlook", "dikirim dari", "dihantar dari",
    "dapatkan outlook", "ส่งจาก", "รับ outlook", "मेरे iphone", "मेरे ipad", "मेरे samsung", "ipinadala mula sa",
    "naipadala mula sa", "kunin ang outlook", "gestuur vanaf", "kry outlook", "trimis de pe", "obțineți outlook",
    "изпратено от", "poslano s", "poslato sa", "enviat des", "obteniu l'outlook",
)
MOBILE_ENDS = (
    "gesendet", "gesendet.", "から送信", "から送信されました", "에서 보냄", "에서 보냈습니다", "에서 전송",
    "傳送", "发送", "發送", "寄出", "gönderildi", "gönderilmiştir", "küldve", "downloaden", "を入手", "다운로드",
    "받기", "edinin", "indirin", "送信", "發送的", "发送的",
)
DEVICES = (
    "iphon", "ipad", "ipod", "phone", "mobile", "cell", "android", "galaxy", "samsung", "blackberry", "nokia",
    "huawei", "xiaomi", "pixel", "oppo", "htc", "lg ", "sony", "tablet", "surface", "handheld", "smartphone",
    "telefon", "téléphone", "teléfono", "telefono", "telefone", "móvil", "mobil", "handy", "telefoon", "puhelin",
    "puhelimest", "ios", "waea", "device", "outlook", "gmail", "yahoo", "hotmail", "aol", "proton", "mail",
    "airmail", "thunderbird", "windows", "typeapp", "bluemail", "spark", "sparrow", "superhuman", "fastmail",
    "zimbra", "workspace one", "boxer", "nine", "aquamail", "canary", "mailbox", "mailspring", "edison", "web.de",
    "gmx", "mail.ru", "yandex", "почт", "смартфон", "телефон", "устройств", "пристро", "手机", "手機", "携帯",
    "スマ", "邮箱", "郵箱", "iphone용", "갤럭시", "휴대", "điện thoại", "κινητό", "αιφον", "אייפון", "הסלולרי",
    "ordinateur", "appareil", "dispositivo", "gerät", "toestel", "enhet", "enhed", "urządzeni", "zařízení",
    "apparaat",
)

CLOSINGS = (
    "regards", "kind regards", "best regards", "warm regards", "warmest regards", "kindest regards",
    "many regards", "with regards", "best", "best wishes", "all the best", "many thanks", "thanks", "thank you",
    "thanks again", "thanks in advance", "cheers", "sincerely", "yours sincerely", "yours faithfully",
    "yours truly", "yours", "faithfully", "respectfully", "warmly", "take care", "with thanks", "kind wishes",
    "yours ever", "with best regards", "thank you and best regards", "thanks and regards", "thx", "br",
    "ngā mihi", "nga mihi", "ngā mihi nui", "nga mihi nui", "ngā mihi maioha", "nga mihi maioha",
    "ngā mihi mahana", "mihi nui", "nāku noa", "naku noa", "nāku", "naku", "nāku iti nei", "nāku, nā",
    "nāku noa, nā", "nāku noa nā", "naku noa na", "nā", "nā mātou", "mauri ora", "noho ora mai",
    "noho ora mai rā", "arohanui", "aroha nui", "aroha mai", "mā te wā", "hei konā mai", "hei konā", "ka kite",
    "ka kite anō", "ngā mihi o te wā", "ngā manaakitanga", "nga manaakitanga", "me te mihi", "me ngā mihi",
    "kia ora", "mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß",
    "freundliche grüße", "viele grüße", "liebe grüße", "beste grüße", "schöne grüße", "herzliche grüße", "gruß",
    "grüße", "lg", "vg", "mfg", "hochachtungsvoll", "mit besten grüßen", "cordialement", "bien cordialement",
    "bien à vous", "bien à toi", "salutations", "sincères salutations", "amicalement", "merci",
    "meilleures salutations", "bonne journée", "saludos", "un saludo", "saludos cordiales", "atentamente",
    "cordialmente", "gracias", "un abrazo", "saluti", "cordiali saluti", "distinti saluti", "un saluto", "grazie",
    "buona giornata", "atenciosamente", "att", "cumprimentos", "melhores cumprimentos",
    "com os melhores cumprimentos", "abraços", "abraço", "obrigado", "obrigada", "atte", "met vriendelijke groet",
    "met vriendelijke groeten", "vriendelijke groet", "vriendelijke groeten", "groeten", "groet", "mvg",
    "hartelijke groet", "pozdrawiam", "z poważaniem", "pozdrowienia", "serdecznie pozdrawiam", "s pozdravem",
    "s pozdravom", "zdraví", "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar", "hälsningar",
    "mvh", "med venlig hilsen", "venlig hilsen", "med vennlig hilsen", "vennlig hilsen", "hilsen",
    "de bedste hilsner", "beste hilsener", "ystävällisin terveisin", "terveisin", "parhain terveisin",
    "üdvözlettel", "tisztelettel", "üdv", "saygılarımla", "iyi çalışmalar", "selamlar", "с уважением",
    "всего доброго", "з повагою", "με εκτίμηση", "φιλικά", "בברכה", "תודה", "مع تحياتي", "تحياتي",
    "مع خالص التحيات", "此致", "敬礼", "谢谢", "謝謝", "祝好", "敬祝", "よろしくお願いします",
    "よろしくお願いいたします", "敬具", "감사합니다", "드림", "trân trọng", "thân ái", "kính thư", "cảm ơn",
)

# One of these and any second phrase in a paragraph under a post make it a note of confidentiality.
CONFIDENTIALITY = (
    "confidential", "intended recipient", "intended solely", "intended only", "intended for the",
    "solely for the", "addressee", "notify the sender", "inform the sender", "contact the sender", "privileged",
    "disclaimer", "views expressed", "opinions expressed", "received in error", "mail in error",
    "message in error", "received it in error", "legal privilege", "communication in error",
    "transmission in error", "this in error", "consider the environment", "may be unlawful", "vertraulich",
    "irrtümlich", "nicht der richtige adressat", "bestimmungsgemäß", "confidentiel", "confidencial", "riservat",
    "vertrouwelijk", "geadresseerde", "poufn", "důvěrn", "důvern", "konfidentiell", "fortrolig",
    "luottamuksellinen", "bizalmas", "gizli", "конфиденциальн", "конфіденційн", "εμπιστευτικ", "סודי", "سرية",
    "机密", "保密", "機密", "秘密", "기밀", "bảo mật", "matatapu", "tūmataiti",
)
# What such notes also say, and what scanners of mail say.
CAUTIONS = (
    "by mistake", "notify us", "unauthorised", "unauthorized", "personal opinions", "virus", "malware",
    "monitored", "scanned", "delete it", "delete this", "delete the", "not necessarily", "disclosure",
    "before printing", "liability", "destroy", "internet email", "intended for", "dissemination", "unbefugt",
    "vernichten", "absender", "destinataire", "par erreur", "détruire", "expéditeur", "destinatario", "por error",
    "remitente", "destinatário", "por engano", "remetente", "per errore", "mittente", "cancellarlo", "d.lgs",
    "abusievelijk", "afzender", "bestemd voor", "adresat", "omyłkow", "nadawc", "adresát", "omylem", "mottagare",
    "av misstag", "modtager", "ved en fejl", "mottaker", "ved en feil", "vastaanottaja", "erehdyksessä",
    "címzett", "tévedésből", "alıcı", "yanlışlıkla", "адресат", "по ошибке", "помилково", "παραλήπτη", "הנמען",
    "בטעות", "المستلم", "بالخطأ", "收件人", "誤って", "수신인", "nhầm", "te kaiwhiwhi", "nā te hē",
)

# What such notes and banners speak of.
MAIL_WORDS = (
    "mail", "message", "communication", "transmission", "attachment", "correspondence", "external sender", "īmēra",
    "karere", "nachricht", "courriel", "correo", "mensaje", "mensagem", "messaggio", "bericht", "wiadomoś", "zpráv",
    "správ", "meddela", "melding", "besked", "e-post", "epost", "viesti", "posti", "üzenet", "levél", "ileti", "mesaj",
    "posta", "сообщени", "письм", "повідомлен", "лист", "μήνυμα", "הודעה", "דוא", "رسالة", "البريد", "邮件", "郵件",
    "信息", "訊息", "メール", "メッセージ", "메일", "메시지", "thư",
)

# A block that holds one of these, and an address or a link, is the footer of a list or a notification.
LIST_FOOTERS = (
    "mailing list", "to unsubscribe", "unsubscribe:", "unsubscribe from", "unsubscribe here", "unsubscribe <",
    "unsubscribe at", "| unsubscribe", "unsubscribe instructions", "you received this message because you",
    "you are receiving this", "you're receiving this", "view/reply online", "groups.io links", "mute this topic",
    "listinfo/", "mailman/options", "to post to this group", "to view this discussion",
    "view this discussion on the web", "visit this group at", "for more options, visit", "list archives",
    "manage your subscription", "email preferences", "change your settings", "change your subscription",
    "leave this group", "leave the group", "leave this list", "reply to this email directly", "view it on github",
    "view it on gitlab", "to respond, reply", "stop receiving", "update your preferences", "list guidelines",
    "list info", "to subscribe", "your group membership", "your subscription", "this list is hosted",
    "list address", "you can reply to this message", "view online", "read online", "ki te wehe", "wehe i te rōpū",
    "wehe i tēnei rōpū", "hei wehe", "whakakorea te ohaurunga", "ohaurunga", "abbestellen", "abmelden",
    "se désabonner", "désinscrire", "désabonnement", "cancelar suscripción", "darse de baja",
    "cancelar la suscripción", "annulla iscrizione", "disiscri", "cancelar inscrição", "afmelden", "uitschrijven",
    "wypisać się", "odhlásit", "avregistrera", "afmeld", "avmeld", "peruuta tilaus", "leiratkoz", "abonelikten",
    "отписаться", "відписатися", "διαγραφή", "退订", "取消订阅", "取消訂閱", "配信停止", "購読解除", "수신거부",
    "hủy đăng ký",
)

# Gateways write these above a post that came from outside, most of them with more words of the second table.
BANNERS = (
    "[external]", "[external email]", "[external sender]", "[ext]", "(external)", "external email",
    "external message", "external sender", "this email originated", "this message originated",
    "this e-mail originated", "this email came from", "this message came from outside",
    "this message was sent from outside", "this email is from outside", "this email was sent from outside",
    "you don't often get email from", "you don’t often get email from",
    "some people who received this message don't", "some people who received this message don’t",
    "be careful with this message", "safe links", "this message contains safe links", "externe e-mail",
    "e-mail externe", "correo externo", "nō waho tēnei īmēra", "i ahu mai tēnei īmēra i waho",
)
WARNINGS = (
    "caution", "warning", "attention", "achtung", "warnung", "vorsicht", "atención", "attenzione", "atenção",
    "let op", "extern", "kia tūpato", "kia mataara", "notice", "alert", "security",
)
BANNER_WORDS = (
    "outside", "external", "click", "link", "attachment", "sender", "organi", "safe", "recogni", "trust",
    "suspicious", "phish", "learn why", "often get email", "verify", "extern", "anhang", "anhänge", "lien",
    "pièce", "waho", "hono", "network", "school", "caution",
)
# fmt: on
