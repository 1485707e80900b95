"""Sentences that mail programs write, one set for each language: attributions, header blocks, adverts of phones."""

from __future__ import annotations

ATTRIBUTIONS = {
    "en": [
        "On Mon, 4 May 2026 at 10:12, Mere Smith <mere@example.school.nz> wrote:",
        "On 4/05/26 10:12 am, Mere Smith wrote:",
        "On 4 May 2026, at 10:12 AM, Mere Smith <mere@example.school.nz> wrote:",
        "Mere Smith <mere@example.school.nz> wrote:",
        "At 10:12 04/05/2026, you wrote:",
        "On May 4, 2026, 10:12 AM GMT+12 mere@example.school.nz wrote:",
        "On 2026-05-04 10:12, mere smith wrote:",
        "On Mon, 4 May 2026 at 10:12 a.m., mere wrote:",
        "On 4/05/26 10:12 am 田中太郎 wrote:",
    ],
    "mi": [
        "I te Rāhina, 4 Haratua 2026 i te 10:12, ka tuhi a Mere Smith <mere@example.school.nz>:",
        "I te 4 o Haratua 2026 i te 10:12, ka tuhi a mere:",
        "I te 4 Haratua 2026 i tuhi a Mere Smith <mere@example.school.nz>:",
        "Nō te 4 o Mei 2026, 10:12, nā Mere Smith <mere@example.school.nz> i tuhi:",
    ],
    "de": [
        "Am Mo., 4. Mai 2026 um 10:12 Uhr schrieb Mere Smith <mere@example.school.nz>:",
        "Am 04.05.2026 um 10:12 schrieb Mere Smith:",
        "Mere Smith <mere@example.school.nz> schrieb am Mo., 4. Mai 2026, 10:12:",
    ],
    "fr": [
        "Le lun. 4 mai 2026 à 10:12, Mere Smith <mere@example.school.nz> a écrit :",
        "Le 04/05/2026 à 10:12, Mere Smith a écrit :",
        "> Le 4 mai 2026 à 10:12, Mere Smith <mere@example.school.nz> a écrit :",
    ],
    "es": [
        "El lun, 4 may 2026 a las 10:12, Mere Smith (<mere@example.school.nz>) escribió:",
        "El 4 may 2026, a las 10:12, Mere Smith <mere@example.school.nz> escribió:",
    ],
    "it": [
        "Il giorno lun 4 mag 2026 alle ore 10:12 Mere Smith <mere@example.school.nz> ha scritto:",
        "In data 4 maggio 2026 10:12:31 Mere Smith <mere@example.school.nz> ha scritto:",
        "Il 04/05/26 10:12, Mere Smith ha scritto:",
    ],
    "pt": [
        "Em seg., 4 de mai. de 2026 às 10:12, Mere Smith <mere@example.school.nz> escreveu:",
        "Mere Smith <mere@example.school.nz> escreveu no dia segunda, 4/05/2026 à(s) 10:12:",
    ],
    "nl": [
        "Op ma 4 mei 2026 om 10:12 schreef Mere Smith <mere@example.school.nz>:",
        "Op 4 mei 2026, om 10:12 heeft Mere Smith <mere@example.school.nz> het volgende geschreven:",
    ],
    "pl": [
        "pon., 4 maj 2026 o 10:12 Mere Smith <mere@example.school.nz> napisał(a):",
        "W dniu 04.05.2026 o 10:12, Mere Smith pisze:",
        "Dnia 4 maja 2026 10:12 Mere Smith <mere@example.school.nz> napisał(a):",
    ],
    "cs": [
        "po 4. 5. 2026 v 10:12 odesílatel Mere Smith <mere@example.school.nz> napsal:",
        "Dne 04. 05. 26 v 10:12 Mere Smith napsal(a):",
    ],
    "sv": [
        "Den mån 4 maj 2026 kl 10:12 skrev Mere Smith <mere@example.school.nz>:",
        "4 maj 2026 kl. 10:12 skrev Mere Smith <mere@example.school.nz>:",
    ],
    "da": ["Den man. 4. maj 2026 kl. 10.12 skrev Mere Smith <mere@example.school.nz>:"],
    "nb": [
        "man. 4. mai 2026 kl. 10:12 skrev Mere Smith <mere@example.school.nz>:",
        "Den 04.05.2026 10:12, skrev Mere Smith:",
    ],
    "fi": ["ma 4. toukok. 2026 klo 10.12 Mere Smith (mere@example.school.nz) kirjoitti:"],
    "hu": [
        "Mere Smith <mere@example.school.nz> ezt írta (időpont: 2026. máj. 4., H, 10:12):",
        "2026. 05. 04. 10:12 keltezéssel, Mere Smith írta:",
    ],
    "tr": [
        "Mere Smith <mere@example.school.nz>, 4 May 2026 Pzt, 10:12 tarihinde şunu yazdı:",
        "4.05.2026 10:12 tarihinde Mere Smith yazdı:",
    ],
    "ru": [
        "пн, 4 мая 2026 г. в 10:12, Mere Smith <mere@example.school.nz>:",
        "04.05.2026 10:12, Mere Smith пишет:",
        "4 мая 2026 г., в 10:12, Mere Smith <mere@example.school.nz> написал(а):",
    ],
    "uk": [
        "пн, 4 трав. 2026 р. о 10:12 Mere Smith <mere@example.school.nz> пише:",
        "04.05.26 10:12, Mere Smith пише:",
    ],
    "el": ["Στις Δευ, 4 Μαΐ 2026 στις 10:12 π.μ., ο/η Mere Smith <mere@example.school.nz> έγραψε:"],
    "he": [
        (
            "\u200fבתאריך יום ב׳, 4 במאי 2026 ב-10:12 מאת \u202aMere Smith\u202c\u200f"
            " <\u202amere@example.school.nz\u202c\u200f>:\u200f"
        ),
        "ב-4 במאי 2026, בשעה 10:12, Mere Smith <mere@example.school.nz> כתב/ה:",
    ],
    "ar": [
        "في الاثنين، 4 مايو 2026 في 10:12 ص تمت كتابة ما يلي بواسطة Mere Smith <mere@example.school.nz>:",
        "في ٤ مايو ٢٠٢٦، الساعة ١٠:١٢ ص، كتب Mere Smith <mere@example.school.nz>:",
    ],
    "zh": [
        "Mere Smith <mere@example.school.nz> 于2026年5月4日周一 10:12写道：",
        "在 2026年5月4日，10:12，Mere Smith <mere@example.school.nz> 写道：",
        "Mere Smith <mere@example.school.nz> 於 2026年5月4日 週一 上午10:12寫道：",
    ],
    "ja": [
        "2026年5月4日(月) 10:12 Mere Smith <mere@example.school.nz>:",
        "2026/05/04 10:12、Mere Smith <mere@example.school.nz>のメール:",
    ],
    "ko": [
        "2026년 5월 4일 (월) 오전 10:12, Mere Smith <mere@example.school.nz>님이 작성:",
        "2026. 5. 4. 오전 10:12, Mere Smith <mere@example.school.nz> 작성:",
    ],
    "vi": ["Vào Th 2, 4 thg 5, 2026 vào lúc 10:12 Mere Smith <mere@example.school.nz> đã viết:"],
    "af": ["Op Ma., 04 Mei 2026 om 10:12 het Mere Smith <mere@example.school.nz> geskryf:"],
    "ca": [
        "Missatge de Mere Smith <mere@example.school.nz> del dia dl., 4 de maig 2026 a les 10:12:",
        "El 4/5/26 a les 10:12, Mere Smith ha escrit:",
    ],
    "ro": [
        "În lun., 4 mai 2026 la 10:12, Mere Smith <mere@example.school.nz> a scris:",
        "Pe 04.05.2026 10:12, Mere Smith a scris:",
    ],
    "bg": ["На 4.05.26 г. в 10:12, Mere Smith написа:"],
    "hr": ["4.5.2026. u 10:12 Mere Smith je napisao/la:", "пон, 4. мај 2026. у 10:12 Mere Smith је написао/ла:"],
    "sl": ["4. 05. 2026 10:12, piše Mere Smith:"],
    "fa": ["در تاریخ دوشنبه ۴ مهٔ ۲۰۲۶،\u200f ۱۰:۱۲ Mere Smith <mere@example.school.nz> نوشت:"],
    "hi": ["सोम, 4 मई 2026 को 10:12 am बजे को Mere Smith <mere@example.school.nz> ने लिखा:"],
    "th": [
        "เมื่อ จ. 4 พ.ค. 2026 เวลา 10:12 Mere Smith <mere@example.school.nz> เขียนว่า:",
        "เมื่อ 4/5/2026 10:12, Mere Smith เขียนว่า:",
    ],
    "id": [
        "Pada Sen, 4 Mei 2026 pukul 10.12 Mere Smith <mere@example.school.nz> menulis:",
        "Pada 04/05/26 10.12, Mere Smith menulis:",
    ],
    "fil": ["Noong Lun, Mayo 4, 2026 nang 10:12 AM, isinulat ni Mere Smith <mere@example.school.nz>:"],
}

