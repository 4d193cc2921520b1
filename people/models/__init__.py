from people.models.api_key import ApiKey
from people.models.department import Department
from people.models.employee import Employee
from people.models.policy import SignInPolicy
from people.models.rejection import RejectedEmployeeAudit
from people.models.sequence import NumberSequence
from people.models.token import TokenFamily

__all__ = [
    "ApiKey",
    "Department",
    "Employee",
    "NumberSequence",
    "RejectedEmployeeAudit",
    "SignInPolicy",
    "TokenFamily",
]
