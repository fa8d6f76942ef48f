"""Tables without row-level security, each with its reason; every other table must have it."""

from typing import Final

UNSCOPED_TABLES: Final = {
    "accounts_grant": "asked before any scope exists, to build the scope",
    "accounts_token": "asked before any scope exists; holds digests only",
    "accounts_user": "asked at sign-in, before any scope exists; passwords are argon2 hashes",
    "areas_area": "public facts",
    "assessment_instrument": "published configuration",
    "audit_head": "not readable by the application at all; a trigger keeps it",
    "axes_accessattempt": "sign-in lockout, asked before any scope exists",
    "axes_accessattemptexpiration": "sign-in lockout, asked before any scope exists",
    "axes_accessfailurelog": "sign-in lockout, written before any scope exists",
    "axes_accesslog": "sign-in lockout, written before any scope exists",
    "auth_group": "unused by us, made by a library",
    "auth_group_permissions": "unused by us, made by a library",
    "auth_permission": "unused by us, made by a library",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "django_session": "asked before any scope exists; signed by SECRET_KEY",
    "exchange_egress": "addresses of other systems with their approvals, no person",
    "exchange_source": "column mappings of departments, no person",
    "exchange_sourceversion": "earlier column mappings, no person",
    "pairing_policy": "published configuration",
    "procrastinate_events": "job ids only",
    "procrastinate_jobs": "job names with identifiers only",
    "procrastinate_periodic_defers": "job names only",
    "procrastinate_workers": "heartbeats only",
    "registry_linkmodel": "numbers only",
    "scope_key": "not readable by the application at all",
}