HEADER_BLOCKS = {
    "en": "From: Mere Smith <mere@example.school.nz>\nSent: Monday, 4 May 2026 10:12 AM\nTo: English\nSubject: NCEA",
    "en bold": "*From:* Mere Smith\n*Date:* Monday, 4 May 2026 10:12\n*To:* English\n*Subject:* NCEA",
    "mi": "Nā: Mere Smith <mere@example.school.nz>\nTukuna: Rāhina, 4 Haratua 2026 10:12\nKi: Te Reo\nKaupapa: NCEA",
    "de": (
        "Von: Mere Smith <mere@example.school.nz>\nGesendet: Montag, 4. Mai 2026 10:12\nAn: Englisch\nBetreff: NCEA"
    ),
    "fr": "De : Mere Smith <mere@example.school.nz>\nEnvoyé : lundi 4 mai 2026 10:12\nÀ : Anglais\nObjet : NCEA",
    "es": (
        "De: Mere Smith <mere@example.school.nz>\nEnviado el: lunes, 4 de mayo de 2026 10:12\n"
        "Para: Inglés\nAsunto: NCEA"
    ),
    "it": "Da: Mere Smith <mere@example.school.nz>\nInviato: lunedì 4 maggio 2026 10:12\nA: Inglese\nOggetto: NCEA",
    "pt": (
        "De: Mere Smith <mere@example.school.nz>\nEnviada em: segunda-feira, 4 de maio de 2026 10:12\n"
        "Para: Inglês\nAssunto: NCEA"
    ),
    "nl": (
        "Van: Mere Smith <mere@example.school.nz>\nVerzonden: maandag 4 mei 2026 10:12\nAan: Engels\nOnderwerp: NCEA"
    ),
    "pl": (
        "Od: Mere Smith <mere@example.school.nz>\nWysłano: poniedziałek, 4 maja 2026 10:12\nDo: Angielski\nTemat: NCEA"
    ),
    "cs": (
        "Od: Mere Smith <mere@example.school.nz>\nOdesláno: pondělí 4. května 2026 10:12\n"
        "Komu: Angličtina\nPředmět: NCEA"
    ),
    "sv": "Från: Mere Smith <mere@example.school.nz>\nSkickat: den 4 maj 2026 10:12\nTill: Engelska\nÄmne: NCEA",
    "da": "Fra: Mere Smith <mere@example.school.nz>\nSendt: 4. maj 2026 10:12\nTil: Engelsk\nEmne: NCEA",
    "nb": "Fra: Mere Smith <mere@example.school.nz>\nSendt: mandag 4. mai 2026 10:12\nTil: Engelsk\nEmne: NCEA",
    "fi": (
        "Lähettäjä: Mere Smith <mere@example.school.nz>\nLähetetty: maanantai 4. toukokuuta 2026 10.12\n"
        "Vastaanottaja: Englanti\nAihe: NCEA"
    ),
    "hu": (
        "Feladó: Mere Smith <mere@example.school.nz>\nElküldve: 2026. május 4., hétfő 10:12\n"
        "Címzett: Angol\nTárgy: NCEA"
    ),
    "tr": (
        "Kimden: Mere Smith <mere@example.school.nz>\nGönderildi: 4 Mayıs 2026 Pazartesi 10:12\n"
        "Kime: İngilizce\nKonu: NCEA"
    ),
    "ru": "От: Mere Smith <mere@example.school.nz>\nОтправлено: 4 мая 2026 г. 10:12\nКому: Английский\nТема: NCEA",
    "uk": "Від: Mere Smith <mere@example.school.nz>\nНадіслано: 4 травня 2026 р. 10:12\nКому: Англійська\nТема: NCEA",
    "el": (
        "Από: Mere Smith <mere@example.school.nz>\nΣτάλθηκε: Δευτέρα, 4 Μαΐου 2026 10:12\nΠρος: Αγγλικά\nΘέμα: NCEA"
    ),
    "he": "מאת: Mere Smith <mere@example.school.nz>\nנשלח: יום שני 4 מאי 2026 10:12\nאל: אנגלית\nנושא: NCEA",
    "ar": (
        "من: Mere Smith <mere@example.school.nz>\nتم الإرسال: الاثنين 4 مايو 2026 10:12\nإلى: الإنجليزية\nالموضوع: NCEA"
    ),
    "zh": "发件人: Mere Smith <mere@example.school.nz>\n发送时间: 2026年5月4日 10:12\n收件人: 英语\n主题: NCEA",
    "zh wide": "寄件者：Mere Smith <mere@example.school.nz>\n寄件日期：2026年5月4日 10:12\n收件者：英語\n主旨：NCEA",
    "ja": "差出人: Mere Smith <mere@example.school.nz>\n送信日時: 2026年5月4日 10:12\n宛先: 英語\n件名: NCEA",
    "ko": (
        "보낸 사람: Mere Smith <mere@example.school.nz>\n보낸 날짜: 2026년 5월 4일 월요일 10:12\n"
        "받는 사람: 영어\n제목: NCEA"
    ),
    "vi": (
        "Từ: Mere Smith <mere@example.school.nz>\nĐã gửi: Thứ Hai, 4 tháng 5, 2026 10:12\nĐến: Tiếng Anh\nChủ đề: NCEA"
    ),
    "af": "Van: Mere Smith <mere@example.school.nz>\nGestuur: Maandag 4 Mei 2026 10:12\nAan: Engels\nOnderwerp: NCEA",
    "ca": (
        "De: Mere Smith <mere@example.school.nz>\nEnviat el: dilluns, 4 de maig de 2026 10:12\n"
        "Per a: Anglès\nTema: NCEA"
    ),
    "ro": "De la: Mere Smith <mere@example.school.nz>\nTrimis: luni, 4 mai 2026 10:12\nCătre: Engleză\nSubiect: NCEA",
    "bg": "От: Mere Smith <mere@example.school.nz>\nИзпратено: 4 май 2026 г. 10:12\nДо: Английски\nОтносно: NCEA",
    "hr": "Šalje: Mere Smith <mere@example.school.nz>\nPoslano: 4. svibnja 2026. 10:12\nPrima: Engleski\nPredmet: NCEA",
    "hr sr": "Od: Mere Smith <mere@example.school.nz>\nPoslato: 4. maj 2026. 10:12\nZa: Engleski\nTema: NCEA",
    "sl": "Od: Mere Smith <mere@example.school.nz>\nPoslano: 04. maj 2026 10:12\nZa: Angleščina\nZadeva: NCEA",
    "fa": "از: Mere Smith <mere@example.school.nz>\nارسال شده: دوشنبه, 4 مه 2026 10:12\nبه: انگلیسی\nموضوع: NCEA",
    "hi": ("प्रेषक: Mere Smith <mere@example.school.nz>\nभेजा गया: सोमवार, 4 मई 2026 10:12\nप्रति: अंग्रेज़ी\nविषय: NCEA"),
    "th": "จาก: Mere Smith <mere@example.school.nz>\nส่ง: 4 พฤษภาคม 2569 10:12\nถึง: ภาษาอังกฤษ\nเรื่อง: NCEA",
    "id": "Dari: Mere Smith <mere@example.school.nz>\nDikirim: 04 Mei 2026 10:12\nKepada: Inggris\nSubjek: NCEA",
    "id ms": "Daripada: Mere Smith <mere@example.school.nz>\nDihantar: 4 Mei 2026 10:12\nKepada: Semua\nSubjek: NCEA",
    "fil": (
        "Mula kay: Mere Smith <mere@example.school.nz>\nNaipadala: Lunes, Mayo 4, 2026 10:12 AM\n"
        "Para kay: Ingles\nPaksa: NCEA"
    ),
}

