"""Pages over people. An account is changed by its verbs, never by a form of columns; departments by admins."""

from people.admin.api_key import ApiKeyAdmin, ApiKeyHistoryAdmin
from people.admin.department import DepartmentAdmin
from people.admin.employee import EmployeeAdmin
from people.admin.group import GroupAdmin
from people.admin.history import DepartmentHistoryAdmin, EmployeeHistoryAdmin, SignInPolicyHistoryAdmin
from people.admin.policy import SignInPolicyAdmin
from people.admin.rejection import RejectedEmployeeAuditAdmin
from people.admin.sequence import NumberSequenceAdmin
from people.admin.token import TokenFamilyAdmin

__all__ = [
    "ApiKeyAdmin",
    "ApiKeyHistoryAdmin",
    "DepartmentAdmin",
    "DepartmentHistoryAdmin",
    "EmployeeAdmin",
    "EmployeeHistoryAdmin",
    "GroupAdmin",
    "NumberSequenceAdmin",
    "RejectedEmployeeAuditAdmin",
    "SignInPolicyAdmin",
    "SignInPolicyHistoryAdmin",
    "TokenFamilyAdmin",
]
