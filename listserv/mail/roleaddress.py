"""Addresses of a post in a school rather than of a person: principal@, office@, room5@, tari@.

Whoever holds the post reads the mail, so such an address proves nobody's history. The rule looks at the local part
alone: it is a role's where each of its words is one of a school's or an office's, numbers aside. Promises: a person's
name beside such a word makes it a person's (`office.mere@` is hers). Pure.
"""

from __future__ import annotations

import re
import unicodedata

from listserv.mail.address import LOCAL_OCTETS

_WORD = re.compile(r"[^\W\d_]+")

# Posts and places in a school and its office, then the same in te reo Māori (without macrons), then machines.
_WORDS = """
absence absences accounts acting admin administration administrator advisor advisory ap applications
apprincipal arts assistant associate attendance board bookings boardchair bursar camp campus caretaker chair
chairperson chemistry class classroom college community contact coordinator counsellor counsellors curriculum
cybersafety dance deans department deputy director dp dpprincipal drama early ece education elearning email
english enquiries enquiry enrol enrolment enrolments enrollment enrollments enviro esol events exams executive
facilities faculty feedback finance foundation front general group groundsman guidance head headmaster
headmistress headteacher health hello help helpdesk hod hof homestay hostel house hr ict info information
inquiries inquiry intermediate international internationals it itsupport juniors kapahaka kindergarten lead
leader leadership learning library librarian literacy lsc lscs mail management manager marketing math maths
matron media middle music news newsletter notices numeracy nurse of office officeadmin officemanager officer
outreach pa parents payroll pe plg plgs pld postmaster prefects pre preschool primary principal principals
principalspa property pta public receipts reception receptionist recruitment registrar relief relievers
resource resources rm room rooms rtlb rtlit safety schoolinfo schooloffice school science secondary secretary
security senco sencos senior seniors services sport sports sportscoordinator staff staffroom student students
studentservices studio subject support sysadmin syndicate team teacher teachers teaching tech technician
technology the timetable toddlers uniform unit vice volunteer volunteers webmaster website wellbeing whanau
year yearlevel yr akomanga akonga hapori hauora kaiako kaiarahi kaiawhina kaimahi kaitiaki kaiwhakahaere
kaiwhina kohanga kohungahunga kura matatini ohu pouako poumatua pouwhakahaere pukapuka ropu ruma rumaki
tamariki tari taripukapuka te nga tumu tumuaki whare wharepukapuka whanaunga tuarua tuatahi puna reo maori
abuse alerts automated bot copier daemon donotreply hostmaster mailer no noc noreply notification
notifications photocopier printer reply root scanner scans server
"""
_ROLES = frozenset(_WORDS.split())


def is_role_address(address: str) -> bool:
    """Whether the address is a post's and not a person's; a local part without any letter is one too."""
    local = address.rpartition("@")[0].partition("+")[0][:LOCAL_OCTETS]
    plain = "".join(sign for sign in unicodedata.normalize("NFD", local.lower()) if not unicodedata.combining(sign))
    return all(word in _ROLES or len(word) == 1 for word in _WORD.findall(plain)) and not _is_initials(plain)


def _is_initials(local: str) -> bool:
    """A person's letters: `j@`, `m.t@`; beside a role's word a letter is none of hers (`room.b@`)."""
    words = _WORD.findall(local)
    return bool(words) and all(len(word) == 1 for word in words)
