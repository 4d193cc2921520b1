"""Words that mean nearly the same at work: who asks rarely uses the word that the article has.

General English of offices, by subject, short forms included; nothing of any one organisation. What is particular to one
stands in the field “other words for it” of its articles. A word from here counts less than one that was typed.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from helpcenter.search.words import stem

#: One group a line.
_GROUPS = """
absence leave vacation holiday pto
ill sick illness sickness disease medical
maternity paternity parental birth newborn baby
death bereavement funeral
doctor physician medical
disability accommodation impairment accessibility
salary pay wage paycheck payroll compensation remuneration
payslip paystub payroll
bonus award reward
raise increase promotion
overtime compensatory
refund reimbursement reimburse repay
expense cost spending
receipt invoice bill
buy purchase procure procurement order acquire acquisition
price cost fee
budget funding
tax withholding
pension retirement retire
insurance coverage
benefit perk
hire recruit recruitment hiring recruiting
applicant candidate
interview interviewer interviewee
job position role vacancy
resume cv
onboarding orientation induction newcomer
resign resignation quit depart departure offboarding
dismiss dismissal fire termination terminate
colleague coworker teammate peer
boss manager supervisor superior
employee staff worker personnel workforce
team crew squad
contractor vendor supplier freelancer
customer client
intern trainee apprentice
mentor coach
review appraisal evaluation assessment
goal objective target
training course class workshop lesson
learn study education
certificate certification credential
conference event convention summit
meeting appointment session
calendar schedule agenda
deadline due
travel trip journey
flight plane airplane airline
hotel lodging accommodation
taxi cab rideshare
car vehicle automobile
bus train transit commute transportation
parking garage
move relocate relocation moving
home remote telework telecommute wfh
office workplace building
desk workspace seat
room space
key badge card pass
visitor guest
bathroom restroom toilet
kitchen pantry cafeteria canteen
clean cleaning janitor
repair fix mend maintenance
broken defective damaged faulty
lost missing stolen theft
emergency urgent urgency
accident injury hurt
fire evacuation alarm
safety security
harassment bullying abuse discrimination
complaint grievance
conflict dispute disagreement argument
ethics conduct misconduct
secret confidential sensitive
privacy private personal
law legal lawyer attorney counsel
contract agreement
signature sign esignature
policy rule regulation guideline
permission authorization approval authorisation
allowed permitted permissible
approve authorize
form template
document file paper
picture photo image photograph
video recording
error problem issue fault bug
crash freeze hang
slow performance
outage downtime
laptop computer notebook pc
phone mobile cellphone smartphone telephone
screen monitor display
keyboard mouse
printer print printing
headset headphones microphone mic
charger cable adapter
battery charge
software app application program tool
install installation setup
update upgrade patch
license subscription
spreadsheet workbook
mail email inbox mailbox
message chat
internet network wifi wireless connection
website site webpage
link url
browser chrome firefox safari edge
password passphrase passcode pw
login signin logon
account profile
username userid
mfa 2fa authenticator
locked blocked
access permission
admin administrator
virus malware ransomware
phishing scam spam
hacked compromised breach incident
backup restore recovery
delete remove erase
folder directory drive
share sharing
repository repo git
code source
deploy deployment release
server host hosting
database db
configuration config settings
authentication auth
department dept division unit
organization organisation org company
headquarters hq
government govt federal
information info
reference ref
question faq
help support assistance
contact reach
address residence
nationality citizenship visa
volunteer volunteering
party celebration social
logo brand branding
newsletter announcement news
press media journalist
research study survey
test testing trial
plan planning
report reporting
invite invitation
"""


@cache
def _by_stem() -> dict[str, frozenset[str]]:
    """Stem → stems of its group or groups. Of this file alone: the same for every organisation."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in _GROUPS.split("\n"):
        group = {stem(word) for word in line.split()}
        for each in group:
            found[each] |= group - {each}
    return {each: frozenset(others) for each, others in found.items()}


def near_to(word: str) -> frozenset[str]:
    """Stems of words that mean nearly the same as this one."""
    return _by_stem().get(stem(word), frozenset())
