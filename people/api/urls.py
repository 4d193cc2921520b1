"""The addresses of the API about people."""

from __future__ import annotations

from django.urls import path

from people.api import departments, employees, me, signing_in

urlpatterns = [
    path("token/employee/", signing_in.SignIn.as_view(), name="api_token"),
    path("token/refresh/", signing_in.Refresh.as_view(), name="api_token_refresh"),
    path("logout/", signing_in.SignOut.as_view(), name="api_logout"),
    path("me/", me.Me.as_view(), name="api_me"),
    path("departments/", departments.Departments.as_view(), name="api_departments"),
    path("employees/", employees.Employees.as_view(), name="api_employees"),
    *(
        path(f"employees/<str:company_id>/{verb}/", employees.view_of(verb), name=f"api_employee_{verb}")
        for verb in employees.VERBS
    ),
]
