from people.models.department import Department
from people.models.employee import Employee
from people.models.rejection import RejectedEmployeeAudit
from people.models.sequence import NumberSequence

__all__ = ["Department", "Employee", "NumberSequence", "RejectedEmployeeAudit"]