ADVERTS = [
    "Sent from my iPhone", "Sent from my Samsung Galaxy smartphone.", "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from Mail for Windows", "Sent from Yahoo Mail on Android", "Sent with Proton Mail secure email.",
    "Sent from my phone - please excuse brevity", "I tukuna mai i taku iPhone", "Tukuna mai i taku waea pūkoro",
    "Von meinem iPhone gesendet", "Gesendet von Outlook für Android<https://aka.ms/AAb9ysg>", "Envoyé de mon iPhone",
    "Télécharger Outlook pour Android", "Enviado desde mi iPhone", "Obtener Outlook para iOS", "Inviato da iPhone",
    "Scarica Outlook per iOS", "Enviado do meu iPhone", "Obter o Outlook para iOS", "Verzonden vanaf mijn iPad",
    "Outlook voor iOS downloaden", "Wysłane z iPhone'a", "Pobierz Outlook dla systemu iOS", "Odesláno z iPhonu",
    "Skickat från min iPhone", "Hämta Outlook för iOS", "Sendt fra min iPhone", "Hent Outlook til iOS",
    "Lähetetty iPhonesta", "Hanki Outlook iOS:lle", "Az iPhone-omról küldve", "iPhone'umdan gönderildi",
    "Отправлено с iPhone", "Надіслано з iPhone", "Στάλθηκε από το iPhone μου", "נשלח מה-iPhone שלי",
    "أُرسلت من الـ iPhone", "发自我的iPhone", "從我的 iPhone 傳送", "iPhoneから送信", "나의 iPhone에서 보냄",
    "Đã gửi từ iPhone của tôi", "Dikirim dari iPhone saya", "Dapatkan Outlook untuk Android", "ส่งจาก iPhone ของฉัน",
    "मेरे iPhone से भेजा गया", "Ipinadala mula sa aking iPhone", "Gestuur vanaf my iPhone", "Trimis de pe iPhone-ul meu",
    "Изпратено от моя iPhone", "Poslano s mog iPhonea", "Enviat des del meu iPhone",
    "Get [Outlook for Android](https://aka.ms/ghei36)", "(Sent from a phone)",
]  # fmt: skip
