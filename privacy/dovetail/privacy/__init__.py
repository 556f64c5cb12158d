"""What may be read and shown: exclusions, secrets, redaction."""

from .exclude import ALLOWED, Exclusions, Secret, Verdict, find_secrets, redact

__all__ = ["ALLOWED", "Exclusions", "Secret", "Verdict", "find_secrets", "redact"]
